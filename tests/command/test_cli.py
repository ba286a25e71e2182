"""The command line: what is asked for, what is printed where, and how it ends."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import fusion_cli
from fusion_cli.command import console
from fusion_cli.command.cli import main
from fusion_cli.model import errors
from fusion_cli.model.report import Report
from fusion_cli.model.requests import CheckRequest, FuseRequest, ShowRequest
from tests.command.outcomes import CHECKED, FUSED, REJECTED_ROW, SHOWN
from tests.conftest import ROOT, Command

FUSE = ["replace", "Bottleneck", "AKConv"]
PATTERN = '{#\nsummary = "mine"\ndonor = "site.input -> site.output"\nat = "block"\n#}\n'
BLOCKS = "{% block init %}{% endblock %}{% block call %}{% endblock %}"
ERRORS = {
    errors.UnknownName: 2,
    errors.BadFile: 2,
    errors.CannotFuse: 3,
    errors.CannotConstruct: 3,
    errors.CannotWrite: 3,
    errors.OutputExists: 4,
    errors.MissingDevice: 5,
    errors.InternalFault: 70,
}


class Pipeline(SimpleNamespace):
    """Stands in for the pipeline: keeps the requests, and answers or raises what it is given."""

    def __init__(self) -> None:
        super().__init__(requests=[], fused=FUSED, checked=CHECKED, shown=SHOWN, error=None)

    def _answer(self, request: object, outcome: Any) -> Any:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return outcome

    def fuse(self, request: object, on_stage: Any) -> Any:
        on_stage("observing Bottleneck")
        return self._answer(request, self.fused)

    def check(self, request: object, on_stage: Any) -> Any:
        return self._answer(request, self.checked)

    def show(self, request: object, on_stage: Any) -> Any:
        return self._answer(request, self.shown)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    stand_in = Pipeline()
    monkeypatch.setitem(sys.modules, "fusion_cli.command.entry", stand_in)  # type: ignore[arg-type]
    monkeypatch.setattr(fusion_cli.command, "entry", stand_in, raising=False)
    return stand_in


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder with a pattern `mine`, one of a built-in's name and two that are broken."""
    for name in ("mine", "serial", "list"):
        (tmp_path / f"{name}.py.j2").write_text(PATTERN + BLOCKS)
    (tmp_path / "torn.py.j2").write_text("{# summary = #}")
    return tmp_path


# Requests


def test_a_pattern_command_asks_for_what_it_is_given_no_more(pipeline: Pipeline) -> None:
    assert main(FUSE) == 0
    assert pipeline.requests == [FuseRequest("replace", "Bottleneck", ("AKConv",))]


def test_every_option_of_a_pattern_command_arrives(pipeline: Pipeline, templates: Path) -> None:
    words = "serial H D1 D2 --at cv1 --host-args c1=8 --donor-args 1 --donor-args 2 --name N"
    words += " -o out --style import --verify quick --strict --allow sizes --allow onnx"
    words += f" --device cuda:1 --require-cuda --force --dry-run --diff --templates {templates}"
    assert main(words.split()) == 0
    assert pipeline.requests == [
        FuseRequest(
            pattern="serial",
            host="H",
            donors=("D1", "D2"),
            at="cv1",
            host_args="c1=8",
            donor_args=("1", "2"),
            name="N",
            output="out",
            style="import",
            verify="quick",
            strict=True,
            allow=("sizes", "onnx"),
            device="cuda:1",
            require_cuda=True,
            force=True,
            dry_run=True,
            diff=True,
            templates=(str(templates),),
        )
    ]


def test_every_option_of_check_and_show_arrives(pipeline: Pipeline) -> None:
    words = "check a.py:B --args dim=8 --verify deep --strict --allow sizes --device cpu"
    assert main(words.split()) == 0
    assert main(["check", "a.py", "--require-cuda"]) == 0
    assert main(["show", "a.py", "--args", "8"]) == 0
    assert pipeline.requests == [
        CheckRequest("a.py:B", "dim=8", verify="deep", strict=True, allow=("sizes",), device="cpu"),
        CheckRequest("a.py", require_cuda=True),
        ShowRequest("a.py", "8"),
    ]


