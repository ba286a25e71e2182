"""What changes its input in place spoils it for the shortcut beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    argument,
    constructing,
    methods,
    renamed,
    rewritten,
    without_keyword,
)
from fusion_cli.syntax.tree import (
    children,
    code,
    reads,
    self_attribute,
    stores,
    walk,
)

SUMMARY = "operations in place on the input of forward → out of place"
FOR_CHECKS = ("pure", "gradients", "finite")

Alive = Mapping[str, str]
"""Names that still stand for an input of forward, or a view of it, and which input."""

_VIEWS = frozenset({
    "view", "reshape", "flatten", "permute", "transpose", "squeeze", "unsqueeze", "data", "t",
    "narrow", "detach",
})  # fmt: skip
_FACTS = frozenset({"shape", "device", "dtype", "ndim"})
_OUT_OF_PLACE = frozenset({
    "abs", "add", "addcdiv", "addcmul", "clamp", "clamp_max", "clamp_min", "cos", "div", "exp",
    "log", "masked_fill", "mul", "neg", "pow", "reciprocal", "relu", "rsqrt", "sigmoid", "sin",
    "sqrt", "sub", "tanh",
})  # fmt: skip


def repair(text: str) -> str:
    """Compute out of place what forward does in place to what it was given.

    Where a name is read again as it was changed, it is bound to a copy first. So is any tensor that
    is written with what is computed from it, for backward needs it as it was. Left alone, because
    both readings are possible: a change of one of two names for the input when both are read on.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        forward = methods(module).get("forward")
        if forward is not None:
            reader = _Reader(source, forward, _in_place_layers(source, module))
            names = [param.name.value for param in forward.params.params[1:]]
            reader.block(forward.body.body, {name: name for name in names})
            edits.update(reader.edits)
    return edits


def _in_place_layers(source: Source, module: cst.ClassDef) -> dict[str, list[cst.Call]]:
    """Attributes whose layer, or first layer, works in place: the calls that build that layer."""
    found: dict[str, list[cst.Call]] = {}
    for method in constructing(module):
        for node in walk(method):
            if isinstance(node, cst.Assign):
                name = self_attribute(node.targets[0].target)
                layer = _first_layer(source, node.value)
                if name and layer is not None and _is_true(argument(layer, "inplace")):
                    found.setdefault(name, []).append(layer)
    return found


def _first_layer(source: Source, node: cst.CSTNode) -> cst.Call | None:
    while source.called(node) == "torch.nn.Sequential" and isinstance(node, cst.Call):
        if not node.args:
            return None
        node = node.args[0].value
    return node if isinstance(node, cst.Call) else None


def _is_true(given: cst.Arg | None) -> bool:
    return given is not None and code(given.value) == "True"


