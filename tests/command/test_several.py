"""`fuse check` on several modules: which are checked, what is printed, how it ends."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import fusion_cli
from fusion_cli.command import console
from fusion_cli.command.cli import main
from fusion_cli.command.formats import FORMATS, rejection_of
from fusion_cli.command.outcome_text import plain
from fusion_cli.model.errors import ExitCode, FuseError, gravest
from fusion_cli.model.outcomes import Checked, Mending, Missed, Tried
from fusion_cli.model.report import CheckResult, Report
from fusion_cli.model.requests import CheckRequest
from fusion_cli.resolve.folders import Found, references_in
from tests.command.outcomes import CHECKED, REJECTED_ROW, ROWS
from tests.conftest import ROOT, Command, hear_interrupts
from tests.worker.leftovers import becomes_true, marked_processes

CLASS = """\
class {name}(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        {body}
"""
SOUND, SWAPS = "return x + self.conv(x)", "return self.conv(x.transpose(2, 3))"


def source(**bodies: str) -> str:
    classes = [CLASS.format(name=name, body=body) for name, body in bodies.items()]
    return "\n\n".join(["import click\nfrom torch import nn", *classes])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as people have them, in the working directory."""
    monkeypatch.chdir(tmp_path)
    files = {
        "modules/two.py": source(Swaps=SWAPS, Sound=SOUND),
        "modules/inner/a b.py": source(Part=SOUND, Whole="return Part()(x)"),
        "modules/inner/shown.py": source(Shown=SOUND, Other=SOUND)
        + '\n\nif __name__ == "__main__":\n    Shown(4)(torch.rand(1, 4, 8, 8))\n',
        "modules/__init__.py": "\n",
        "modules/util.py": "class Options:\n    pass\n",
        "modules/group.py": "import click\n\n\nclass Group(click.Group):\n    pass\n",
        "modules/torn.py": "class Block(nn.Module:\n",
        "modules/notes.txt": "class Block:\n",
        "modules/.hidden/h.py": source(Hidden=SOUND),
        "modules/.hidden.py": source(Hidden=SOUND),
        "modules/__pycache__/c.py": source(Cached=SOUND),
        "modules/env/pyvenv.cfg": "home = /usr\n",
        "modules/env/lib/e.py": source(Installed=SOUND),
        "plain/util.py": "x = 1\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "modules"


def gathered(*refs: str, each: bool = False) -> dict[str, str]:
    """What is gathered, by reference: `named` or `found` classes, or why there is none."""
    told = {}
    for one in references_in([CheckRequest(ref, strict=True) for ref in refs], each):
        if isinstance(one, Found):
            assert one.request.strict
            told[one.request.ref] = "named" if one.named else "found"
        else:
            told[one.ref] = one.error.message if one.error else one.skipped
    return told


# which modules


def test_of_a_folder_the_users_own_files_are_taken_in_order(folder: Path) -> None:
    told = gathered("modules")
    assert list(told.items()) == [
        ("modules/__init__.py", "it is empty"),
        ("modules/group.py:Group", "found"),  # what its base is only running the file can tell
        ("modules/inner/a b.py:Whole", "found"),
        ("modules/inner/shown.py:Shown", "found"),
        ("modules/torn.py", f"{folder.absolute()}/torn.py is not Python: line 1: {_unclosed()}"),
        ("modules/two.py:Swaps", "found"),
        ("modules/two.py:Sound", "found"),
        ("modules/util.py", "no class in it is an nn.Module"),
    ]


def _unclosed() -> str:
    """What this Python says of the torn file."""
    with pytest.raises(SyntaxError) as caught:
        compile("class Block(nn.Module:\n", "torn.py", "exec")
    return caught.value.msg


def test_a_reference_that_is_named_is_taken_as_it_is(folder: Path) -> None:
    """So a file that holds several modules, or none, is the user's to explain."""
    refs = ["modules/two.py", "modules/util.py", "SE", "", "modules/two.py"]
    assert gathered(*refs) == dict.fromkeys(refs, "named")


def test_each_takes_files_as_in_a_folder(folder: Path) -> None:
    assert gathered("modules/two.py", "modules/util.py", "SE", "no.py", each=True) == {
        "modules/two.py:Swaps": "found",
        "modules/two.py:Sound": "found",
        "modules/util.py": "no class in it is an nn.Module",
        "SE": "named",
        "no.py": "named",
    }


def test_a_folder_whose_only_file_is_no_python_is_one_error(folder: Path) -> None:
    (folder / "alone").mkdir()
    (folder / "torn.py").rename(folder / "alone/torn.py")
    assert list(gathered("modules/alone")) == ["modules/alone/torn.py"]


def test_a_folder_without_a_module_is_an_error(folder: Path) -> None:
    assert gathered("plain")["plain"] == "no file in plain holds a module"


# what is printed

FAILED = replace(CHECKED, ref="a.py", report=Report("cpu", "2.9.0", (REJECTED_ROW, *ROWS)))
WARNED = replace(CHECKED, ref="b.py:AKConv", report=Report("cpu", "2.9.0", ROWS))
PASSED = replace(CHECKED, ref="AKConv")
BROKEN = Missed(
    ref="modules/c.py:C",
    error=FuseError("c.py: line 7: 100%,\nno", hint="next", lines="7 | \x1b\ud800 x"),
)
EMPTY = Missed(ref="d.py", skipped="it is empty")
RESULTS = (FAILED, WARNED, PASSED, BROKEN, EMPTY)


def test_people_read_a_line_each_and_a_summary() -> None:
    lines = [FORMATS["text"].each(one, plain) for one in RESULTS]
    assert lines == [
        "failed   a.py:AKConv: gradients: no gradient reaches ak.weight (and dtypes, sizes)",
        "warned   b.py:AKConv: dtypes: float64 fails (and sizes)",
        "passed   AKConv: b c1 h w -> b c2 h w",
        "error    modules/c.py:C: c.py: line 7: 100%, no",
        "skipped  d.py: it is empty",
    ]
    assert FORMATS["text"].end(RESULTS, 14.21, plain) == (
        "4 modules: 1 passed, 1 warned, 1 failed, 1 error; 1 file skipped; 14.2 s"
    )
    assert FORMATS["text"].end((), 0, plain) == "0 modules: none; 0.0 s"


def test_strict_makes_a_warning_a_failure() -> None:
    assert FORMATS["text"].each(replace(WARNED, strict=True), plain).startswith("failed")


def test_github_shows_what_is_wrong_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    row = CheckResult("pure", "failed", "changes x (/home/me/papers/ak.py:31)", "clone it")
    outcome = replace(FAILED, report=Report("cpu", "2.9.0", (row, *ROWS)))
    told = [FORMATS["github"].each(one, plain) for one in (outcome, BROKEN, PASSED, EMPTY)]
    assert told[0].splitlines() == [
        "::error file=home/me/papers/ak.py,line=31,title=a.py%3AAKConv%3A pure"
        "::changes x (/home/me/papers/ak.py:31)%0Ahint: clone it",
        "::warning file=home/me/papers/ak.py,line=12,title=a.py%3AAKConv%3A dtypes"
        "::float64 fails%0Ahint: drop `.float()`",
        "::warning file=home/me/papers/ak.py,line=12,title=a.py%3AAKConv%3A sizes"
        "::height and width must be multiples of 4",
    ]
    assert told[1:] == [
        "::error file=modules/c.py,line=7,title=modules/c.py%3AC%3A error"
        "::c.py: line 7: 100%25,%0Ano%0Ahint: next",
        "",
        "",
    ]


# What Jenkins' schema (junit-10.xsd) and GitLab's reader know.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors", "skipped"},
    "testsuite": {"name", "time", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "time", "file", "line"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set[str](),
}


def test_junit_is_what_ci_reads() -> None:
    text = FORMATS["junit"].end(RESULTS, 1.5, plain)
    root = ET.fromstring(text.encode())
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
    cases = {(one.get("classname"), one.get("name")): one for one in root.iter("testcase")}
    found = {
        key: [child.tag for child in case] for key, case in cases.items() if key[0] != "AKConv"
    }
    assert found == {
        ("a.py:AKConv", "gradients"): ["failure"],
        ("a.py:AKConv", "parses"): [],
        ("a.py:AKConv", "forward"): [],
        ("a.py:AKConv", "sizes"): ["system-out"],
        ("a.py:AKConv", "onnx"): ["skipped"],
        ("a.py:AKConv", "dtypes"): ["system-out"],
        ("b.py:AKConv", "parses"): [],
        ("b.py:AKConv", "forward"): [],
        ("b.py:AKConv", "sizes"): ["system-out"],
        ("b.py:AKConv", "onnx"): ["skipped"],
        ("b.py:AKConv", "dtypes"): ["system-out"],
        ("modules/c.py:C", "module"): ["error"],
        ("d.py", "module"): ["skipped"],
    }
    assert cases["a.py:AKConv", "gradients"][0].text == (
        "no gradient reaches ak.weight\nuse it or drop it"
    )
    assert "7 | \ufffd\ufffd x" in str(cases["modules/c.py:C", "module"][0].text)


def test_junit_counts_what_it_holds() -> None:
    root = ET.fromstring(FORMATS["junit"].end(RESULTS, 1.5, plain))
    tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (root, *root):
        for key, tag in tags.items():
            assert element.get(key) == str(sum(1 for _ in element.iter(tag))), (element, key)


# how it ends


@pytest.mark.parametrize(
    ("codes", "worst"),
    [((), 0), ((0, 0), 0), ((0, 2), 2), ((2, 3), 3), ((3, 1, 2), 1), ((1, 5), 5), ((5, 70), 70)],
)
def test_the_gravest_code_wins(codes: tuple[int, ...], worst: int) -> None:
    assert gravest(map(ExitCode, codes)) == worst


def test_the_error_at_the_end_points_at_the_gravest() -> None:
    error = rejection_of([EMPTY, BROKEN, FAILED])
    assert error and error.exit_code is ExitCode.REJECTED
    assert error.message == "2 modules: 1 rejected, 1 that could not be checked"
    assert error.hint == "`fuse check a.py:AKConv` shows the first in full"
    assert rejection_of([EMPTY, PASSED, WARNED]) is None


@pytest.mark.parametrize(
    "words",
    [
        "SE CBAM --args 8",
        "SE --each --args 8",
        "SE --format xml",
        "SE --format junit --json",
        "SE --format github --diff",
    ],
)
def test_contradictions_are_misuse(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words.split()]) == 2
    assert "hint: " in capsys.readouterr().err


def test_a_folder_is_checked_in_one_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One module that is wrong, or cannot even be read, stops no other."""
    assert main(["check", "modules", "absent.py", "--json"]) == 1
    out, err = capsys.readouterr()
    told = {one["ref"]: one for one in json.loads(out)}
    assert {ref: one["exit"] for ref, one in told.items()} == {
        "modules/__init__.py": 0,
        "modules/group.py:Group": 0,
        "modules/inner/a b.py:Whole": 1,
        "modules/inner/shown.py:Shown": 0,
        "modules/torn.py": 2,
        "modules/two.py:Swaps": 1,
        "modules/two.py:Sound": 0,
        "modules/util.py": 0,
        "absent.py": 2,
    }
    assert len({frozenset(one) for one in told.values()}) == 1  # all have the same keys
    assert "no nn.Module" in told["modules/group.py:Group"]["skipped"]
    swaps, sound = told["modules/two.py:Swaps"], told["modules/two.py:Sound"]
    assert (swaps["path"], swaps["line"], sound["line"]) == (str(folder / "two.py"), 4, 13)
    assert [row["name"] for row in swaps["checks"] if row["status"] == "failed"] == [
        "forward",
        "aligned",
    ]
    assert err.splitlines()[0] == "error: 6 modules: 2 rejected, 2 that could not be checked"


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_what_repairs_change_is_printed_with_the_lines(
    option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --diff, standard output is what `patch` takes and nothing else."""

    def check_each(requests: list[CheckRequest], each: bool, hear: Any) -> tuple[Checked, ...]:
        assert [one.mends for one in requests] == [True, True]
        hear(outcome, 1)
        return (outcome,)

    change = "--- a.py\n+++ a.py\n"
    mending = Mending("a.py", "a.py", (Tried("unalias", "clone x", True, "mends pure"),), change)
    outcome = replace(PASSED, mended=(mending,))
    stand_in = SimpleNamespace(check_each=check_each)
    monkeypatch.setitem(sys.modules, "fusion_cli.command.entry", stand_in)  # type: ignore[arg-type]
    monkeypatch.setattr(fusion_cli.command, "entry", stand_in, raising=False)
    assert main(["check", "a.py", "b.py", option]) == 0
    out, err = capsys.readouterr()
    line = "passed   AKConv: mended (unalias); b c1 h w -> b c2 h w\n1 module: 1 passed; "
    assert (out if option == "--fix" else out + err).startswith(change + line)
    assert option == "--fix" or out == change


def test_what_all_would_lack_is_told_once(fuse_cmd: Command) -> None:
    found = fuse_cmd("check", "SE", "CBAM", "--require-cuda", CUDA_VISIBLE_DEVICES="")
    assert (found.returncode, found.stdout) == (5, "")
    assert found.stderr.count("error: ") == 1


def test_interrupted_by_the_user(folder: Path) -> None:
    """With modules that hang in several threads: all ends at once, and nothing is left."""
    (folder / "two.py").write_text(
        source(A="MARK.touch(); time.sleep(99)", B="time.sleep(99)").replace(
            "import click", f"import pathlib, time\nMARK = pathlib.Path({str(folder / 'mark')!r})"
        )
    )
    mark = "FUSE_TEST_MARK", uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "fusion_cli", "check", "modules/two.py", "--each"],
        env={**os.environ, "PYTHONPATH": str(ROOT), mark[0]: mark[1]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )
    assert becomes_true((folder / "mark").exists, seconds=30)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 130
    assert marked_processes(mark) == []