def test_a_notebook_asks_for_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    outcome = fusion_cli.fuse(
        "replace", "H", "D", output=tmp_path, allow="sizes", donor_args=["8"], templates=tmp_path
    )
    assert outcome is FUSED
    assert fusion_cli.check("M", allow=["sizes", "onnx"]) is CHECKED
    assert pipeline.requests == [
        FuseRequest(
            *("replace", "H", ("D",)),
            output=str(tmp_path),
            allow=("sizes",),
            donor_args=("8",),
            templates=(str(tmp_path),),
        ),
        CheckRequest("M", allow=("sizes", "onnx")),
    ]


def test_a_notebook_names_files_by_paths(pipeline: Pipeline) -> None:
    fusion_cli.fuse("replace", Path("h.py"), Path("d.py"), "SE")
    fusion_cli.check(Path("m.py"))
    assert pipeline.requests == [
        FuseRequest("replace", "h.py", ("d.py", "SE")),
        CheckRequest("m.py"),
    ]
    with pytest.raises(TypeError, match="not type"):
        fusion_cli.check(Path)  # type: ignore[arg-type]


def test_a_notebook_is_refused_what_the_command_line_is(pipeline: Pipeline) -> None:
    with pytest.raises(errors.UsageError, match="a donor is missing"):
        fusion_cli.fuse("replace", "H")
    with pytest.raises(errors.UsageError, match="no value of --verify"):
        fusion_cli.check("M", verify="fast")
    assert pipeline.requests == []


# Endings


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_told_on_stderr_and_by_the_exit_code(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], error: type[errors.FuseError]
) -> None:
    pipeline.error = error("what and where", hint="what next", lines="12 | self.x = y\n")
    assert main(FUSE) == ERRORS[error]
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: what and where\n12 | self.x = y\nhint: what next\n"


MISUSES = {
    "unknown command": (["repalce", "A", "B"], "no pattern or command `repalce`"),
    "missing donor": (["replace", "A"], "missing argument"),
    "unknown option": ([*FUSE, "--frob"], "no such option: --frob"),
    "option without value": ([*FUSE, "--at"], "option '--at' requires an argument"),
    "one argument too many": (["show", "A", "B"], "got unexpected extra argument"),
    "unknown level": ([*FUSE, "--verify", "fast"], "`fast` is no value of --verify"),
    "unknown start": ([*FUSE, "--init", "one"], "`one` is no value of --init"),
    "unknown style": ([*FUSE, "--style", "x"], "`x` is no value of --style"),
    "unknown device": ([*FUSE, "--device", "tpu"], "`tpu` is no value of --device"),
    "unknown check": (["check", "A", "--allow", "size"], "--allow: no check `size`"),
    "contradiction": ([*FUSE, "--device", "cpu", "--require-cuda"], "--require-cuda contradicts"),
    "no class name": ([*FUSE, "--name", "1st"], "--name: `1st` cannot name a class"),
    "keyword for a name": ([*FUSE, "--name", "class"], "--name: `class` cannot name a class"),
    "arguments for no donor": (
        [*FUSE, "--donor-args", "1", "--donor-args", "2"],
        "--donor-args was given 2 times for 1 donor(s)",
    ),
    "no templates": ([*FUSE, "--templates", "absent"], "--templates: no folder `absent`"),
    "nothing to list": (["list", "cats"], "`cats` is nothing to list"),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_a_misuse_is_an_error_of_the_user_before_any_work(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], misuse: str
) -> None:
    words, message = MISUSES[misuse]
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert (out, pipeline.requests) == ("", [])
    assert err.startswith(f"error: {message}")

    assert main([words[0], "--json", *words[1:]]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["schema"], answer["ok"], answer["exit"]) == (1, False, 2)
    assert answer["error"]["message"].startswith(message)


