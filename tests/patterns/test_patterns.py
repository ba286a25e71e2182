"""Pattern files: what is found, what is read, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError

from fusion_cli.model.errors import BadPattern, UnknownName, UsageError
from fusion_cli.model.pattern import DonorMap
from fusion_cli.model.plan import DonorText, PatternContext, SiteText
from fusion_cli.patterns.blocks import environment, names_read
from fusion_cli.patterns.files import (
    PatternFile,
    front_matter,
    load_pattern,
    pattern_files,
    read_pattern,
    templates_folder,
)

FRONT = """\
{#
summary = "one line"
donor   = "site.input -> site.output"
at      = "main_path"
#}
"""
BLOCKS = """\
{% block init %}{{ plan.site.init }}{% endblock %}
{% block call %}{{ plan.site.call }}{% endblock %}
"""
SITE = SiteText("cv1", "self.cv1 = Conv(c1, c_)", "self.cv1(x)", "x", "c1", "c_", "int(c_ * 0.25)")
DONORS = (
    DonorText("AKConv", "ak", "AKConv(c1, c_)"),
    DonorText("SE", "se", "SE(c_)", bounded=True),
)
PLAN = PatternContext(SITE, DONORS, share="part")


def write(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.py.j2"
    path.write_text(text, encoding="utf-8")
    return path


def rendered(source: str, block: str, plan: PatternContext = PLAN) -> str:
    template = environment().from_string(source)
    return "".join(template.blocks[block](template.new_context({"plan": plan}))).strip()


# Those that come with fuse

BUILT_IN = {
    "replace": (
        "self.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "self.se(self.ak(x))",
    ),
    "serial": (
        "self.cv1 = Conv(c1, c_)\nself.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "self.se(self.ak(self.cv1(x)))",
    ),
    "parallel": (
        "self.cv1 = Conv(c1, c_)\nself.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "self.cv1(x) + self.ak(x) + self.se(x)",
    ),
    "concat": (
        "self.cv1 = Conv(c1, c_)\nself.ak = AKConv(c1, c_)\nself.se = SE(c_)\n"
        "self.fuse = nn.Conv2d(3 * c_, c_, 1)",
        "self.fuse(torch.cat([self.cv1(x), self.ak(x), self.se(x)], dim=1))",
    ),
    "residual": (
        "self.cv1 = Conv(c1, c_)\nself.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "self.cv1(x) + self.ak(self.cv1(x)) + self.se(self.cv1(x))",
    ),
    "split": (
        "self.cv1 = Conv(c1, c_)\nself.part = int(c_ * 0.25)\n"
        "self.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "torch.cat([self.cv1(x)[:, :-2 * self.part], self.ak(self.cv1(x)[:, -2 * self.part:-self.part])"
        ", self.se(self.cv1(x)[:, -self.part:])], dim=1)",
    ),
    "merge": (
        "self.cv1 = Conv(c1, c_)\nself.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "self.ak(x) + self.se(x)",
    ),
    "gate": (
        "self.cv1 = Conv(c1, c_)\nself.ak = AKConv(c1, c_)\nself.se = SE(c_)",
        "self.cv1(x) * torch.sigmoid(self.ak(x)) * self.se(x)",
    ),
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_pattern_renders_to_the_source_of_its_formula(name: str) -> None:
    source = load_pattern(name).source
    call = rendered(source, "call").replace("\n", "")
    assert (rendered(source, "init"), call) == BUILT_IN[name]


def test_only_the_pattern_that_drops_the_site_gives_up_the_hosts_weights() -> None:
    patterns = [load_pattern(file.name) for file in pattern_files()]
    kept = {pattern.name for pattern in patterns if "keeps_host_weights" in pattern.guarantees}
    assert kept == {pattern.name for pattern in patterns if pattern.keeps_site}
    assert "replace" not in kept
    assert set(BUILT_IN) <= kept | {"replace"}


def test_every_pattern_file_that_comes_with_fuse_loads() -> None:
    files = pattern_files()
    assert [file.path for file in files] == sorted((templates_folder() / "patterns").iterdir())
    for file in files:
        assert read_pattern(file.path).summary == file.summary


# What is read


def test_front_matter_is_read_without_the_blocks(tmp_path: Path) -> None:
    front = front_matter(write(tmp_path, FRONT + "{% block"))
    assert front.summary == "one line"
    assert front.donor == (DonorMap.INPUT_TO_OUTPUT,)
    assert (front.at, front.guarantees) == ("main_path", ())


@given(
    summary=st.text(
        st.characters(exclude_categories=("C", "Z"), exclude_characters="#"), min_size=1
    ),
    donor=st.lists(st.sampled_from([one for one in DonorMap if not one.join]), min_size=1),
    at=st.sampled_from(["convolution", "main_path", "block"]),
)
def test_front_matter_means_what_its_toml_means(
    tmp_path_factory: pytest.TempPathFactory, summary: str, donor: list[DonorMap], at: str
) -> None:
    quoted = summary.replace("\\", "\\\\").replace('"', '\\"')
    text = f'{{#\nsummary = "{quoted}"\ndonor = {[one.text for one in donor]}\nat = "{at}"\n#}}\n{BLOCKS}'
    front = front_matter(write(tmp_path_factory.getbasetemp(), text))
    assert (front.summary, front.donor, front.at) == (summary, tuple(donor), at)


def test_names_read_are_followed_through_loops_filters_and_assignments(tmp_path: Path) -> None:
    blocks = """\
{% block init %}
{% set last = plan.donors | reverse | first %}{{ last.new }}
{% for donor in plan.donors[1:] if donor.name %}{{ loop.index }}{% endfor %}
{% endblock %}
{% block call %}{{ plan["site"].arg }}{{ plan.attr("fuse") }}{% endblock %}
"""
    assert read_pattern(write(tmp_path, FRONT + blocks)).uses == {
        *("donors", "donors.new", "donors.name", "site", "site.arg", "attr")
    }


# What is refused

FRONT_MISTAKES = {
    "not TOML below blank lines": (
        "\n\n" + FRONT.replace('"one line"', "one line"),
        4,
        "invalid value",
    ),
    "no front matter": ("{% block init %}", 1, "no front matter"),
    "not TOML": (FRONT.replace('"one line"', "one line"), 2, "invalid value"),
    "unknown key": (FRONT.replace("at  ", "where"), 4, "unknown key `where`"),
    "missing key": (FRONT.replace('at      = "main_path"\n', ""), 4, "lacks `at`"),
    "summary of two lines": (FRONT.replace("one line", "one\\nline"), 2, "`summary`"),
    "summary that is a number": (FRONT.replace('"one line"', "1"), 2, "`summary`"),
    "unknown site": (FRONT.replace("main_path", "first"), 4, "`at` is not"),
    "no flow": (FRONT.replace("->", "to"), 3, "`donor` does not say"),
    "two inputs beside a join": (
        FRONT.replace("site.input ", "site.inputs "),
        3,
        "donors map `site.inputs -> site.output` at a join, and only there",
    ),
    "one input at a join": (FRONT.replace("main_path", "join"), 3, "at a join, and only there"),
    "no donor": (FRONT.replace('"site.input -> site.output"', "[]"), 3, "`donor` does not say"),
    "numbers for donors": (FRONT.replace('"site.input -> site.output"', "[1]"), 3, "`donor`"),
    "sentence with an unknown gap": (
        FRONT.replace("#}", 'sentence = "{donor} replaces {site}"\n#}'),
        5,
        "`sentence` has a gap",
    ),
    "unknown guarantee": (
        FRONT.replace("#}", 'guarantees = ["speed"]\n#}'),
        5,
        "unknown guarantee `speed`",
    ),
}


@pytest.mark.parametrize("mistake", FRONT_MISTAKES)
def test_a_mistake_in_the_front_matter_is_named_with_its_line(tmp_path: Path, mistake: str) -> None:
    text, line, message = FRONT_MISTAKES[mistake]
    path = write(tmp_path, text + BLOCKS)
    with pytest.raises(BadPattern) as caught:
        front_matter(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert message in caught.value.message


CALL = "{{ plan.site.call }}"
BLOCK_MISTAKES = {
    "syntax": (BLOCKS.replace(CALL, "{{ plan.site.call"), 7, "end of print statement"),
    "unknown tag": (BLOCKS.replace(CALL, "{% frob %}"), 7, "unknown tag 'frob'"),
    "unknown filter": (BLOCKS.replace(CALL, "{{ plan.site.call | frob }}"), 7, "no filter named"),
    "foreign name": (BLOCKS.replace(CALL, "{{ host.name }}"), 7, "unknown name `host`"),
    "name of Jinja": (BLOCKS.replace(CALL, "{{ range(3) }}"), 7, "unknown name `range`"),
    "name after its loop": (
        BLOCKS.replace(CALL, "{% for d in plan.donors %}{% endfor %}{{ d.new }}"),
        7,
        "unknown name `d`",
    ),
    "name of the other block": (
        BLOCKS.replace("{{ plan.site.init }}", "{% set a = 1 %}").replace(CALL, "{{ a }}"),
        7,
        "unknown name `a`",
    ),
    "misspelt field": (BLOCKS.replace("site.call", "site.cal"), 7, "a site has no `cal`"),
    "misspelt field of a donor": (
        BLOCKS.replace(CALL, "{% for d in plan.donors %}\n{{ d.atr }}{% endfor %}"),
        8,
        "a donor has no `atr`",
    ),
    "misspelt key": (BLOCKS.replace(CALL, "{{ plan['sites'] }}"), 7, "a plan has no `sites`"),
    "misspelt field in a filter": (
        BLOCKS.replace(CALL, "{{ plan.donors | map(attribute='nw') | join }}"),
        7,
        "a donor has no `nw`",
    ),
    "misspelt loop": (
        BLOCKS.replace(CALL, "{% for d in plan.donors %}{{ loop.indx }}{% endfor %}"),
        7,
        "a loop has no `indx`",
    ),
    "another file": (BLOCKS.replace(CALL, "{% include 'a' %}"), 7, "a pattern is one file"),
    "text outside": (BLOCKS + "\nself.x = 1\n", 9, "text outside of the blocks"),
    "a third block": (BLOCKS + "{% block more %}{% endblock %}", 8, "block `more`"),
    "a block in a block": (
        "{% block init %}\n{% block call %}{% endblock %}{% endblock %}",
        7,
        "block `call`",
    ),
}


@pytest.mark.parametrize("mistake", BLOCK_MISTAKES)
def test_a_mistake_in_the_blocks_is_named_with_its_line(tmp_path: Path, mistake: str) -> None:
    blocks, line, message = BLOCK_MISTAKES[mistake]
    path = write(tmp_path, FRONT + blocks)
    with pytest.raises(BadPattern) as caught:
        read_pattern(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert message in caught.value.message


@pytest.mark.parametrize("name", ["init", "call"])
def test_a_missing_block_is_named(tmp_path: Path, name: str) -> None:
    blocks = "\n".join(line for line in BLOCKS.splitlines() if f"block {name}" not in line)
    with pytest.raises(BadPattern, match=f"block `{name}` is missing"):
        read_pattern(write(tmp_path, FRONT + blocks))


def test_a_file_that_is_no_text_is_a_bad_pattern(tmp_path: Path) -> None:
    path = tmp_path / "mine.py.j2"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadPattern, match="cannot be read"):
        read_pattern(path)


FIELDS = st.sampled_from(
    [*("init", "call", "arg", "in_channels", "out_channels", "path"), "attr", "new", "name", "cal"]
)
EXPRESSIONS = st.one_of(
    FIELDS.map(lambda name: f"{{{{ plan.site.{name} }}}}"),
    FIELDS.map(lambda name: f"{{{{ plan.donors[0].{name} }}}}"),
    FIELDS.map(lambda name: f"{{{{ (plan.donors | last)['{name}'] }}}}"),
    FIELDS.map(lambda name: f"{{% for d in plan.donors %}}{{{{ d.{name} }}}}{{% endfor %}}"),
    FIELDS.map(lambda name: f"{{% set s = plan.site %}}{{{{ s.{name} }}}}"),
    FIELDS.map(lambda name: f"{{% with d = plan.donors[1] %}}{{{{ d.{name} }}}}{{% endwith %}}"),
    FIELDS.map(lambda name: f"{{{{ plan.donors | map(attribute='{name}') | join }}}}"),
    st.just("{{ plan.attr('fuse') }}{{ plan.donors | length }}"),
    st.just("{{ d }}"),
)


@given(st.lists(EXPRESSIONS, max_size=4))
def test_what_loading_accepts_renders_and_what_it_refuses_does_not(parts: list[str]) -> None:
    text = "{% block init %}{% endblock %}{% block call %}" + "".join(parts) + "{% endblock %}"
    try:
        names_read(text, Path("mine.py.j2"))
    except BadPattern:
        with pytest.raises(TemplateError):
            rendered(text, "call")
    else:
        rendered(text, "call")


# What is found


def found(*folders: Path) -> dict[str, PatternFile]:
    return {file.name: file for file in pattern_files(folders)}


def test_a_folders_patterns_come_before_those_of_fuse(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        write(folder, FRONT + BLOCKS, "serial")
    write(second, FRONT + BLOCKS, "mine")
    files = found(first, second)
    assert files["serial"].path.parent == first
    assert files["mine"].path.parent == second
    assert files["replace"].path.parent == templates_folder() / "patterns"
    assert load_pattern("serial", [first]).summary == "one line"


@pytest.mark.parametrize("name", ["check", "show", "list", "Mine", "my pattern"])
def test_a_name_that_cannot_be_a_command_is_broken(tmp_path: Path, name: str) -> None:
    write(tmp_path, FRONT + BLOCKS, name)
    assert isinstance(found(tmp_path)[name].front, BadPattern)


def test_a_broken_file_does_not_stand_in_the_way_of_others(tmp_path: Path) -> None:
    write(tmp_path, "nothing", "broken")
    write(tmp_path, FRONT + BLOCKS, "mine")
    assert found(tmp_path)["broken"].summary.startswith("broken: ")
    assert load_pattern("mine", [tmp_path]).summary == "one line"
    with pytest.raises(BadPattern, match="no front matter"):
        load_pattern("broken", [tmp_path])
    write(tmp_path, FRONT + BLOCKS, "show")
    with pytest.raises(BadPattern, match="is a command of fuse"):
        load_pattern("show", [tmp_path])


def test_an_unknown_pattern_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        load_pattern("paralel")
    assert caught.value.hint == "did you mean `parallel`?"


def test_a_folder_that_is_missing_or_empty_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no folder") as caught:
        pattern_files([tmp_path / "absent"])
    assert caught.value.hint == f"the path is taken from {Path.cwd()}"
    with pytest.raises(UsageError, match="no pattern in"):
        pattern_files([tmp_path])
