"""The two streams: what is printed, what is coloured, and the spinner on a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import typer

from fusion_cli.command.outcome_text import Paint, plain
from fusion_cli.model.errors import CannotWrite

_COLOURS = {
    "passed": typer.colors.GREEN,
    "failed": typer.colors.RED,
    "allowed": typer.colors.YELLOW,
    "warned": typer.colors.YELLOW,
    "skipped": typer.colors.BRIGHT_BLACK,
    "error": typer.colors.RED,
    "hint": typer.colors.CYAN,
}


def prepare() -> None:
    """Keep printing from failing for want of a stream, or of a character in its encoding."""
    sys.stdout = sys.stdout or _nothing()  # a closed stream is None
    sys.stderr = sys.stderr or _nothing()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def write(text: str, stream: TextIO, end: str = "\n") -> None:
    """Print `text` and `end`. A reader who has gone, as `head` does, is no error.

    Raises:
        CannotWrite: standard output leads to a full disk or the like.
    """
    try:
        print(text, file=stream, end=end, flush=True)
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        if stream is sys.stdout:
            raise CannotWrite(f"cannot print: {error.strerror}") from None


def silence(stream: TextIO) -> None:
    """Point a broken stream at nothing, so that the interpreter's last flush does not complain."""
    with _nothing() as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


def _nothing() -> TextIO:
    return Path(os.devnull).open("w")


def paint_for(stream: TextIO) -> Paint:
    """Colours by status where the stream is a terminal that wants them (https://no-color.org)."""
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if unwanted or not stream.isatty():
        return plain
    return lambda text, status: typer.style(text, fg=_COLOURS.get(status))


@contextlib.contextmanager
def bar() -> Iterator[Callable[[int, str], None]]:
    """Yield what is called after each thing done, with the total and its name; a pipe has no bar."""
    if not sys.stderr.isatty():
        yield lambda total, name: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    # Only what goes to the same terminal has to be printed above the bar.
    above = sys.stdout.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=above
    ) as progress:
        task = progress.add_task("", total=None)
        yield lambda total, name: progress.update(
            task, advance=1, total=total, description=escape(name)
        )


@contextlib.contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """Yield what is called with the name of each stage: a terminal shows it beside a spinner."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:
        yield lambda stage: status.update(Text(stage))