def test_a_near_miss_is_met_with_the_nearest(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["repalce", "A", "B"], [*FUSE, "--allow", "size"], [*FUSE, "--verify", "ful"]):
        main(words)
    nearest = ["replace", "sizes", "full"]
    assert [line for line in capsys.readouterr().err.splitlines() if "hint" in line] == [
        f"hint: did you mean `{name}`?" for name in nearest
    ]


def test_a_rejected_module_ends_with_1_and_the_reason(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.fused = replace(FUSED, report=Report("cpu", "2.9", (REJECTED_ROW,)))
    assert main(FUSE) == 1
    out, err = capsys.readouterr()
    assert "1 failed" in out
    assert err.startswith("error: `Bottleneck_AKConv` is rejected by `gradients`: no gradient")
    assert main([*FUSE, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["exit"], answer["error"]["kind"]) == (False, 1, "rejected")


@pytest.mark.parametrize("words", [FUSE, ["check", "A"], ["show", "A"]], ids=" ".join)
def test_a_fault_of_fuse_is_told_without_a_traceback(
    pipeline: Pipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    pipeline.error = RuntimeError("boom")
    assert main([*words, "--json"]) == 70
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["kind"] == "internal_fault"
    assert err.startswith("error: a fault of fuse itself: RuntimeError: boom\nhint: ")
    assert "Traceback" not in err
    monkeypatch.setenv("FUSE_DEBUG", "1")
    for pipeline.error in (RuntimeError("boom"), errors.InternalFault("the worker is gone")):
        assert main(words) == 70
        assert "Traceback" in capsys.readouterr().err
    pipeline.error = errors.CannotFuse("no site")
    assert main(words) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_broken_pipe_within_is_a_fault(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = BrokenPipeError(errno.EPIPE, "the worker's")
    assert main(FUSE) == 70


def test_ctrl_c_is_130_and_silent(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.error = KeyboardInterrupt()
    assert main(FUSE) == 130
    assert capsys.readouterr() == ("", "")
    assert main([*FUSE, "--json"]) == 130
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["exit"], answer["error"]["kind"], err) == (130, "interrupted", "")


@pytest.mark.parametrize("words", [["--json"], ["--frob", "check", "A", "--json"]])
def test_json_is_given_where_no_command_has_begun(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(words) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["exit"], "contract" in answer) == (2, "check" in words)


def test_the_terminal_obeys_no_escape_of_a_module(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = errors.CannotFuse("gone \x1b[2J", "\x9b1m", "  raise \x1b]0;\x07\n")
    assert main(FUSE) == 3
    said = "error: gone \\x1b[2J\n  raise \\x1b]0;\\x07\nhint: \\x9b1m\n"
    assert capsys.readouterr().err == said
    pipeline.error = None
    row = replace(REJECTED_ROW, detail="\x1b[2J", hint="\x1b")
    pipeline.fused = replace(FUSED, report=Report("cpu", "2.9", (row,)), notes=("\x1b[2J",))
    assert main(FUSE) == 1
    assert "\x1b" not in "".join(capsys.readouterr())


# What is printed


@pytest.mark.parametrize("words", [FUSE, ["check", "A"], ["show", "A"], ["list", "patterns"]])
def test_json_is_one_object_and_nothing_else(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["schema"] == 1
    assert (out.count("\n"), err) == (1, "")


def test_a_preview_has_stdout_for_itself(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*FUSE, "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out == FUSED.source
    assert "Bottleneck_AKConv" in err
    pipeline.fused = replace(FUSED, diff="-old\n+new\n")
    assert main([*FUSE, "--diff"]) == 0
    assert capsys.readouterr().out == "-old\n+new\n"
    pipeline.fused = replace(FUSED, diff="")
    assert main([*FUSE, "--diff"]) == 0
    assert capsys.readouterr().out == ""


def test_a_terminal_sees_the_stage_and_colours_a_pipe_neither(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with monkeypatch.context() as without_rich:
        without_rich.setitem(sys.modules, "rich.console", None)  # type: ignore[arg-type]
        assert main(FUSE) == 0
    piped = capsys.readouterr()
    assert "\x1b" not in piped.out
    assert piped.err == ""

    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    assert main(FUSE) == 0
    seen = capsys.readouterr()
    assert "observing Bottleneck" in seen.err
    assert "\x1b[32mpassed\x1b[0m" in seen.out

    monkeypatch.setenv("NO_COLOR", "1")
    assert main(FUSE) == 0
    assert capsys.readouterr().out == piped.out


def test_help_is_what_there_is_without_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    alone = capsys.readouterr()
    assert main(["--help"]) == 0
    assert capsys.readouterr() == alone
    for name in ("replace", "serial", "parallel", "concat", "check", "show", "list"):
        assert f"\n  {name} " in alone.out


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"fuse {fusion_cli.__version__}\n"


# Patterns


@pytest.mark.parametrize("spelling", ["--templates {}", "--templates={}"])
def test_a_pattern_file_is_a_command(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], templates: Path, spelling: str
) -> None:
    option = spelling.format(templates).split()
    assert main(["mine", "H", "D", *option]) == 0
    assert [request.pattern for request in pipeline.requests] == ["mine"]
    assert main(["mine", *option, "--help"]) == 0
    assert "\n  mine\n" in capsys.readouterr().out
    assert main(["mine", "H", "D"]) == 2


def test_a_broken_pattern_is_an_error_only_where_it_is_used(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], templates: Path
) -> None:
    option = ["--templates", str(templates)]
    assert main(["replace", "H", "D", *option]) == 0
    assert main(["list", *option, "patterns"]) == 0
    assert "  torn      broken: " in capsys.readouterr().out
    assert main(["torn", "H", "D", "--at", "cv1", *option]) == 2
    assert capsys.readouterr().err.startswith(f"error: {templates / 'torn.py.j2'}:1: ")


def test_a_pattern_cannot_take_the_place_of_a_command(
    capsys: pytest.CaptureFixture[str], templates: Path
) -> None:
    assert main(["list", "patterns", "--templates", str(templates), "--json"]) == 0
    patterns = json.loads(capsys.readouterr().out)["patterns"]
    summaries = {entry["name"]: entry["summary"] for entry in patterns}
    assert "is a command of fuse" in summaries["list"]
    assert summaries["serial"] == "mine"


# As a process


def test_python_m_fusion_cli_is_fuse(fuse_cmd: Command) -> None:
    done = fuse_cmd("list", "patterns")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("patterns\n  concat ")
    assert fuse_cmd("frob").returncode == 2


def stream_to(stdout: int, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fusion_cli", *words]
    return subprocess.run(command, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("words", [["list", "patterns"], ["--help"]], ids=" ".join)
def test_a_reader_who_has_gone_is_no_error(words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = stream_to(write, *words)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_cannot_be_printed_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = stream_to(full.fileno(), "list", "patterns")
    assert done.returncode == 3
    assert done.stderr == "error: cannot print: No space left on device\n"


def test_a_closed_stream_is_no_error(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(FUSE) == 0


COMPLETIONS = {
    "repl": "replace",
    "replace --verify f": "full",
    "replace --style i": "import",
    "replace --device c": "cpu cuda",
    "check A --allow mem": "memory_format",
    "list h": "hosts",
    "serial ConvN": "ConvNeXtBlock",
    "serial C2f CB": "CBAM",
    "check block": "block.py blocks/",
    "check blocks/": "blocks/inner.py",
}


@pytest.mark.parametrize("typed", COMPLETIONS)
def test_the_shell_completes(fuse_cmd: Command, tmp_path: Path, typed: str) -> None:
    (tmp_path / "blocks").mkdir()
    for name in ("block.py", "block.txt", "blocks/inner.py"):
        (tmp_path / name).touch()
    words = f"fuse {typed}"
    count = str(len(words.split()) - (not words.endswith(" ")))
    done = fuse_cmd(_FUSE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count)
    assert done.stdout.split() == COMPLETIONS[typed].split()


def test_printing_is_escaped_where_the_terminal_cannot_show_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    console.prepare()
    console.write("64×64", sys.stdout)
    assert raw.getvalue() == b"64\\xd764\n"
