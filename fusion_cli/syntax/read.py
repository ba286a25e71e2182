"""Reading Python files as people have them: any encoding, any line ends, notes pasted below."""

from __future__ import annotations

import ast
import codecs
import contextlib
import functools
import io
import re
import threading
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path

from fusion_cli.model.errors import BadFile, UnknownName
from fusion_cli.write import regular

_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " ") | dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u2060\ufeff"), ""
)
_COMPILER = threading.Lock()  # what warnings are shown is a setting of the whole process
_MAX_REPAIRS = 200  # a file with more faults than this is no Python file
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read(path: Path) -> tuple[str, tuple[str, ...]]:
    """The Python source in a file, with notes on what was done to it.

    The text ends its lines with `\\n`, parses, and keeps the line numbers of the file.

    Raises:
        UnknownName: There is no such file.
        BadFile: It is a folder, cannot be read, is empty, binary, or no Python.
    """
    return python_in(content(path), path)


def python_in(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    """What `read` gives for a file that holds these bytes."""
    text, encoding = decoded(data, path)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    unusual = not encoding.startswith("utf-8")
    notes = [f"{path.name} is read as {encoding.upper()}"] if unusual else []
    if not text.strip():
        raise BadFile(f"{path} is empty", "it should hold the class of a PyTorch module")
    text, repair = _repaired(text, path)
    return text if text.endswith("\n") else text + "\n", (*notes, *repair)


@functools.lru_cache(maxsize=128)
def parse(text: str) -> ast.Module:
    """The syntax tree of a text, without the warnings of the compiler. It is shared: do not change it.

    Raises:
        SyntaxError: The text is no Python.
    """
    with _COMPILER, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(f"{error}") from error


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UnknownName: There is no such file.
        BadFile: It is a folder, or cannot be read.
    """
    if path.is_dir():
        raise BadFile(
            f"{path} is a folder, not a Python file",
            "name the file and its class: `block.py:Block`",
        )
    try:
        regular(path)
        return path.read_bytes()
    except FileNotFoundError:
        raise UnknownName(
            f"there is no file {path}", f"the path is taken from {Path.cwd()}"
        ) from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error


def decoded(data: bytes, path: Path) -> tuple[str, str]:
    """The text of a file as it is, and its encoding: UTF-8, what it declares, or GB18030.

    Raises:
        BadFile: It is binary.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding
    if b"\0" in data:
        raise BadFile(f"{path} is a binary file, not Python source")
    for encoding in _encodings(data):
        try:
            return data.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    raise BadFile(f"{path} is text in an unknown encoding", "save it as UTF-8")


def _encodings(data: bytes) -> Iterator[str]:
    yield "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    with contextlib.suppress(SyntaxError):  # it declares one encoding and is in another
        yield tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    yield "gb18030"
    yield "latin-1"


def _repaired(text: str, path: Path) -> tuple[str, tuple[str, ...]]:
    """The text as Python: whole if it parses, else repaired or in its parseable part."""
    first = _fault(text)
    if first is None:
        return text, ()
    for repair, change in (
        (text.translate(_BLANKS), "invisible characters"),
        (text.expandtabs(4), "tabs mixed with spaces"),
        (text.expandtabs(8), "tabs mixed with spaces"),
    ):
        if repair != text and _fault(repair) is None:
            return repair, (f"{path.name} has {change}, read as spaces",)
    return _parseable_part(text.translate(_BLANKS), path, first)


def _parseable_part(text: str, path: Path, first: SyntaxError) -> tuple[str, tuple[str, ...]]:
    """The file up to the first part that is no Python, or, where no class stands before it, without it."""
    lines = text.split("\n")
    dropped: list[int] = []
    for _ in range(_MAX_REPAIRS):
        fault = _fault("\n".join(lines))
        if fault is None:
            break
        at = min(fault.lineno or 1, len(lines)) - 1
        start = _start_of_bad_part(lines, at)
        head = "\n".join(lines[:start]) + "\n"
        if _has_class(head):
            note = f"{path.name} is used up to line {start}: line {at + 1} is no Python"
            return head, (note, *_skipped(path, dropped))
        end = next((n for n in range(at + 1, len(lines)) if _starts_part(lines[n])), len(lines))
        dropped += range(start, end)
        lines[start:end] = [""] * (end - start)
    rest = "\n".join(lines)
    if _fault(rest) is None and _has_class(rest):
        return rest, _skipped(path, dropped)
    line = first.lineno or 1
    shown = text.split("\n")[line - 1 : line]
    raise BadFile(
        f"{path} is not Python: line {line}: {first.msg}",
        "it should hold the class of a PyTorch module",
        lines="".join(f"{line:5d} | {text.rstrip()}" for text in shown),
    )


def is_python(text: str) -> bool:
    """Whether a text parses."""
    return _fault(text) is None


def _fault(text: str) -> SyntaxError | None:
    try:
        parse(text)
    except SyntaxError as error:
        return error
    return None


def _has_class(text: str) -> bool:
    return _fault(text) is None and any(isinstance(n, ast.ClassDef) for n in parse(text).body)


def _starts_part(line: str) -> bool:
    return bool(re.match(r"[^\s)\]}#]", line))


def _start_of_bad_part(lines: list[str], at: int) -> int:
    """The last line at the margin, at or above the fault, before which everything parses."""
    starts = [n for n in range(at, -1, -1) if _starts_part(lines[n])]
    return next((n for n in starts if _fault("\n".join(lines[:n])) is None), 0)


def _skipped(path: Path, dropped: list[int]) -> tuple[str, ...]:
    if not dropped:
        return ()
    first, last = dropped[0] + 1, dropped[-1] + 1
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    return (f"{path.name}: what is no Python is left out ({where})",)
