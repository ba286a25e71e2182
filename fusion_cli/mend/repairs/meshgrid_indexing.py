"""`indexing="xy"` where rows come first swaps the axes of the grid."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    argument,
    rewritten,
    with_keyword,
)
from fusion_cli.syntax.tree import walk

SUMMARY = 'torch.meshgrid(rows, columns, indexing="xy") → indexing="ij"'
FOR_CHECKS = ("aligned", "sizes")

_COLUMNS = re.compile(r"(^|_)(w|width|cols?|columns?|x|xs)(_|\d|$)")
_ROWS = re.compile(r"(^|_)(h|height|rows?|y|ys)(_|\d|$)")


def repair(text: str) -> str:
    """Index grids by rows first, but where the columns are evidently given first, as "xy" wants."""
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    return {
        node: partial(with_keyword, name="indexing", value='"ij"')
        for node in walk(source.tree)
        if isinstance(node, cst.Call)
        and source.called(node) == "torch.meshgrid"
        and _is_xy(argument(node, "indexing"))
        and not _takes_columns_first(node)
    }


def _is_xy(given: cst.Arg | None) -> bool:
    value = given.value if given else None
    return isinstance(value, cst.SimpleString) and value.evaluated_value == "xy"


def _takes_columns_first(call: cst.Call) -> bool:
    """Whether the first grid runs over columns, or the second over rows, by the names they use."""
    given = [arg for arg in call.args if arg.keyword is None]
    if len(given) == 1 and isinstance(given[0].value, cst.List | cst.Tuple):
        names = [_names(element.value) for element in given[0].value.elements]
    else:
        names = [_names(value.value) for value in given]
    if len(names) < 2:
        return True
    first, second = names[0], names[1]
    columns_first = _any(_COLUMNS, first) and not _any(_ROWS, first)
    return columns_first or (_any(_ROWS, second) and not _any(_COLUMNS, second))


def _names(node: cst.CSTNode) -> list[str]:
    return [child.value.lower() for child in walk(node) if isinstance(child, cst.Name)]


def _any(words: re.Pattern[str], names: list[str]) -> bool:
    return any(words.search(name) for name in names)
