"""Lines of users' files: for tracebacks to show, and out of those that were raised."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path


def show_lines_of(text: str, path: str) -> None:
    """Let tracebacks and `inspect` show this text for `path`, whatever the disk holds."""
    lines = text.splitlines(keepends=True)
    linecache.cache[path] = (len(text), None, lines, path)


def user_lines(error: BaseException, path: str) -> str:
    """The lines of `path` at which `error` was raised, outermost first, or the empty string.

    Each stands once: a recursion without end goes through the same ones a thousand times.
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = (
        f"  {Path(path).name}:{frame.lineno}, in {frame.name}\n    {frame.line}"
        for frame in frames
        if frame.filename == path
    )
    return "\n".join(dict.fromkeys(lines))
