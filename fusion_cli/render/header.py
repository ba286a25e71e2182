"""What a file that `fuse` wrote says of itself in its docstring."""

from __future__ import annotations

import ast
import re

from fusion_cli.syntax.read import parse

_ROW = re.compile(r"^(\S+(?: \S+)*) {2,}(\S.*)$", re.MULTILINE)


def header(text: str) -> list[tuple[str, str]]:
    """The rows of the header, `("command", "fuse serial C2f CBAM")` among them.

    Empty for a file that `fuse` did not write.
    """
    rows = _ROW.findall(ast.get_docstring(parse(text)) or "")
    written = any(key == "written by" and value.startswith("fuse ") for key, value in rows)
    return rows if written else []
