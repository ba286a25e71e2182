"""`onnx`: the module exports to ONNX and onnxruntime computes the same."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from typing import Any

import torch
from torch import Tensor

from fusion_cli.runtime.battery.checks.compiles import HINT, reason
from fusion_cli.runtime.battery.checks.exports import exported
from fusion_cli.runtime.battery.context import (
    SAME,
    Context,
    Outcome,
    call,
    difference,
    failed,
    last_line,
    passed,
    skipped,
    tensors,
    warned,
)

NEEDED = ("onnx", "onnxscript", "onnxruntime")


def check(context: Context) -> Outcome:
    """Export (with dynamic sizes where torch.export allows) and run in onnxruntime on the CPU.

    A refusal, such as an operator that ONNX lacks, warns; another result fails.
    """
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        return skipped(f"{', '.join(absent)} not installed (extra `onnx`)")
    inputs = context.subject.inputs()
    try:
        program = _exported(context)
    except Exception as error:
        return warned(f"ONNX export refuses it: {reason(context, error)}", HINT)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = _run(_convert(program, folder), inputs)
    except Exception as error:
        text = reason(context, _root(error))
        return warned(
            f"ONNX export refuses it: {text}{operator_line(context, program, text)}",
            "write it with operators that ONNX has (opset 18: onnx.ai/onnx/operators)",
        )
    with torch.no_grad():
        expected = tensors(call(context.module(lively=True), inputs))
    distance = difference(found, expected)
    if distance > SAME:
        return failed(f"in onnxruntime it computes something else ({distance:.1%})")
    return passed("equal results in onnxruntime")


def _exported(context: Context) -> torch.export.ExportedProgram:
    try:
        return exported(context, dynamic=True)
    except Exception:
        return exported(context, dynamic=False)


def operator_line(context: Context, program: torch.export.ExportedProgram, text: str) -> str:
    """Where the user's file calls the operator that a message names, as ` (block.py:12)`."""
    for node in program.graph.nodes:
        name = str(node.target).rpartition(".")[0]
        place = last_line(node.meta.get("stack_trace") or "", context.subject)
        if name and name in text and place and place not in text:
            return f" ({place})"
    return ""


def _convert(program: torch.export.ExportedProgram, folder: str) -> str:
    """The file that the program is converted to."""
    converted = torch.onnx.export(program, dynamo=True, verbose=False)
    assert converted is not None
    path = f"{folder}/module.onnx"
    converted.save(path)
    return path


def _root(error: BaseException) -> BaseException:
    """The error at the start of a chain: the converter's own only says at which step it was."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _run(path: str, inputs: tuple[Any, ...]) -> tuple[Tensor, ...]:
    onnxruntime = importlib.import_module("onnxruntime")

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = [input for input in inputs if isinstance(input, Tensor)]
    names = [node.name for node in session.get_inputs()]
    feed = {name: value.numpy() for name, value in zip(names, given, strict=True)}
    return tuple(torch.from_numpy(one) for one in session.run(None, feed))
