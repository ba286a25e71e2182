"""The last touches on a rewritten class: its name, its docstring, copies that nobody needs."""

from __future__ import annotations

import libcst as cst

from fusion_cli.render.rewrite.liveness import remove
from fusion_cli.study.analyse import HostClass
from fusion_cli.syntax.tree import (
    code,
    reads,
    stores,
    walk,
)


def only_returning(tree: cst.Module) -> cst.Module:
    """The class with a `forward` that does nothing but return: all else that it did is replaced."""
    forward = next(
        node
        for node in walk(tree)
        if isinstance(node, cst.FunctionDef) and node.name.value == "forward"
    )
    returns = [
        line
        for line in walk(forward)
        if isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[-1], cst.Return)
    ]
    kept = [*forward.body.body[: int(forward.get_docstring() is not None)], returns[-1]]
    body = forward.body.with_changes(body=kept)
    return cst.ensure_type(tree.deep_replace(forward.body, body), cst.Module)


def without_copies(tree: cst.Module, host: HostClass) -> cst.Module:
    """The class without the copies of inherited methods that were left as they are."""
    methods = [node for node in walk(tree) if isinstance(node, cst.FunctionDef)]
    same = [
        method
        for method in methods
        if method.name.value in host.inherited
        and code(method) == code(host.methods[method.name.value])
    ]
    return _without_pass(remove(tree, same)) if host.inherited else tree


def _without_pass(tree: cst.Module) -> cst.Module:
    """The class without the `pass` of a body that was empty before methods came into it."""
    (node,) = (statement for statement in tree.body if isinstance(statement, cst.ClassDef))
    empty = [line for line in node.body.body if _is_statement(line, "pass")]
    filled = any(isinstance(line, cst.FunctionDef) for line in node.body.body)
    return remove(tree, empty) if filled else tree


def inline_copy(tree: cst.Module, name: str, value: str) -> cst.Module:
    """Replace `name` by `value` and drop `name = value`, if `value` is not bound in between."""
    for function in (node for node in walk(tree) if isinstance(node, cst.FunctionDef)):
        lines = [node for node in walk(function) if isinstance(node, cst.SimpleStatementLine)]
        binding = next((line for line in lines if code(line) == f"{name} = {value}"), None)
        if binding is None:
            continue
        users = [line for line in lines if name in {read.value for read in reads(line)}]
        between = lines[lines.index(binding) + 1 : lines.index(users[-1])] if users else []
        if any(value in stores(one) for one in between):
            return tree
        tree = cst.ensure_type(tree.visit(_Replace(name, value)), cst.Module)
        copies = [node for node in walk(tree) if _is_statement(node, f"{value} = {value}")]
        return remove(tree, copies)
    return tree


def _is_statement(node: cst.CSTNode, text: str) -> bool:
    """Whether a node is a statement written exactly so."""
    return isinstance(node, cst.SimpleStatementLine) and code(node) == text


class _Replace(cst.CSTTransformer):
    def __init__(self, name: str, value: str) -> None:
        super().__init__()
        self.name, self.new = name, value

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return (
            updated_node.with_changes(value=self.new)
            if updated_node.value == self.name
            else updated_node
        )


class Rename(cst.CSTTransformer):
    """Give the class its new name, in its own body too, and its new docstring."""

    def __init__(self, old: str, new: str, docstring: str) -> None:
        super().__init__()
        self.names = {old: new}
        self.docstring = docstring
        self._labels: set[cst.CSTNode] = set()
        self._depth = 0

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self._depth += 1
        return True

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        self._labels.add(node.attr)
        return True

    def visit_Arg(self, node: cst.Arg) -> bool:
        if node.keyword is not None:
            self._labels.add(node.keyword)
        return True

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        if original_node in self._labels:
            return updated_node
        return updated_node.with_changes(
            value=self.names.get(updated_node.value, updated_node.value)
        )

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.ClassDef:
        self._depth -= 1
        if self._depth:
            return updated_node
        body = list(updated_node.body.body)
        if original_node.get_docstring() is not None:
            body = body[1:]
        text = cst.parse_statement(self.docstring + "\n")
        return updated_node.with_changes(
            leading_lines=[],
            lines_after_decorators=[],
            body=updated_node.body.with_changes(body=[text, *body]),
        )
