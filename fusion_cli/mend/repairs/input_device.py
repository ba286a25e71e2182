"""Constants of forward belong on the device of the input, not on the CPU or the first GPU."""

from __future__ import annotations

from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    argument,
    constructing,
    converted,
    receiver,
    remove,
    rewritten,
    running,
    tensor_parameter,
    with_keyword,
    without_keyword,
)
from fusion_cli.syntax.tree import code, walk

SUMMARY = "`.cuda()` and CPU constants in forward → the input's device"
FOR_CHECKS = ("device",)

_MOVES = frozenset({"to", "type_as", "type", "cuda", "cpu", "numpy", "tolist", "item"})


def repair(text: str) -> str:
    """Make and move tensors on the device of a tensor parameter of the method that runs.

    In constructors, where the device is the caller's to choose, moves to CUDA are dropped.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in constructing(module):
            edits.update(_in_constructor(source, method))
        for method in running(module):
            given = tensor_parameter(method)
            if given is not None:
                edits.update(_in_forward(source, method, f"{given}.device"))
    return edits


def _in_constructor(source: Source, method: cst.FunctionDef) -> Edits:
    edits: Edits = {}
    for node in walk(method):
        if _moves_to_cuda(source, node):
            line = source.statement(node)
            if isinstance(source.parents[node], cst.Expr) and line and len(line.body) == 1:
                edits[line] = remove
            else:
                edits[node] = lambda call: call.func.value
        elif isinstance(node, cst.Call) and _is_cuda(source, argument(node, "device")):
            edits[node] = partial(without_keyword, name="device")
    return edits


def _in_forward(source: Source, method: cst.FunctionDef, device: str) -> Edits:
    edits: Edits = {}
    for node in walk(method):
        if _moves_to_cuda(source, node):
            edits[node] = partial(converted, target=device)
        elif not isinstance(node, cst.Call):
            continue
        elif _is_cuda(source, argument(node, "device")) or (
            source.is_factory(node) and not _is_placed(source, node, method)
        ):
            edits[node] = partial(with_keyword, name="device", value=device)
    return edits


def _moves_to_cuda(source: Source, node: cst.CSTNode) -> bool:
    """Whether `node` is `….cuda()` or `….to("cuda")` of anything but the package torch."""
    if receiver(node, "cuda") is not None:
        return source.called(node) != "torch.cuda"
    return (
        isinstance(node, cst.Call)
        and receiver(node, "to") is not None
        and len(node.args) == 1
        and node.args[0].keyword is None
        and _is_cuda(source, node.args[0])
    )


def _is_cuda(source: Source, given: cst.Arg | None) -> bool:
    """Whether an argument is `"cuda"`, `"cuda:0"` or `torch.device("cuda")`."""
    if given is None:
        return False
    value = given.value
    if source.called(value) == "torch.device" and isinstance(value, cst.Call) and value.args:
        value = value.args[0].value
    return isinstance(value, cst.SimpleString) and str(value.evaluated_value).startswith("cuda")


def _is_placed(source: Source, call: cst.Call, method: cst.FunctionDef) -> bool:
    """Whether a constant is given a device, moved afterwards, or taken back into Python."""
    if argument(call, "device") is not None or any(arg.star == "**" for arg in call.args):
        return True
    if set(source.above(call)) & _MOVES:
        return True
    statement = source.statement(call)
    assigned = statement.body[0] if statement is not None else None
    if not isinstance(assigned, cst.Assign) or len(assigned.targets) != 1:
        return False
    name = code(assigned.targets[0].target)
    moves = [node for node in walk(method) if _is_move_of(name, node)]
    reads = sum(isinstance(node, cst.Name) and node.value == name for node in walk(method)) - 1
    return 0 < reads == len(moves) or any(_is_kept(source, node, name) for node in moves)


def _is_move_of(name: str, node: cst.CSTNode) -> bool:
    moved = receiver(node, *_MOVES)
    return moved is not None and code(moved) == name


def _is_kept(source: Source, move: cst.CSTNode, name: str) -> bool:
    """Whether the name stands for what was moved from then on: `grid = grid.to(x.device)`."""
    line = source.statement(move)
    return line is not None and any(
        code(target.target) == name
        for statement in line.body
        if isinstance(statement, cst.Assign)
        for target in statement.targets
    )
