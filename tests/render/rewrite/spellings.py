"""The same code as other people would type it: what a fusion makes of it must not differ."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Iterator, Mapping

import libcst as cst

_NONE = cst.SimpleWhitespace("")
# Where an expression is wrapped, and the space before and behind it that then may go.
_BEHIND_KEYWORD: Mapping[type[cst.CSTNode], Mapping[str, tuple[str, ...]]] = {
    cst.If: {"test": ("whitespace_before_test",)},
    cst.While: {"test": ("whitespace_after_while",)},
    cst.Assert: {"test": ("whitespace_after_assert",)},
    cst.Return: {"value": ("whitespace_after_return",)},
    cst.For: {"target": ("whitespace_after_for", "whitespace_before_in"), "iter": ("whitespace_after_in",)},
    cst.CompFor: {"target": ("whitespace_after_for", "whitespace_before_in"), "iter": ("whitespace_after_in",)},
    cst.CompIf: {"test": ("whitespace_before_test",)},
    cst.Lambda: {"body": ()},
    cst.IfExp: {
        "body": ("whitespace_before_if",),
        "test": ("whitespace_after_if", "whitespace_before_else"),
        "orelse": ("whitespace_after_else",),
    },
    cst.Arg: {"value": ()},
    cst.Assign: {"value": ()},
    cst.Attribute: {"value": ()},
    cst.BinaryOperation: {"left": (), "right": ()},
}  # fmt: skip


class _Tight(cst.CSTTransformer):
    """`if(a):`, `return(x)`, `not(a)`, `(a)and(b)`, `(x)in(y)`: parentheses for spaces."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        return not isinstance(node, cst.Import | cst.ImportFrom)

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        node = updated_node
        for field, spaces in _BEHIND_KEYWORD.get(type(node), {}).items():
            value = getattr(node, field)
            if isinstance(value, cst.BaseExpression):
                node = node.with_changes(**{field: _wrapped(value)})
                node = node.with_changes(**dict.fromkeys(spaces, _NONE))
        if isinstance(node, cst.UnaryOperation):
            operator = node.operator.with_changes(whitespace_after=_NONE)
            return node.with_changes(expression=_wrapped(node.expression), operator=operator)
        if isinstance(node, cst.BooleanOperation):
            operator = type(node.operator)(_NONE, _NONE)
            return node.with_changes(
                left=_wrapped(node.left), right=_wrapped(node.right), operator=operator
            )
        if isinstance(node, cst.Comparison):
            return node.with_changes(
                left=_wrapped(node.left), comparisons=[_compared(one) for one in node.comparisons]
            )
        return node


def _compared(target: cst.ComparisonTarget) -> cst.ComparisonTarget:
    operator = target.operator.with_changes(whitespace_before=_NONE, whitespace_after=_NONE)
    return cst.ComparisonTarget(operator, _wrapped(target.comparator))


def _wrapped(node: cst.BaseExpression) -> cst.BaseExpression:
    if node.lpar or isinstance(node, cst.BooleanOperation):  # `a or b or c` is one operation
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def tight(text: str) -> str:
    """Parentheses for spaces, everywhere; single quotes; all on one line that may stand there."""
    tree = cst.parse_module(text).visit(_Tight()).visit(_Joined()).visit(_Quoted())
    return tree.code


class _Quoted(cst.CSTTransformer):
    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        text = updated_node.value
        plain = text.startswith('"') and not set(text[1:-1]) & set("'\"\\")
        return updated_node.with_changes(value=f"'{text[1:-1]}'") if plain else updated_node


class _Joined(cst.CSTTransformer):
    """`a = 1; b = 2`: the simple statements of a block that follow each other, on one line."""

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        lines: list[cst.BaseStatement] = []
        for line in updated_node.body:
            last = lines[-1] if lines else None
            if _joins(line) and isinstance(last, cst.SimpleStatementLine) and _joins(last):
                body = [*last.body[:-1], last.body[-1].with_changes(semicolon=cst.Semicolon())]
                assert isinstance(line, cst.SimpleStatementLine)
                lines[-1] = last.with_changes(body=[*body, *line.body])
            else:
                lines.append(line)
        return updated_node.with_changes(body=lines)


def _joins(line: cst.BaseStatement) -> bool:
    """Whether a line has no comment, and is no docstring."""
    comments = [one for one in line.leading_lines if one.comment]  # type: ignore[attr-defined]
    return (
        isinstance(line, cst.SimpleStatementLine)
        and line.trailing_whitespace.comment is None
        and not comments
        and not isinstance(line.body[0], cst.Expr)
    )


def loose(text: str) -> str:
    """Space wherever it may stand, half of it a line that goes on behind a backslash."""
    parts: list[str] = []
    row, column, depth = 1, 0, 0
    lines = text.splitlines(keepends=True)
    for number, token in enumerate(_tokens(text)):
        between = _between(lines, (row, column), token.start)
        if _may_be_wide(token, parts, between):
            between = " \\\n        " if not depth and number % 7 == 3 else "  "
        parts += [between, token.string]
        depth += (
            (token.string in "([{") - (token.string in ")]}") if token.type == tokenize.OP else 0
        )
        row, column = token.end
    return "".join(parts)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    skipped = (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return (one for one in tokens if one.type not in skipped)


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    first = lines[start[0] - 1][start[1] :]
    return first + "".join(lines[start[0] : end[0] - 1]) + lines[end[0] - 1][: end[1]]


def _may_be_wide(token: tokenize.TokenInfo, parts: list[str], between: str) -> bool:
    """Whether a token is neither a line's first nor its end."""
    ends = (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT)
    starts = not parts or parts[-1].endswith("\n") or parts[-1].startswith("#")
    return not starts and "\n" not in between and token.type not in ends


def tabbed(text: str) -> str:
    """Tabs for four spaces at the start of every statement, and the ends of lines as Windows has them."""
    firsts = set()
    starts = True
    for token in _tokens(text):
        if starts and token.type not in (tokenize.NL, tokenize.COMMENT):
            firsts.add(token.start[0])
        starts = token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT) and (
            starts or token.type == tokenize.NEWLINE
        )
    lines = [
        _indented(line) if number in firsts else line
        for number, line in enumerate(text.splitlines(), 1)
    ]
    return "\r\n".join([*lines, ""])


def _indented(line: str) -> str:
    bare = line.lstrip(" ")
    return "\t" * ((len(line) - len(bare)) // 4) + bare


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "tight": tight,
    "loose": loose,
    "tabbed": tabbed,
    "all": lambda text: tabbed(loose(tight(text))),
}
