"""Small tools over the statements of Python's own syntax trees."""

from __future__ import annotations

import ast


def first_line(node: ast.stmt) -> int:
    """The line that a statement begins on, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def is_main_block(node: ast.AST) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, perhaps with a further condition."""
    if not isinstance(node, ast.If):
        return False
    parts = list(ast.walk(node.test))
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in parts) and any(
        isinstance(part, ast.Constant) and part.value == "__main__" for part in parts
    )


def stands_first(node: ast.stmt, index: int) -> bool:
    """Whether the statement with that index in a file must stay above all imports.

    That holds for the docstring and for imports from `__future__`.
    """
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
