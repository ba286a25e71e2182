"""The command line: parse, call, print.

There is one command for each pattern file, made in a loop; `check`, `show` and `list` stand
beside them. Every way to end goes through `main`, which turns errors into text and exit codes.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, cast

import typer

from fusion_cli import __version__
from fusion_cli.command import arguments, console, outcome_json, outcome_text
from fusion_cli.command.signatures import with_options
from fusion_cli.model.basics import JSON
from fusion_cli.model.errors import (
    ExitCode,
    FuseError,
    InternalFault,
    Interrupted,
    MissingResource,
    UnknownName,
    UsageError,
    did_you_mean,
    fault_of,
)
from fusion_cli.model.outcomes import FuseOutcome, Verdict
from fusion_cli.model.requests import (
    CheckRequest,
    Destination,
    FuseRequest,
    ListRequest,
    RecipeRequest,
    ShowRequest,
    demand_layout,
)
from fusion_cli.patterns.files import RESERVED, PatternFile, pattern_files

# What Typer raises for a command line it cannot parse; the class is Click's own or Typer's copy.
_Misuse: Any = typer.BadParameter.__mro__[2]
Request = TypeVar("Request")
Outcome = TypeVar("Outcome")
Fused = TypeVar("Fused", bound=FuseOutcome)


@with_options(FuseRequest)
def fuse_command(
    request_for: Callable[..., FuseRequest],
    context: typer.Context,
    host: arguments.Host,
    donors: arguments.Donors,
    as_json: arguments.AsJson = False,
) -> int:
    request = request_for(context.info_name, host, tuple(donors))
    from fusion_cli.command import entry

    outcome = _staged(entry.fuse, request)
    if as_json:
        _print_json(outcome_json.fuse_json(outcome))
    else:
        _print_fusion(outcome, outcome_text.fuse_text, request)
    return _verdict(outcome)


@with_options(RecipeRequest)
def recipe_command(
    request_for: Callable[..., RecipeRequest],
    path: arguments.RecipeFile,
    as_json: arguments.AsJson = False,
) -> int:
    request = request_for(path)
    from fusion_cli.command import entry

    outcome = _staged(entry.follow, request)
    if as_json:
        _print_json(outcome_json.recipe_json(outcome))
    else:
        _print_fusion(outcome, outcome_text.recipe_text, request)
    return _verdict(outcome)


@with_options(CheckRequest)
def check_command(
    request_for: Callable[..., CheckRequest],
    refs: arguments.Refs,
    each: arguments.Each = False,
    layout: arguments.Format = "text",
    as_json: arguments.AsJson = False,
) -> int:
    requests = [request_for(ref) for ref in refs]
    demand_layout(layout, as_json, requests[0].diff)
    if each or layout != "text" or len(refs) > 1 or (refs[0] and Path(refs[0]).is_dir()):
        if requests[0].args is not None:
            raise UsageError("--args is for one module", hint="check the modules one by one")
        from fusion_cli.command import formats, several

        chosen = formats.JSON_LIST if as_json else formats.FORMATS[layout]
        return several.check(requests, each, chosen, diffs=chosen is formats.FORMATS["text"])
    return _check_one(requests[0], as_json)


def _check_one(request: CheckRequest, as_json: bool) -> int:
    from fusion_cli.command import entry

    outcome = _staged(entry.check, request)
    if as_json:
        _print_json(outcome_json.check_json(outcome))
    else:
        stream = sys.stderr if request.diff else sys.stdout
        console.write(outcome_text.mended_diff(outcome), sys.stdout, end="")
        console.write(outcome_text.check_text(outcome, console.paint_for(stream)), stream)
    return _verdict(outcome)


@with_options(ShowRequest)
def show_command(
    request_for: Callable[..., ShowRequest],
    ref: arguments.Ref,
    as_json: arguments.AsJson = False,
) -> int:
    from fusion_cli.command import entry

    outcome = _staged(entry.show, request_for(ref))
    if as_json:
        _print_json(outcome_json.show_json(outcome))
    else:
        console.write(outcome_text.show_text(outcome), sys.stdout)
    return ExitCode.DONE


@with_options(ListRequest)
def list_command(
    request_for: Callable[..., ListRequest],
    kind: arguments.Kind = None,
    as_json: arguments.AsJson = False,
) -> int:
    request = request_for(kind)
    listing = {name: _entries(name, request.templates) for name in request.kinds}
    if as_json:
        _print_json(outcome_json.list_json(listing))
    else:
        console.write(outcome_text.list_text(listing), sys.stdout)
    return ExitCode.DONE


def _entries(kind: str, templates: Sequence[str]) -> list[tuple[str, str]]:
    if kind == "patterns":
        return [(file.name, file.summary) for file in pattern_files([*map(Path, templates)])]
    from fusion_cli import zoo

    return [(entry.name, entry.summary) for entry in zoo.entries(kind)]


def _staged(run: Callable[[Request, Callable[[str], None]], Outcome], request: Request) -> Outcome:
    """Run the pipeline and tell its stages. A pipe that breaks in it is none of the user's."""
    try:
        with console.stages() as on_stage:
            return run(request, on_stage)
    except BrokenPipeError as error:
        raise fault_of(error) from error


