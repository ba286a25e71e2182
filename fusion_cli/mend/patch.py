"""A change of text, line by line: kept to some of its lines, and carried over to the file itself.

A file is read with other line ends, blanks and endings than it has (see `read`), but line by line:
what was changed in the text that was read can be changed in the file, and nothing else is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Hunk:
    """New lines for those from `start` to before `end`, counted from 0."""

    start: int
    end: int
    lines: tuple[str, ...]

    def touches(self, lines: range) -> bool:
        """Whether it changes one of these lines, or puts something between them."""
        return self.start < lines.stop and self.end > lines.start


def changes(before: str, after: str) -> tuple[Hunk, ...]:
    """What has to be done to the lines of one text to have the other; both end in a line feed."""
    old, new = before.split("\n")[:-1], after.split("\n")[:-1]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Hunk(start, end, tuple(new[first:last]))
        for kind, start, end, first, last in matcher.get_opcodes()
        if kind != "equal"
    )


def with_hunks(text: str, done: Iterable[Hunk]) -> str:
    """The text with the changes; every other line keeps its line end, new ones have the usual one."""
    lines = _LINE.findall(text)
    usual = _usual_end(text)
    if lines and not _END.search(lines[-1]):
        lines[-1] += usual
    for change in sorted(done, key=lambda hunk: hunk.start, reverse=True):
        lines[change.start : change.end] = [line + usual for line in change.lines]
    return "".join(lines)


def confined(before: str, after: str, apart: Sequence[range]) -> str:
    """`after`, less its changes to the lines that are to be left as they are."""
    done = [change for change in changes(before, after) if not any(map(change.touches, apart))]
    return with_hunks(before, done)


def _usual_end(text: str) -> str:
    ends = Counter(_END.findall(text)).most_common(1)
    return ends[0][0] if ends else "\n"
