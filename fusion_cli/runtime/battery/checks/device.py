"""`device`: the module runs on CUDA as it does on the CPU; without CUDA, a dry run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    call,
    difference,
    failed,
    passed,
    projection,
    skipped,
    tensors,
    warned,
    worst,
)
from fusion_cli.runtime.battery.standin import Remark, StandIn, stand_in
from fusion_cli.runtime.subject import in_mode

DRY_RUN = "dry run: placement checked on stand-in tensors; no kernel was run"


def check(context: Context) -> Outcome:
    """Run on the subject's device, or, where that is the CPU, follow the placement of tensors.

    The dry run finds tensors made on the CPU in forward, plain-attribute tensors that do not move,
    `.cuda()` calls and numpy in the middle. It is never a proof that kernels run.
    """
    if context.subject.device.type == "cpu":
        return dry_run(context)
    if context.broken:
        return skipped(f"forward does not run: {context.told(context.broken)}")
    return on_device(context, context.subject.device)


def dry_run(context: Context) -> Outcome:
    inputs = context.subject.inputs()
    context.trial()  # what torch sets up for the first forward of a process names devices
    with stand_in(context.subject) as mode, torch.no_grad():
        try:
            module = context.subject.build()
            mode.adopt(module)
            for train in (True, False):
                call(in_mode(module, train), inputs)
            stopped = ""
        except Exception as error:
            stopped = f"the dry run stopped: {context.told(error)}"
    findings = [_finding(remark, mode) for remark in mode.remarks]
    if stopped and not findings:
        return skipped(stopped)
    outcome = worst(findings, passed())
    detail = f"{outcome.detail} ({DRY_RUN})" if outcome.detail else DRY_RUN
    return Outcome(outcome.status, detail, outcome.hint)


def _finding(remark: Remark, mode: StandIn) -> Outcome:
    text = f"{remark.what} ({remark.place})" if remark.place else remark.what
    if remark.kind == "sync":
        return warned(
            f"{text} waits for the GPU in every forward", "compute with tensors: torch.where, clamp"
        )
    if remark.kind == "cuda":
        severity = warned if mode.asked else failed
        return severity(
            f"{text} names the device in the code", "follow the input: `device=x.device`"
        )
    if remark.kind == "numpy":
        return failed(text, "compute with torch; numpy also cuts the gradient")
    return failed(
        text,
        "make it a buffer: `self.register_buffer(…)`, or make it there: `device=x.device`",
    )


def on_device(context: Context, device: torch.device) -> Outcome:
    """Forward, backward, autocast and channels_last on a device, against the CPU in float32."""
    _reset_peak(device)
    try:
        with _full_precision():
            findings = [*_parity(context, device), *_autocast(context, device)]
            findings += _channels_last(context, device)
            _synchronise(device)
    except Exception as error:
        return failed(f"on {device} it raises {context.told(error)}")
    return worst(findings, passed(f"equal to the CPU on {device}{_peak(device)}"))


def tolerance(dtype: torch.dtype) -> float:
    """How far two results may lie apart: twice the root of the dtype's epsilon, half its digits.

    Other kernels sum in another order; the error grows with the root of the number of terms,
    which leaves half of the digits to the deepest blocks (float32 7e-4, float16 0.06, bfloat16
    0.18 of the result's norm).
    """
    return float(2 * torch.finfo(dtype).eps ** 0.5)


def _parity(context: Context, device: torch.device) -> Iterator[Outcome]:
    expected = _run(context, torch.device("cpu"))
    found = _run(context, device)
    for what, one, other in zip(("output", "gradient"), found, expected, strict=True):
        distance = difference(one, other)
        if distance > tolerance(torch.float32):
            yield failed(f"the {what} on {device} differs from the CPU's by {distance:.1%}")


def _autocast(context: Context, device: torch.device) -> Iterator[Outcome]:
    expected, _ = _run(context, torch.device("cpu"))
    for dtype in (torch.float16, torch.bfloat16):
        found, gradients = _run(context, device, dtype)
        name = str(dtype).removeprefix("torch.")
        if not all(bool(gradient.isfinite().all()) for gradient in (*found, *gradients)):
            yield failed(f"under {name} autocast on {device} it gives NaN or infinity")
        elif difference(found, expected) > tolerance(dtype):
            yield warned(
                f"under {name} autocast on {device} the output differs from float32 by "
                f"{difference(found, expected):.1%}",
                "compute positions and statistics in float32",
            )


def _channels_last(context: Context, device: torch.device) -> Iterator[Outcome]:
    expected, _ = _run(context, torch.device("cpu"))
    found, _ = _run(context, device, layout=torch.channels_last)
    distance = difference(found, expected)
    if distance > tolerance(torch.float32):
        yield failed(f"in channels_last on {device} the output differs by {distance:.1%}")


def _run(
    context: Context,
    device: torch.device,
    autocast: torch.dtype | None = None,
    layout: torch.memory_format = torch.contiguous_format,
) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs and gradients (of the inputs and weights) in eval mode on a device."""
    module: nn.Module = context.module(lively=True).to(device)
    leaves = [
        _placed(input, device, layout) if isinstance(input, Tensor) else input
        for input in context.subject.inputs()
    ]
    casting = torch.autocast(device.type, autocast) if autocast else contextlib.nullcontext()
    with casting:
        outputs = tensors(call(module, leaves))
    loss = projection(outputs)
    if loss is not None:
        torch.autograd.backward(loss)
    _synchronise(device)
    watched = [tensor for tensor in (*leaves, *module.parameters()) if isinstance(tensor, Tensor)]
    return list(outputs), [tensor.grad for tensor in watched if tensor.grad is not None]


def _placed(value: Tensor, device: torch.device, layout: torch.memory_format) -> Tensor:
    formatted = layout if value.dim() == 4 else torch.contiguous_format
    return value.to(device).contiguous(memory_format=formatted).requires_grad_()


@contextlib.contextmanager
def _full_precision() -> Iterator[None]:
    """TF32 off: its ten bits would be taken for an error of the module."""
    kept = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = kept


def _synchronise(device: torch.device) -> None:
    """Wait for the kernels: their errors come to light only then."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: torch.device) -> str:
    if device.type != "cuda":
        return ""
    return f"; peak memory {torch.cuda.max_memory_allocated(device) / 2**20:.0f} MiB"
