"""One spelling for what Python lets people spell in many ways, so that trees can be edited and compared.

`if(self.deploy):` becomes `if self.deploy:`, `self . conv( (x) )` becomes `self.conv(x)`: no keyword
leans on a parenthesis that an edit may take away, and equal code has equal text. Comments stay where they are,
names, numbers and the order of everything too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import TypeVar

import libcst as cst

from fusion_cli.syntax.tree import code

Tree = TypeVar("Tree", bound=cst.CSTNode)

_NOTHING = cst.SimpleWhitespace("")
_SPACE = cst.SimpleWhitespace(" ")
# Space in these means something, or what libcst would put there by itself does not suit them.
_LEFT = (
    *(cst.FormattedString, cst.TemplatedString, cst.ConcatenatedString, cst.Match),
    *(cst.TrailingWhitespace, cst.EmptyLine, cst.BaseParenthesizableWhitespace),
)
_ATOMS = (
    *(cst.Name, cst.Attribute, cst.Subscript, cst.Call, cst.SimpleString, cst.Integer, cst.Float),
    *(cst.List, cst.ListComp, cst.Dict, cst.DictComp, cst.Set, cst.SetComp),
)

_ENCLOSED = (cst.GeneratorExp, cst.NamedExpr, cst.Tuple, cst.Yield)  # need them as arguments


def plain(tree: Tree) -> Tree:
    """The same code with plain spacing, quotes and indentation, one statement a line."""
    spaced = tree.visit(_Spaced())
    assert isinstance(spaced, cst.CSTNode)
    result = spaced.visit(_Bare())  # only now: without the spaces some parentheses are needed
    assert isinstance(result, type(tree))
    return result


class _Spaced(cst.CSTTransformer):
    """Put the usual space between all tokens, but for where a comment stands between them."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        return not isinstance(node, _LEFT)

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        if isinstance(original_node, _LEFT):
            return updated_node
        changes = {
            name: usual
            for name, usual in _usual_spaces(type(updated_node))
            if not _has_comment(getattr(updated_node, name))
        }
        node = updated_node.with_changes(**changes) if changes else updated_node
        return _as_usual(node, original_node)


@cache
def _usual_spaces(kind: type[cst.CSTNode]) -> tuple[tuple[str, object], ...]:
    """The fields of a kind of node that hold space, each with what libcst has there by itself."""
    if kind is cst.Comma:
        return ("whitespace_before", _NOTHING), ("whitespace_after", _SPACE)
    spaces = [field for field in fields(kind) if "whitespace" in field.name]
    usual = [(space.name, _default(space)) for space in spaces]
    return tuple(pair for pair in usual if not isinstance(pair[1], cst.TrailingWhitespace | None))


def _default(field: Field[object]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _has_comment(space: object) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace) and (
        space.first_line.comment is not None or any(line.comment for line in space.empty_lines)
    )


def _as_usual(node: cst.CSTNode, original: cst.CSTNode) -> cst.CSTNode:
    """A node whose space hangs on what else is in it."""
    match node:
        case cst.Arg(keyword=cst.Name()):
            return node.with_changes(equal=cst.AssignEqual(_NOTHING, _NOTHING))
        case cst.Param(equal=cst.AssignEqual(), annotation=None):
            return node.with_changes(equal=cst.AssignEqual(_NOTHING, _NOTHING))
        case cst.Attribute(value=cst.Integer(lpar=[])):
            return node.with_changes(dot=original.dot)  # type: ignore[attr-defined]  # `1 .real`
        case cst.Lambda():
            return node.with_changes(colon=cst.Colon(whitespace_after=_SPACE))
        case cst.Call():
            return node.with_changes(args=_ended(node.args))
        case cst.Tuple() | cst.List() | cst.Set() | cst.Dict():
            return node.with_changes(elements=_ended(node.elements))
        case cst.SimpleString():
            return node.with_changes(value=_quoted(node.value))
        case cst.IndentedBlock():
            return node.with_changes(indent=None)
        case cst.Module():
            return node.with_changes(default_indent="    ", default_newline="\n")
    return node


def _ended(items: Sequence[Tree]) -> list[Tree]:
    """Arguments or elements, with no space behind the comma that ends them."""
    return [*items[:-1], *map(_without_space_behind, items[-1:])]


def _without_space_behind(item: Tree) -> Tree:
    comma = getattr(item, "comma", None)
    if not isinstance(comma, cst.Comma) or _has_comment(comma.whitespace_after):
        return item
    return item.with_changes(comma=comma.with_changes(whitespace_after=_NOTHING))


def _quoted(text: str) -> str:
    """A string literal in double quotes, where nothing in it has to be escaped for that."""
    start = text.index("'") if "'" in text else len(text)
    body = text[start + 1 : -1]
    if (not text[:start].isalpha() and text[:start]) or set(body) & set("'\"\\\n"):
        return text
    return f'{text[:start]}"{body}"' if start < len(text) else text


class _Bare(cst.CSTTransformer):
    """Take away parentheses around what never needs them; give each statement a line of its own."""

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.SimpleStatementLine]:
        match updated_node:
            case cst.SimpleStatementLine(body=[_, _, *_]) | cst.SimpleStatementLine(
                body=[cst.BaseSmallStatement(semicolon=cst.Semicolon())]
            ):
                return cst.FlattenSentinel(_apart(updated_node, updated_node.leading_lines))
            case cst.SimpleStatementSuite():
                return cst.IndentedBlock([*_apart(updated_node, ())])
            case cst.Attribute(value=cst.Integer() | cst.Float()):
                number = original_node.value  # type: ignore[attr-defined]  # `(1).real`
                return _bare(updated_node.with_changes(value=number))
            case cst.Arg(star="", value=value) if not isinstance(value, _ENCLOSED):
                return updated_node.with_changes(value=_bare(value, 0))
            case cst.BaseExpression(lpar=[_, *_]):
                return _bare(updated_node)
        return updated_node


def _apart(
    line: cst.SimpleStatementLine | cst.SimpleStatementSuite, leading: Sequence[cst.EmptyLine]
) -> Iterator[cst.SimpleStatementLine]:
    """The statements of a line, the first with what leads it, the last with what ends it."""
    default = cst.MaybeSentinel.DEFAULT
    for index, statement in enumerate(line.body):
        ends = index + 1 == len(line.body)
        yield cst.SimpleStatementLine(
            [statement.with_changes(semicolon=default)],
            leading_lines=leading if index == 0 else (),
            trailing_whitespace=line.trailing_whitespace if ends else cst.TrailingWhitespace(),
        )


def _bare(node: cst.BaseExpression, needed: int = 1) -> cst.BaseExpression:
    """An expression with no more than the parentheses that it may need, but those that hold its lines together."""
    comments = any(_has_comment(paren.whitespace_after) for paren in node.lpar)
    if not node.lpar or comments or "\n" in code(node):
        return node
    kept = 0 if isinstance(node, _ATOMS) else needed
    return node.with_changes(lpar=node.lpar[:kept], rpar=node.rpar[:kept])
