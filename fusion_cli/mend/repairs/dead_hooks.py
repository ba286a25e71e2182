"""A hook that returns nothing and does nothing else only stops tracing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    methods,
    remove,
    rewritten,
)
from fusion_cli.syntax.tree import code, walk

SUMMARY = "hooks that return nothing and do nothing → removed"
FOR_CHECKS = ("gradients", "compiles", "exports", "onnx", "serialises")

_REGISTER = ("register_hook", "register_backward_hook", "register_full_backward_hook",
             "register_full_backward_pre_hook", "register_forward_hook",
             "register_forward_pre_hook")  # fmt: skip
_PURE_CALLS = frozenset({
    "range", "len", "tuple", "list", "zip", "enumerate", "isinstance", "int", "float",
})  # fmt: skip


def repair(text: str) -> str:
    """Remove hooks whose function returns None on every path and changes nothing.

    The function goes with its last use.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    classes = [node for node in walk(source.tree) if isinstance(node, cst.ClassDef)]
    owned = [method for owner in classes for method in methods(owner).values()]
    inherited = {_names(base.value) for cls in classes for base in cls.bases}
    for owner in classes:
        has_heirs = owner.name.value in inherited
        names = Counter(method.name.value for method in (owned if has_heirs else ()))
        own = {name: method for name, method in methods(owner).items() if names[name] < 2}
        edits.update(_in_scope(source, owner, own, source.tree if has_heirs else owner))
    functions = [node for node in walk(source.tree) if isinstance(node, cst.FunctionDef)]
    names = Counter(function.name.value for function in functions)
    free = {function.name.value: function for function in functions if function not in owned}
    free = {name: parameter for name, parameter in free.items() if names[name] < 2}
    edits.update(_in_scope(source, source.tree, free, source.tree))
    return edits


def _in_scope(
    source: Source,
    scope: cst.CSTNode,
    functions: Mapping[str, cst.FunctionDef],
    known_in: cst.CSTNode,
) -> Edits:
    """Take back the dead ones among functions where `scope` registers them as hooks.

    A function goes too where nothing else in the tree that knows it mentions it.
    """
    edits: Edits = {}
    for name, function in functions.items():
        if not _is_dead(function):
            continue
        calls = _registrations(source, scope, name)
        lines = [line for line in map(source.statement, calls) if line]
        edits.update((line, remove) for line in lines)
        kept = {node for line in lines for node in walk(line)} | set(walk(function))
        uses = [node for node in walk(known_in) if node not in kept and _names(node) == name]
        if lines and not uses:
            edits[function] = remove
    return edits


def _registrations(source: Source, scope: cst.CSTNode, name: str) -> list[cst.Call]:
    """The statements, alone on their lines, that register the function of that name as a hook."""
    return [
        node
        for node in walk(scope)
        if isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in _REGISTER
        and len(node.args) == 1
        and _names(node.args[0].value) == name
        and isinstance(source.parents[node], cst.Expr)
        and (line := source.statement(node)) is not None
        and len(line.body) == 1
    ]


def _names(node: cst.CSTNode) -> str:
    """The last name of `self._hook` and `_hook`, as of text that may name it."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    if isinstance(node, cst.SimpleString):
        return str(node.evaluated_value)
    return node.value if isinstance(node, cst.Name) else ""


def _is_dead(function: cst.FunctionDef) -> bool:
    """Whether a function returns None on every path and has no effect beyond its own names."""
    nodes = [node for part in function.body.body for node in walk(part)]
    return all(map(_has_no_effect, nodes)) and function.asynchronous is None


def _has_no_effect(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Return):
        return node.value is None or code(node.value) == "None"
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Name) and node.func.value in _PURE_CALLS
    if isinstance(node, cst.AssignTarget):
        return isinstance(node.target, cst.Name)
    loud = (cst.AugAssign, cst.Yield, cst.Await, cst.Raise, cst.Assert, cst.Del, cst.Global,
            cst.Nonlocal, cst.Import, cst.ImportFrom, cst.With, cst.Try, cst.While)  # fmt: skip
    return not isinstance(node, loud)