# the bar


def drained(terminal: int) -> str:
    """All that was written to a terminal; one read may give a part of it."""
    found = b""
    while select.select([terminal], [], [], 0.1)[0]:
        found += os.read(terminal, 65_536)
    return found.decode()


def test_a_terminal_has_a_bar_and_lines_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(sys, "stdout", terminal)
        with console.bar() as advance:
            console.write("passed   a.py:A", sys.stdout)
            advance(3, "a.py:A [x]")
        shown = drained(ours)
    os.close(ours)
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown))
    assert "passed   a.py:A" in lines
    assert any(re.search(r"1/3 a\.py:A \[x\]$", line) for line in lines)


def test_what_is_redirected_is_not_drawn_into_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(sys, "stdout", pipe := io.StringIO())
        with console.bar() as advance:
            console.write("passed   a.py:A", sys.stdout)
            advance(1, "a.py:A")
    os.close(ours)
    assert pipe.getvalue() == "passed   a.py:A\n"


def test_a_pipe_has_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with console.bar() as advance:
        advance(1, "a.py:A")
    assert capsys.readouterr() == ("", "")


# pre-commit


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    first, *rest = text.splitlines()
    assert first.startswith("- id: ") and all(re.match(r"  \w+: \S", line) for line in rest)
    hook = dict(line[2:].split(": ", 1) for line in text.splitlines())
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert (hook["types"], hook["language"]) == ("[python]", "python")
    program, *words = hook["entry"].split()
    assert program == "fuse"
    assert main([*words, "--help"]) == 0
