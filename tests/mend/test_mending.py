"""Repairs as they are tried on whole modules: what is kept, what is dropped, what the file holds then."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli import pipeline
from fusion_cli.command.outcome_json import check_json
from fusion_cli.mend import mending
from fusion_cli.mend.original import Original
from fusion_cli.mend.patch import changes, confined, with_hunks
from fusion_cli.mend.repairs import Repair, all_repairs
from fusion_cli.model.errors import BadFile, CannotWrite, UsageError
from fusion_cli.model.outcomes import CheckOutcome, FuseOutcome
from fusion_cli.model.requests import CheckRequest, FuseRequest
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session
from tests.conftest import TESTS, Command
from tests.fusing import demand_ok
from tests.runtime.battery.planted import LONG

DEFECTS = TESTS / "defects"
CLEAN = sorted((DEFECTS / "clean").glob("*.py"))
HEAD = "import torch\nfrom torch import nn\n\n\n"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker.start() as started:
        yield started


Check = Callable[..., CheckOutcome]


@pytest.fixture
def check(worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.chdir(tmp_path)

    def run(ref: str | Path, **options: object) -> CheckOutcome:
        request = CheckRequest(str(ref), **{"fix": True, **options})  # type: ignore[arg-type]
        return pipeline.check(Session(worker, request))

    return run


def block(building: str, forward: str, name: str = "Block") -> str:
    """A module of one convolution, with these lines in its two methods."""
    lines = [f"class {name}(nn.Module):", "    def __init__(self, dim=16):"]
    lines += ["        super().__init__()", "        self.conv = nn.Conv2d(dim, dim, 1)"]
    lines += [f"        {line}" for line in building.splitlines()]
    lines += [
        "",
        "    def forward(self, x):",
        *(f"        {line}" for line in forward.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def written(folder: Path, text: str, name: str = "block.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# ---- every planted defect that a repair is for ----------------------------------------------------


def alone(path: Path) -> str:
    """The file without its sound twin."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == "Clean":
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


def mendable() -> Iterator[object]:
    """The defects that a repair for their check changes; of each repair one is no slow test."""
    seen = set[str]()
    for path in sorted(DEFECTS.glob("*/*.py")):
        text, folder = alone(path), path.parent.name
        for repair in all_repairs():
            if folder in repair.for_checks and repair.apply(text) != text:
                slow = repair.name in seen or path.stem in LONG
                seen |= set() if slow else {repair.name}
                marks = [pytest.mark.slow] if slow else []
                yield pytest.param(path, id=f"{folder}-{path.stem}", marks=marks)
                break


@pytest.mark.parametrize("path", list(mendable()))
def test_planted_defect_is_mended(path: Path, check: Check, tmp_path: Path) -> None:
    copy = written(tmp_path, alone(path))
    outcome = check(copy)
    rows = {row.name: row.status for row in outcome.report.checks}
    assert rows[path.parent.name] == "passed", outcome.mended
    assert outcome.mended[0].kept and outcome.mended[0].written
    again = check(copy)
    assert (again.mended[0].kept, again.mended[0].diff) == ((), "")


@pytest.mark.parametrize(
    "path",
    [pytest.param(one, marks=[pytest.mark.slow] * (i % 8 > 0)) for i, one in enumerate(CLEAN)],
    ids=lambda path: path.stem,
)
def test_sound_module_is_left_alone(path: Path, check: Check, tmp_path: Path) -> None:
    copy = written(tmp_path, path.read_text(encoding="utf-8"))
    before = copy.read_bytes()
    (mended,) = check(copy).mended
    assert (mended.repairs, mended.diff, mended.written) == ((), "", False)
    assert copy.read_bytes() == before


def test_there_are_enough() -> None:
    assert len(list(mendable())) >= 18


# ---- the search -----------------------------------------------------------------------------------


def kept(outcome: CheckOutcome) -> tuple[str, ...]:
    return outcome.mended[0].kept


def test_two_faults_behind_one_check_are_mended_together(check: Check, tmp_path: Path) -> None:
    """Each alone leaves `device` failed."""
    building = "self.scale = torch.full((dim, 1, 1), 0.5)"
    forward = """\
x = self.conv(x) * self.scale.to(x.dtype)
return x + torch.ones(x.shape[-1], dtype=x.dtype)"""
    path = written(tmp_path, HEAD + block(building, forward))
    outcome = check(path)
    assert kept(outcome) == ("input_device", "tensor_buffer")
    demand_ok(outcome)
    assert all("device" in one.reason for one in outcome.mended[0].repairs)


