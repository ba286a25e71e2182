"""Bad input, given to the command as a process: what is told, how it ends, and that nothing is left.

Every command runs with `--json`: the same error then stands on stderr for people and on stdout for
scripts, and both are read. What needs no process of its own is tested beside the code it is about.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from fusion_cli.command.cli import main
from tests.conftest import ROOT, Command, hear_interrupts
from tests.worker.leftovers import becomes_true, marked_processes

MODULE = """\
import torch
from torch import nn

SCALE = 2


def double(x):
    return SCALE * x


class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        {init}

    def forward(self, {parameters}):
        {forward}
"""
CONV = "self.conv = nn.Conv2d(dim, dim, 3, padding=1)"


def module(forward: str = "return self.conv(x)", init: str = CONV, parameters: str = "x") -> str:
    return MODULE.format(init=init, forward=forward, parameters=parameters)


FILES = {
    "doubles.py": module("return double(self.conv(x))"),
    "raises.py": module(init='raise ValueError(f"no {dim} will do")'),
    "breaks.py": module('raise RuntimeError(f"cannot take {x.shape}")'),
    "pooled.py": module("return self.conv(x).mean((2, 3))"),
    "tokens.py": module("b, n, c = x.shape; return self.proj(x)", "self.proj = nn.Linear(dim, 5)"),
    "pair.py": module("return self.conv(x) + y", parameters="x, y"),
    "rgb.py": module(init="self.conv = nn.Conv2d(3, 8, 3, padding=1)"),
    "swaps.py": module("return self.conv(x).transpose(2, 3).reshape(x.shape)"),
    "torn.py": "class Block(nn.Module:\n",
    "empty.py": "",
    "plain.py": "class Plain:\n    pass\n",
    "none.py": "WIDTH = 1\n",
    "several.py": module() + "\n\nclass Other(nn.Module):\n    pass\n",
}


@dataclass(frozen=True)
class Case:
    """A command line in shell-free words, the exit code and kind, and words that the user needs."""

    words: str
    exit: int
    kind: str
    said: tuple[str, ...]


def case(words: str, exit: int, kind: str, *said: str) -> Case:
    return Case(words, exit, kind, said)


NOT_TAKEN = "cannot serve `cv1` (b c1 h w -> b c2 h w)"

CASES = {
    "a misspelt pattern": case("replce Bottleneck SE", 2, "unknown_name", "did you mean `replace`"),
    "a misspelt host": case(
        "replace Botleneck SE", 2, "unknown_name", "Botleneck", "did you mean `Bottleneck`"
    ),
    "a misspelt donor": case("replace Bottleneck SEE", 2, "unknown_name", "did you mean `SE`"),
    "a misspelt file": case("replace raise.py SE", 2, "unknown_name", "did you mean `raises.py`"),
    "a folder": case("replace folder SE", 2, "bad_file", "is a folder"),
    "not Python": case("replace torn.py SE", 2, "bad_file", "line 1", "class Block(nn.Module:"),
    "an empty file": case("replace empty.py SE", 2, "bad_file", "is empty"),
    "no class": case("replace none.py SE", 2, "bad_file", "holds no class"),
    "no module class": case("replace plain.py SE", 2, "bad_file", "nn.Module", "Plain"),
    "several classes": case("replace several.py SE", 2, "bad_file", "Block, Other", "several.py:"),
    "no such class": case("replace several.py:Zyx SE", 2, "unknown_name", "Block, Other"),
    "no nn.Module": case("replace plain.py:Plain SE", 2, "bad_file", "`Plain`", "not an nn.Module"),
    "a host that cannot be built": case(
        "replace raises.py SE",
        *(3, "cannot_construct", "ValueError: no 8 will do", "raises.py:14, in __init__"),
        'raise ValueError(f"no {dim} will do")',
    ),
    "a host that cannot run": case(
        "replace breaks.py SE",
        *(3, "cannot_construct", "RuntimeError: cannot take", "breaks.py:17, in forward"),
        'raise RuntimeError(f"cannot take {x.shape}")',
    ),
    "a donor that cannot be built": case(
        "replace Bottleneck raises.py",
        *(3, "cannot_construct", "ValueError: no 8 will do", "raises.py:14", "--donor-args"),
    ),
    "arguments that are no call text": case(
        "replace Bottleneck SE --host-args c1=", 2, "usage_error", "--host-args", "Bottleneck(c1, "
    ),
    "a name that is unknown": case(
        "replace Bottleneck SE --host-args c1=width", 2, "usage_error", "'width'", "--host-args"
    ),
    "an unknown parameter of the host": case(
        "replace Bottleneck SE --host-args c1=64,c3=2",
        *(2, "usage_error", "no parameter `c3`", "did you mean `c2`", "Bottleneck(c1, c2"),
    ),
    "an unknown parameter of the donor": case(
        "replace Bottleneck SE --donor-args c1=3",
        *(2, "usage_error", "no parameter `c1`", "SE(channels, reduction=16)"),
    ),
    "a pooling donor": case(
        "replace Bottleneck pooled.py", 3, "cannot_fuse", "Block (b c h w -> b c)", NOT_TAKEN
    ),
    "a donor of tokens": case(
        "replace Bottleneck tokens.py --no-adapt",
        *(
            3,
            "cannot_fuse",
            "(b n c -> b n 5) needs an adapter at `cv1`",
            "TokensOnMap",
            "--no-adapt",
        ),
    ),
    "a donor of two inputs": case(
        "replace Bottleneck pair.py", 3, "cannot_fuse", "2 inputs", NOT_TAKEN
    ),
    "a donor of fixed width": case(
        "replace Bottleneck rgb.py --no-adapt",
        *(3, "cannot_fuse", "1×1 convolution c1 → 3 before Block", "8 → c_ behind", "--no-adapt"),
    ),
    "no such site": case(
        "replace Bottleneck SE --at cv9",
        *(2, "unknown_name", "no site `cv9`", "the sites are cv1, cv2; `block`"),
    ),
    "a span from behind": case(
        "replace Bottleneck SE --at cv2..cv1", 3, "cannot_fuse", "`cv1`", "`cv2`", "a span goes"
    ),
    "a folder that is a file": case(
        "replace Bottleneck SE --verify off -o taken", 3, "cannot_write", "taken/bottleneck_", "-o"
    ),
    "no CUDA": case(
        "replace Bottleneck SE --require-cuda", 5, "missing_device", "CUDA was demanded"
    ),
    "a keyword as name": case("serial Bottleneck SE --name class", 2, "usage_error", "`class`"),
    "a name that begins with a digit": case(
        "serial Bottleneck SE --name 2x", 2, "usage_error", "--name", "letters, digits"
    ),
    "a name of underscores": case("serial Bottleneck SE --name __", 2, "usage_error", "`__`"),
    "a name of Python's": case("serial Bottleneck SE --name print", 2, "usage_error", "`print`"),
    "the name of a class that the host needs": case(
        "serial Bottleneck SE --name Conv", 2, "usage_error", "--name: `Conv`", "choose a name"
    ),
    "the name of the donor": case("serial Bottleneck SE --name SE", 2, "usage_error", "`SE`"),
    "the name of a function": case(
        "serial doubles.py SE --name double", 2, "usage_error", "double"
    ),
    "a name of the smoke test": case(
        "serial Bottleneck SE --name device", 2, "usage_error", "`device`"
    ),
    "a module that is wrong": case(
        "serial Bottleneck swaps.py --verify full", 1, "rejected", "Bottleneck_Block", "aligned"
    ),
}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The files above in the working directory; what is there afterwards must be the same."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    (tmp_path / "taken").write_text("not a folder\n")
    return sorted(tmp_path.rglob("*"))


def refuse(answer: subprocess.CompletedProcess[str], expected: Case) -> None:
    """See that people and scripts are told of the error, and how."""
    assert answer.returncode == expected.exit, answer.stderr
    assert answer.stderr.startswith("error: ") and "Traceback" not in answer.stderr
    for one in expected.said:
        assert one in answer.stderr
    told = json.loads(answer.stdout)
    assert (told["ok"], told["exit"]) == (False, expected.exit)
    assert told["error"]["kind"] == expected.kind
    assert told["error"]["message"] in answer.stderr


@pytest.mark.parametrize("name", CASES)
def test_refused(fuse_cmd: Command, tmp_path: Path, files: list[Path], name: str) -> None:
    expected = CASES[name]
    variables = {"CUDA_VISIBLE_DEVICES": ""}  # also where there is a GPU
    refuse(fuse_cmd(*expected.words.split(), "--json", **variables), expected)
    assert sorted(tmp_path.rglob("*")) == files


def test_a_different_file_is_left_alone(fuse_cmd: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("mine = True\n")
    answer = fuse_cmd(*"serial Bottleneck SE --verify off -o mine.py --json".split())
    refuse(answer, case("", 4, "output_exists", "mine.py exists and differs", "--force"))
    assert mine.read_text() == "mine = True\n"
    assert list(tmp_path.iterdir()) == [mine]


def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(descriptor: int) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fusion_cli.write.os.fsync", full)
    words = "serial Bottleneck SE --verify off --json".split()
    answer = subprocess.CompletedProcess(words, main(words), *capsys.readouterr())
    refuse(answer, case("", 3, "cannot_write", "no space left on device", "free some space"))
    assert list(tmp_path.iterdir()) == []


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    words = f"rmdir $PWD; {sys.executable} -m fusion_cli serial Bottleneck SE --verify off --json"
    folder = tmp_path / "gone"
    folder.mkdir()
    answer = subprocess.run(
        ["sh", "-c", words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    refuse(answer, case("", 5, "missing_resource", "the working directory is gone", "exists"))
    assert list(tmp_path.iterdir()) == []


# Pattern files

FRONT = """\
{#
summary = "mine"
donor   = "site.input -> site.output"
at      = "block"
#}
"""
INIT = "{% block init %}{{ plan.site.init }}{% endblock %}\n"
PATTERNS = {
    "torn": (FRONT + INIT + "{% block call %}{{ plan.site.call }{% endblock %}", ":7", "}"),
    "foreign": (FRONT + INIT + "{% block call %}{{ host.call }}{% endblock %}", ":7", "`host`"),
    "lacking": (FRONT + INIT, "", "`call`"),
    "headless": (INIT, ":1", "no front matter"),
    "joined": (
        FRONT
        + "{% block init %}{{ plan.site.init }}{% for one in plan.donors %}\n"
        + "self.{{ one.attr }} = {{ one.new }}{% endfor %}{% endblock %}"
        + "{% block call %}{{ plan.site.call }}{% endblock %}",
        *("", "__site_init__self", "lines of their own"),
    ),
    "touching": (
        FRONT + INIT + "{% block call %}{{ plan.site.call }}{{ plan.site.arg }}{% endblock %}",
        *("", "__site_call____site_arg__"),
    ),
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder of the patterns above and one that is right."""
    folder = tmp_path / "templates"
    folder.mkdir()
    for name, (text, *_) in PATTERNS.items():
        (folder / f"{name}.py.j2").write_text(text)
    sound = "{% block call %}{{ plan.site.call }}{% endblock %}"
    (folder / "sound.py.j2").write_text(FRONT + INIT + sound)
    return folder


@pytest.mark.parametrize("name", PATTERNS)
def test_a_broken_pattern(fuse_cmd: Command, tmp_path: Path, templates: Path, name: str) -> None:
    words = [name, "Bottleneck", "SE", "--templates", "templates", "--json"]
    _, line, *said = PATTERNS[name]
    refuse(fuse_cmd(*words), case("", 2, "bad_pattern", f"{name}.py.j2{line}", *said))
    assert list(tmp_path.iterdir()) == [templates]


@pytest.mark.parametrize("name", ["sound", "serial"])
def test_a_broken_pattern_leaves_the_others(fuse_cmd: Command, templates: Path, name: str) -> None:
    words = [name, "Bottleneck", "SE", "--templates", "templates", "--verify", "off", "--dry-run"]
    answer = fuse_cmd(*words)
    assert answer.returncode == 0, answer.stderr
    assert "class Bottleneck_SE(nn.Module):" in answer.stdout


# Ctrl-C


@pytest.mark.parametrize("entered", ["constructor", "forward"])
def test_interrupted_by_the_user(tmp_path: Path, entered: str) -> None:
    """The signal goes to the command, its worker and the job, in the middle of the user's code."""
    wait = "import pathlib, time; pathlib.Path(MARK).touch(); time.sleep(60)"
    host = (
        module(init=f"{wait}; {CONV}") if entered == "constructor" else module(f"{wait}; return x")
    )
    mark = "FUSE_TEST_MARK", uuid.uuid4().hex
    entry = tmp_path / "entered"
    (tmp_path / "host.py").write_text(host.replace("MARK", repr(str(entry))))
    process = subprocess.Popen(
        [sys.executable, "-m", "fusion_cli", "replace", "host.py", "SE"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", mark[0]: mark[1]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )
    assert becomes_true(entry.exists, seconds=30)
    assert len(marked_processes(mark)) >= 2
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, "Traceback" in err) == (130, "", False)
    assert marked_processes(mark) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["entered", "host.py"]