def _print_fusion(
    outcome: Fused, text: Callable[[Fused, outcome_text.Paint], str], place: Destination
) -> None:
    """What was mended in the donors, and the report; on stderr where stdout has a preview."""
    stream = sys.stdout
    if place.dry_run or place.diff:
        console.write((outcome.diff if place.diff else outcome.source) or "", sys.stdout, end="")
        stream = sys.stderr
    console.write(outcome_text.mended_diff(outcome), stream, end="")
    console.write(text(outcome, console.paint_for(stream)), stream)


def _print_json(answer: JSON) -> None:
    console.write(json.dumps(answer), sys.stdout)


def _verdict(outcome: Verdict) -> int:
    """The exit code of a module that went through the battery, with the reason for a rejection."""
    if error := outcome_text.rejection(outcome):
        console.write(outcome_text.error_text(error, console.paint_for(sys.stderr)), sys.stderr)
    return outcome.exit_code


def _print_version(wanted: bool) -> None:
    if wanted:
        console.write(f"fuse {__version__}", sys.stdout)
        raise typer.Exit()


def _top(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="the version")
    ] = False,
) -> None:
    """fuse two PyTorch modules into one new, verified block of source"""


def build_app(patterns: Sequence[PatternFile]) -> typer.Typer:
    """The application with one command for each pattern."""
    app = typer.Typer(
        rich_markup_mode=None,  # rich would double the time of `fuse --help`
        pretty_exceptions_enable=False,
        epilog="for example: fuse replace Bottleneck AKConv",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_top)
    for file in patterns:
        if file.name in RESERVED:
            continue
        if isinstance(file.front, FuseError):
            anything = {"ignore_unknown_options": True, "allow_extra_args": True}
            raises = _raising(file.front)
            app.command(file.name, help=file.summary, context_settings=anything)(raises)
        else:
            app.command(file.name, help=file.summary)(fuse_command)
    app.command("recipe", help="fuse step by step, as a TOML file says")(recipe_command)
    app.command("check", help="run the battery on any module, generated or not")(check_command)
    app.command("show", help="signature, contract and sites of a module")(show_command)
    app.command("list", help="what the zoo and the templates hold")(list_command)
    return app


def _raising(error: FuseError) -> Callable[[], NoReturn]:
    """The command of a broken pattern file."""

    def broken() -> NoReturn:
        raise error

    return broken


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing is raised but `SystemExit`."""
    words = list(sys.argv[1:] if argv is None else argv)
    console.prepare()
    try:
        return _run(words)
    except KeyboardInterrupt:
        return _answer(Interrupted("interrupted"), words)
    except BrokenPipeError:
        console.silence(sys.stdout)
        return ExitCode.DONE
    except Exception as error:
        fault = _as_fuse_error(error)
        if isinstance(fault, InternalFault) and os.environ.get("FUSE_DEBUG"):
            traceback.print_exception(error)
        return _fail(fault, words)


def _run(words: list[str]) -> int:
    patterns = pattern_files([Path(folder) for folder in _values("--templates", words)])
    names = [file.name for file in patterns] + list(RESERVED)
    if words and not words[0].startswith("-") and words[0] not in names:
        raise UnknownName(f"no pattern or command `{words[0]}`", did_you_mean(words[0], names))
    command = typer.main.get_command(build_app(patterns))
    if "_FUSE_COMPLETE" in os.environ:
        command.main(prog_name="fuse")  # answers the shell and exits
    # Not `command.main`: it would end a broken pipe, the worker's too, as a rejection.
    try:
        with command.make_context("fuse", [*words] or ["--help"]) as context:
            return cast(int, command.invoke(context))
    except typer.Exit as end:
        return end.exit_code


def _values(option: str, words: Sequence[str]) -> list[str]:
    """What is given for an option, read before there is a parser: the parser depends on it."""
    options = words[: words.index("--")] if "--" in words else words
    split = [word[len(option) + 1 :] for word in options if word.startswith(f"{option}=")]
    apart = [after for word, after in pairwise(options) if word == option]
    return [*split, *apart]


def _as_fuse_error(error: Exception) -> FuseError:
    """Any error as one that has a message for the user."""
    if isinstance(error, FuseError):
        return error
    if isinstance(error, _Misuse):
        message = error.format_message().strip().rstrip(".")
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "fuse"
        return UsageError(message[:1].lower() + message[1:], hint=f"see `{path} --help`")
    if isinstance(error, FileNotFoundError) and error.filename is None:  # from os.getcwd alone
        return MissingResource("the working directory is gone", "run fuse in one that exists")
    return fault_of(error)


def _fail(error: FuseError, words: Sequence[str]) -> int:
    """Print an error to people, and to a script that asked for JSON."""
    console.write(outcome_text.error_text(error, console.paint_for(sys.stderr)), sys.stderr)
    return _answer(error, words)


def _answer(error: FuseError, words: Sequence[str]) -> int:
    """Give a script that asked for JSON the object of a command without an outcome."""
    if "--json" in words:
        first = next((word for word in words if not word.startswith("-")), "")
        command = cast(outcome_json.Command, first if first in RESERVED else "fuse")
        _print_json(outcome_json.error_json(command, error))
    return error.exit_code