def test_a_repair_that_uncovers_another_fault_is_followed_by_the_next(
    check: Check, tmp_path: Path
) -> None:
    """Nothing runs before `.cuda()` is gone; then the change in place shows."""
    path = written(tmp_path, HEAD + block("self.conv.cuda()", "x += 1\nreturn self.conv(x)"))
    outcome = check(path)
    assert set(kept(outcome)) == {"input_device", "inplace_input"}
    demand_ok(outcome)


def test_an_import_that_is_supplied_is_told_and_mended(check: Check, tmp_path: Path) -> None:
    """The class runs as it is read here, and would not anywhere else."""
    path = written(tmp_path, HEAD + block("", "return F.relu(self.conv(x))"))
    told = {row.name: row for row in check(path, fix=False).report.checks}["parses"]
    assert (told.status, told.detail[:3]) == ("failed", "`F`")
    outcome = check(path)
    demand_ok(outcome)
    assert kept(outcome) == ("missing_imports",)


def test_a_fault_that_no_repair_is_for_is_told_as_ever(check: Check, tmp_path: Path) -> None:
    text = HEAD + block("", "return self.conv(x.flip(-1))")
    outcome = check(written(tmp_path, text))
    assert (outcome.exit_code, kept(outcome), outcome.mended[0].written) == (1, (), False)
    assert (tmp_path / "block.py").read_text(encoding="utf-8") == text


def test_module_that_cannot_be_mended_to_run_raises_its_own_error(
    check: Check, tmp_path: Path
) -> None:
    text = HEAD + "raise RuntimeError('not here')\n\n\n" + block("", "x += 1\nreturn x")
    with pytest.raises(BadFile, match="not here"):
        check(written(tmp_path, text))
    assert (tmp_path / "block.py").read_text(encoding="utf-8") == text


PLAIN = "self.one = torch.ones(1)"
BUFFER = 'self.register_buffer("one", torch.ones(1), persistent=False)'
HARMS = {
    "nothing": (PLAIN, f"{PLAIN}  # a comment", "no check passes that did not before"),
    "crash": ("return x", "return x.nothing", "it cannot be run then"),
    "check": ("return x", "return x.flip(-1)", "`aligned` is failed then"),
    "state": ("self.conv", "self.other", "the state_dict then lacks conv.bias, conv.weight"),
    "values": ("return x", "return x + 2", "the outputs are others then"),
    "gradients": ("return x", "return Odd.apply(x)", "the gradients are others then"),
}
ODD = '''class Odd(torch.autograd.Function):
    """The identity, with the wrong gradient."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


'''