@dataclass
class _Reader:
    """Goes through forward in order and collects the edits."""

    source: Source
    forward: cst.FunctionDef
    layers: Mapping[str, list[cst.Call]]
    edits: Edits = field(default_factory=dict)

    def block(self, body: Sequence[cst.CSTNode], alive: Alive) -> Alive:
        """The names that may still be an input behind these statements."""
        for statement in body:
            if isinstance(statement, cst.SimpleStatementLine):
                alive = self.line(statement, alive)
            elif isinstance(statement, cst.If):
                alive = self.branches(statement, alive)
            elif isinstance(statement, cst.For | cst.While | cst.With):
                alive = {**alive, **self.block(statement.body.body, alive)}
        return alive

    def branches(self, statement: cst.If, alive: Alive) -> Alive:
        after = self.block(statement.body.body, alive)
        other = statement.orelse
        if isinstance(other, cst.If):
            return {**after, **self.branches(other, alive)}
        return {**after, **(self.block(other.body.body, alive) if other else alive)}

    def line(self, line: cst.SimpleStatementLine, alive: Alive) -> Alive:
        if len(line.body) != 1:
            return {name: origin for name, origin in alive.items() if name not in stores(line)}
        (small,) = line.body
        if (written := _part_written(small)) is not None and written not in alive:
            self.edits[line] = partial(_behind_copy, name=written, new=self.free_name("new"))
        changed = self.offence(line, small, alive)
        if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Name):
            origin = alive.get(_origin(small.value) or "")
            left = {name: origin for name, origin in alive.items() if name not in stores(line)}
            left.pop(changed or "", None)
            target = small.targets[0].target.value
            return left if origin is None or changed else {**left, target: origin}
        gone = stores(line) | {changed}
        return {name: origin for name, origin in alive.items() if name not in gone}

    def offence(
        self, line: cst.SimpleStatementLine, small: cst.CSTNode, alive: Alive
    ) -> str | None:
        """The input name that a statement changes, if any; the edit that mends it is noted."""
        for node in walk(small):
            name = _changed(node, self.layers)
            if name is None or name not in alive:
                continue
            others = [origin for origin in alive if alive[origin] == alive[name] and origin != name]
            if not any(self.is_read_after(line, other) for other in others):
                self.mend(line, small, node, name)
            return name
        return None

    def is_read_after(self, line: cst.SimpleStatementLine, name: str) -> bool:
        nodes = list(walk(self.forward))
        last = max(nodes.index(node) for node in walk(line))
        later = set(nodes[last + 1 :])
        return any(read.value == name and read in later for read in reads(self.forward))

    def mend(
        self, line: cst.SimpleStatementLine, small: cst.CSTNode, node: cst.CSTNode, name: str
    ) -> None:
        replaced = not self.is_read_after(line, name) or name in stores(line)
        if isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name):
            self.edits[node] = _spelled_out
        elif (
            isinstance(node, cst.Call)
            and _is_plain_method(node, name)
            and (isinstance(small, cst.Expr) and small.value is node)
        ):
            self.edits[small] = partial(_assigned, name=name)
        elif isinstance(node, cst.Call) and _is_plain_method(node, name) and replaced:
            self.edits[node] = _without_underscore
        elif isinstance(node, cst.Call) and replaced and argument(node, "inplace") is not None:
            self.edits[node] = partial(without_keyword, name="inplace")
        elif isinstance(node, cst.Call) and replaced and self_attribute(node.func) in self.layers:
            for layer in self.layers[self_attribute(node.func) or ""]:
                self.edits[layer] = partial(without_keyword, name="inplace")
        else:
            self.edits[line] = partial(_behind_copy, name=name, new=self.free_name("new"))

    def free_name(self, name: str) -> str:
        """The name, with underscores behind it until forward has no other use for it."""
        taken = {node.value for node in walk(self.forward) if isinstance(node, cst.Name)}
        while name in taken:
            name += "_"
        return name


def _changed(node: cst.CSTNode, layers: Mapping[str, list[cst.Call]]) -> str | None:
    """The name whose tensor a node changes in place."""
    if isinstance(node, cst.AugAssign):
        return _origin(node.target)
    if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Subscript):
        return _origin(node.target)
    if not isinstance(node, cst.Call):
        return None
    given = _origin(node.args[0].value) if node.args else None
    if _is_true(argument(node, "inplace")) or self_attribute(node.func) in layers:
        return given
    if isinstance(node.func, cst.Attribute) and _works_in_place(node.func.attr.value):
        return _origin(node.func.value)
    return None


def _works_in_place(method: str) -> bool:
    return method.endswith("_") and not method.startswith("_") and method != "requires_grad_"


