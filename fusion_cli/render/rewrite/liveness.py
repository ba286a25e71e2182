"""Find statements whose values nobody reads, so that a rewriting can take them away."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from fusion_cli.syntax.tree import (
    assigned_names,
    code,
    reads,
    stores,
)


class _Liveness:
    """Walk a method backwards with the set of names that are still to be read."""

    def __init__(self) -> None:
        self.dead: list[cst.CSTNode] = []
        self._recording = True

    def block(self, lines: Sequence[cst.CSTNode], live: set[str]) -> set[str]:
        for line in reversed(lines):
            live = self.statement(line, live)
        return live

    def statement(self, node: cst.CSTNode, live: set[str]) -> set[str]:
        if isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            return self.block(node.body, live)
        if isinstance(node, cst.Assign | cst.AnnAssign | cst.AugAssign):
            return self.assignment(node, live)
        if isinstance(node, cst.Return | cst.Raise):
            return _names(node)
        if isinstance(node, cst.If):
            taken = self.block(node.body.body, set(live))
            other = self.statement(node.orelse, set(live)) if node.orelse else set(live)
            return taken | other | _names(node.test)
        if isinstance(node, cst.Else):
            return self.block(node.body.body, live)
        if isinstance(node, cst.For | cst.While):
            return self.loop(node, live)
        return live | _names(node)  # anything else is taken as it stands

    def loop(self, node: cst.For | cst.While, live: set[str]) -> set[str]:
        head = _names(node.iter if isinstance(node, cst.For) else node.test)
        recording, self._recording = self._recording, False
        around = live | head | self.block(node.body.body, live | head)
        self._recording = recording
        inside = self.block(node.body.body, around | set(live))
        return live | head | inside | (_names(node.orelse) if node.orelse else set())

    def assignment(
        self, node: cst.Assign | cst.AnnAssign | cst.AugAssign, live: set[str]
    ) -> set[str]:
        targets = (
            [target.target for target in node.targets]
            if isinstance(node, cst.Assign)
            else [node.target]
        )
        plain = all(isinstance(target, cst.Name) for target in targets) or (
            len(targets) == 1 and isinstance(targets[0], cst.Tuple) and _all_names(targets[0])
        )
        bound = set().union(*(assigned_names(target) for target in targets))
        if plain and not bound & live and not stores_elsewhere(node):
            if self._recording:
                self.dead.append(node)
            return live
        if plain and not isinstance(node, cst.AugAssign):
            live = live - bound
        return live | _names(node)


def _all_names(node: cst.Tuple) -> bool:
    return all(isinstance(element.value, cst.Name) for element in node.elements)


def stores_elsewhere(node: cst.Assign | cst.AnnAssign | cst.AugAssign) -> bool:
    """Whether the value of an assignment binds a name of its own (`y := …`)."""
    return node.value is not None and bool(stores(node.value))


def _names(node: cst.CSTNode) -> set[str]:
    found = {name.value for name in reads(node)}
    if isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name):
        found.add(node.target.value)
    return found


def dead_assignments(function: cst.FunctionDef) -> list[cst.CSTNode]:
    """The assignments to local names in a method that no path reads."""
    walk = _Liveness()
    walk.block(function.body.body, set())
    return walk.dead


class _Remove(cst.CSTTransformer):
    def __init__(self, gone: set[cst.CSTNode]) -> None:
        super().__init__()
        self.gone = gone

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        if original_node in self.gone:
            return cst.RemoveFromParent()
        if isinstance(updated_node, cst.SimpleStatementLine) and not updated_node.body:
            return cst.RemoveFromParent()
        if isinstance(updated_node, cst.IndentedBlock) and not updated_node.body:
            return updated_node.with_changes(body=cst.parse_module("pass\n").body)
        if (
            isinstance(updated_node, cst.If)
            and updated_node.orelse is None
            and _only_passes(updated_node)
        ):
            return cst.RemoveFromParent()
        return updated_node


def _only_passes(node: cst.If) -> bool:
    return all(
        isinstance(line, cst.SimpleStatementLine)
        and all(isinstance(statement, cst.Pass) for statement in line.body)
        for line in node.body.body
    )


def remove(tree: cst.Module, gone: Sequence[cst.CSTNode]) -> cst.Module:
    """The tree without some statements; what they leave empty goes too."""
    return tree.visit(_Remove(set(gone))) if gone else tree


def prune(tree: cst.Module, before: cst.Module) -> cst.Module:
    """Take away the assignments that are dead in `tree` and were not dead `before`."""
    known = {code(line) for function in methods_of(before) for line in dead_assignments(function)}
    while True:
        dead = [
            line
            for function in methods_of(tree)
            for line in dead_assignments(function)
            if code(line) not in known
        ]
        if not dead:
            return tree
        tree = remove(tree, dead)


def methods_of(tree: cst.Module) -> list[cst.FunctionDef]:
    """The methods of the classes of a file."""
    classes = [statement for statement in tree.body if isinstance(statement, cst.ClassDef)]
    return [line for cls in classes for line in cls.body.body if isinstance(line, cst.FunctionDef)]