@pytest.mark.parametrize("harm", HARMS)
def test_harmful_repair_is_dropped_with_the_reason(
    harm: str, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each makes a buffer of the tensor, as is right, but for the one that mends nothing."""
    old, new, reason = HARMS[harm]

    def apply(text: str) -> str:
        mended = text if harm == "nothing" else text.replace(PLAIN, BUFFER)
        return mended.replace(old, new)

    monkeypatch.setattr(mending, "all_repairs", lambda: (Repair("bad", "", apply, ("device",)),))
    text = HEAD + ODD + block(PLAIN, "x = self.conv(x) + self.one\nreturn x")
    (tried,) = check(written(tmp_path, text)).mended[0].repairs
    assert not tried.kept
    assert reason in tried.reason
    assert (tmp_path / "block.py").read_text(encoding="utf-8") == text


def test_values_may_change_where_they_were_found_wrong(check: Check, tmp_path: Path) -> None:
    """Rows run over the first axis of the grid, but for `indexing="xy"`."""
    forward = """\
rows = torch.arange(x.shape[2], device=x.device, dtype=x.dtype)
columns = torch.arange(x.shape[3], device=x.device, dtype=x.dtype)
i, j = torch.meshgrid(rows, columns, indexing="xy")
return self.conv(x[:, :, i.long(), j.long()])"""
    outcome = check(written(tmp_path, HEAD + block("", forward)))
    demand_ok(outcome)
    assert kept(outcome) == ("meshgrid_indexing",)


# ---- the file -------------------------------------------------------------------------------------

FAULTY = HEAD + block(PLAIN, "return self.conv(x) + self.one")


def test_other_classes_of_the_file_are_left_as_they_are(check: Check, tmp_path: Path) -> None:
    """What was not run is not mended: only what the class is made of changes."""
    base = block(PLAIN, "return self.conv(x) + self.one", "Base")
    heir = "class Heir(Base):\n    pass\n"
    other = block(PLAIN, "return self.conv(x) + self.one", "Other")
    path = written(tmp_path, "\n\n".join([HEAD.rstrip("\n"), other, base, heir]))
    demand_ok(check(f"{path}:Heir"))
    text = path.read_text(encoding="utf-8")
    assert (text.count(PLAIN), text.count(BUFFER)) == (1, 1)
    assert other in text


ENCODINGS = {
    "gb18030": ("gb18030", "\n", "# 卷积模块\n", ""),
    "declared": ("latin-1", "\n", "# -*- coding: latin-1 -*-\n# für später\n", ""),
    "mark": ("utf-8-sig", "\n", "# für später\n", ""),
    "windows": ("utf-8", "\r\n", "", ""),
    "old-mac": ("utf-8", "\r", "", ""),
    "notes": ("utf-8", "\n", "", "\nInstallation notes:\n  - copy it into nn/modules\n"),
    "blanks": ("utf-8", "\n", "SIZE\u00a0= 3\n", ""),
    "tabs": ("utf-8", "\n", "if True:\n        SIZE = 3\n\tOTHER = 4\n", ""),
    "no-end": ("utf-8", "\n", "", "END = 3"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_all_but_the_mended_lines_stays_to_the_byte(name: str, tmp_path: Path) -> None:
    encoding, end, above, below = ENCODINGS[name]
    text = (above + FAULTY + below).replace("\n", end)
    path = tmp_path / "block.py"
    path.write_bytes(text.encode(encoding))
    original = Original.open(path)
    new = original.holding(original.text.replace(PLAIN, f"{BUFFER}\n        # kept"))
    expected = text.replace(PLAIN, f"{BUFFER}{end}        # kept")
    assert new.encode(original.encoding) == (expected + ("\n" if name == "no-end" else "")).encode(
        encoding
    )


def test_file_that_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    original = Original.open(written(tmp_path, FAULTY))
    written(tmp_path, FAULTY + "# by hand\n")
    with pytest.raises(CannotWrite, match="has changed since"):
        original.holding(original.text)


def test_lines_that_bring_stray_text_to_life_are_not_written(tmp_path: Path) -> None:
    """An `else` below the class, which was no Python, finds its `if`."""
    original = Original.open(written(tmp_path, FAULTY + "else:\n  stray = 1\n"))
    assert original.text == FAULTY
    with pytest.raises(CannotWrite, match="among lines that are no Python"):
        original.holding(FAULTY + "if True:\n  new = 1\n")


LINES = st.lists(st.sampled_from(["a", "b", "    c", "", "\x0cd"]), max_size=8)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_changes_carried_over_are_those_that_were_made(
    old: list[str], new: list[str], end: str
) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    done = changes(before, after)
    assert with_hunks(before, done) == after
    if before:
        assert with_hunks(before.replace("\n", end), done) == after.replace("\n", end)


def test_a_change_is_kept_out_of_lines_apart() -> None:
    before = "a\nb\nc\nd\n"
    assert confined(before, "a\nB\nc\nD\n", [range(1, 3)]) == "a\nb\nc\nD\n"
    assert confined(before, "a\nb\nnew\nc\nd\n", [range(1, 3)]) == before
    assert confined(before, "a\nnew\nb\nc\nd\n", [range(1, 3)]) == "a\nnew\nb\nc\nd\n"


# ---- the commands ---------------------------------------------------------------------------------


def test_fix_writes_once_and_shows_what_it_did(fuse_cmd: Command, tmp_path: Path) -> None:
    path = written(tmp_path, FAULTY)
    before = path.stat().st_mode
    full = fuse_cmd("check", "block.py", "--fix")
    assert (full.returncode, full.stderr) == (0, "")
    assert f"-        {PLAIN}\n+        {BUFFER}\n" in full.stdout
    assert "fixed tensor_buffer" in full.stdout
    assert (path.read_text("utf-8"), path.stat().st_mode) == (
        FAULTY.replace(PLAIN, BUFFER),
        before,
    )
    assert sorted(one.name for one in tmp_path.iterdir()) == ["block.py"]


def test_diff_is_what_patch_takes_and_nothing_is_written(fuse_cmd: Command, tmp_path: Path) -> None:
    path = written(tmp_path, FAULTY)
    found = fuse_cmd("check", "block.py", "--diff")
    assert path.read_text("utf-8") == FAULTY
    assert "(not written)" in found.stderr
    subprocess.run(["patch", "block.py"], input=found.stdout, text=True, cwd=tmp_path, check=True)
    assert path.read_text("utf-8") == FAULTY.replace(PLAIN, BUFFER)


def test_json_tells_every_repair_and_the_diff(check: Check, tmp_path: Path) -> None:
    path = written(tmp_path, FAULTY)
    (mended,) = json.loads(json.dumps(check_json(check("block.py"))))["mended"]
    assert (mended["ref"], mended["file"], mended["written"]) == ("block.py", str(path), True)
    (repair,) = mended["repairs"]
    assert (repair["name"], repair["kept"]) == ("tensor_buffer", True)
    assert f"+        {BUFFER}" in mended["diff"]


@pytest.mark.parametrize("ref", ["AKConv", "fusion_cli.zoo.donors.se:SE"])
def test_what_is_installed_is_not_written_to(ref: str, check: Check) -> None:
    with pytest.raises(UsageError, match="does not write into what is installed") as refused:
        check(ref)
    assert (int(refused.value.exit_code), "--diff" in refused.value.hint) == (2, True)
    assert check(ref, fix=False, diff=True).mended[0].diff == ""


def test_a_repair_needs_checks_to_go_by() -> None:
    with pytest.raises(UsageError, match="--fix contradicts --verify off"):
        CheckRequest("block.py", fix=True, verify="off")
    with pytest.raises(UsageError, match="--fix-donor contradicts --verify off"):
        FuseRequest("serial", "Bottleneck", ("AKConv",), fix_donor=True, verify="off")


# ---- donors ---------------------------------------------------------------------------------------


Fuse = Callable[..., FuseOutcome]


@pytest.fixture
def fuse(worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fuse:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **options: object) -> FuseOutcome:
        pattern, host, *donors = words
        request = FuseRequest(pattern, host, tuple(donors), **options)  # type: ignore[arg-type]
        return pipeline.fuse(Session(worker, request))

    return run


def test_donor_is_fused_mended_and_its_file_stays(fuse: Fuse, tmp_path: Path) -> None:
    path = written(tmp_path, FAULTY)
    assert not fuse("serial", "Bottleneck", "block.py").ok
    outcome = fuse("serial", "Bottleneck", "block.py", fix_donor=True)
    demand_ok(outcome)
    assert outcome.mended[0].kept == ("tensor_buffer",)
    assert (BUFFER in outcome.source, PLAIN in outcome.source) == (True, False)
    assert "mended      Block by tensor_buffer" in outcome.source
    assert "serial Bottleneck block.py --fix-donor\n" in outcome.source
    assert path.read_text("utf-8") == FAULTY
    assert fuse("serial", "Bottleneck", "block.py", fix_donor=True).file_state == "unchanged"


def test_what_was_mended_in_a_donor_is_shown(fuse_cmd: Command, tmp_path: Path) -> None:
    written(tmp_path, FAULTY)
    words = ("serial", "Bottleneck", "block.py", "--fix-donor", "--dry-run")
    found = fuse_cmd(*words)
    assert found.returncode == 0, found.stderr
    assert f"-        {PLAIN}\n+        {BUFFER}\n" in found.stderr
    assert found.stdout.startswith('"""Block follows `cv1` of Bottleneck.')


@pytest.mark.slow
def test_sound_donor_is_fused_as_it_is(fuse: Fuse) -> None:
    plain = fuse("serial", "Bottleneck", "AKConv", dry_run=True).source
    asked = fuse("serial", "Bottleneck", "AKConv", dry_run=True, fix_donor=True)
    assert asked.source.replace(" --fix-donor", "") == plain
    assert asked.mended[0].repairs == ()


@pytest.mark.slow
@pytest.mark.parametrize("style", ["standalone", "import"])
def test_mended_donor_of_a_package_is_carried(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is imported would be as faulty as ever; what it uses of its package is imported."""
    package = tmp_path / "site-packages" / "papers"
    package.mkdir(parents=True)
    written(package, "", "__init__.py")
    written(package, "def twice(x):\n    return 2 * x\n", "helpers.py")
    text = block(PLAIN, "return twice(self.conv(x)) + self.one")
    written(
        package, f"import torch\nfrom torch import nn\n\nfrom .helpers import twice\n\n\n{text}"
    )
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    request = FuseRequest(
        "serial", "Bottleneck", ("papers.block:Block",), style=style, dry_run=True, fix_donor=True
    )
    with Worker.start() as worker:
        outcome = pipeline.fuse(Session(worker, request))
    demand_ok(outcome)
    assert "class Block(nn.Module)" in outcome.source
    assert BUFFER in outcome.source
    assert "from papers.helpers import twice" in outcome.source
    assert "donor       Block of papers.block\n" in outcome.source