def _origin(node: cst.CSTNode) -> str | None:
    """The name that an expression is, or is a view of."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _origin(node.func.value) if node.func.attr.value in _VIEWS else None
    if isinstance(node, cst.Attribute):
        return _origin(node.value) if node.attr.value in _VIEWS else None
    if isinstance(node, cst.Subscript):
        return _origin(node.value)
    return node.value if isinstance(node, cst.Name) else None


def _is_plain_method(call: cst.Call, name: str) -> bool:
    """Whether `call` is `name.add_(…)` or a method alike that also works out of place."""
    return (
        isinstance(call.func, cst.Attribute)
        and code(call.func.value) == name
        and call.func.attr.value.rstrip("_") in _OUT_OF_PLACE
    )


def _without_underscore(call: cst.Call) -> cst.Call:
    assert isinstance(call.func, cst.Attribute)
    return renamed(call, call.func.attr.value.rstrip("_"))


def _assigned(small: cst.Expr, name: str) -> cst.Assign:
    """`x = x.add(y)` for `x.add_(y)`."""
    assert isinstance(small.value, cst.Call)
    return cst.Assign([cst.AssignTarget(cst.Name(name))], _without_underscore(small.value))


def _spelled_out(node: cst.AugAssign) -> cst.Assign:
    """`x = x + y` for `x += y`."""
    operator = getattr(cst, type(node.operator).__name__.removesuffix("Assign"))()
    value = node.value
    tight = isinstance(value, cst.Name | cst.Call | cst.Attribute | cst.Subscript | cst.BaseNumber)
    if not (tight or value.lpar):
        value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    target = node.target
    assert isinstance(target, cst.Name | cst.Subscript)
    return cst.Assign(
        [cst.AssignTarget(target)], cst.BinaryOperation(target.deep_clone(), operator, value)
    )


def _behind_copy(
    line: cst.SimpleStatementLine, name: str, new: str
) -> cst.FlattenSentinel[cst.SimpleStatementLine]:
    """The line behind `x = x.clone()`, and behind that what it writes, if that is made of `x`."""
    lines = [f"{name} = {name}.clone()"]
    assigned = _computed_from(line.body[0], name)
    if assigned is not None:
        lines.insert(0, f"{new} = {code(assigned.value)}")
        line = line.with_changes(body=[assigned.with_changes(value=cst.Name(new))])
    before = [_statement(line) for line in lines]
    before[0] = before[0].with_changes(leading_lines=line.leading_lines)
    return cst.FlattenSentinel([*before, line.with_changes(leading_lines=[])])


def _statement(text: str) -> cst.SimpleStatementLine:
    made = cst.parse_statement(text)
    assert isinstance(made, cst.SimpleStatementLine)
    return made


def _part_written(small: cst.CSTNode) -> str | None:
    """The name of a tensor whose part a statement writes with what is computed from it.

    A list is written by a plain index; what has a slice is taken for a tensor.
    """
    target = small.targets[0].target if isinstance(small, cst.Assign) else None
    target = small.target if isinstance(small, cst.AugAssign) else target
    if not isinstance(target, cst.Subscript) or not isinstance(target.value, cst.Name):
        return None
    sliced = any(isinstance(element.slice, cst.Slice) for element in target.slice)
    name = target.value.value
    return name if sliced and _computed_from(small, name) is not None else None


def _computed_from(small: cst.CSTNode, name: str) -> cst.Assign | None:
    """The statement as an assignment, if it writes a part of `name` with a function of it.

    Sums need nothing for backward.
    """
    if isinstance(small, cst.AugAssign) and isinstance(small.target, cst.Subscript):
        harmless = cst.AddAssign | cst.SubtractAssign
        if isinstance(small.operator, harmless) or isinstance(small.value, cst.BaseNumber):
            return None
        return _spelled_out(small)
    if not isinstance(small, cst.Assign) or len(small.targets) > 1:
        return None
    written = isinstance(small.targets[0].target, cst.Subscript)
    return small if written and _reads_as_it_is(small.value, name) else None


def _reads_as_it_is(value: cst.CSTNode, name: str) -> bool:
    """Whether an expression reads a name otherwise than to copy from it."""
    method = value.func if isinstance(value, cst.Call) else None
    if isinstance(method, cst.Attribute) and method.attr.value == "clone":
        return _origin(method.value) != name
    if isinstance(value, cst.Attribute):
        return value.attr.value not in _FACTS and _reads_as_it_is(value.value, name)
    if isinstance(value, cst.Name):
        return value.value == name
    return any(_reads_as_it_is(child, name) for child in children(value))
