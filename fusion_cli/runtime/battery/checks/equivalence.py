"""`equivalence`: the proof that the source was rewritten rightly."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from fusion_cli.model.basics import with_arguments
from fusion_cli.model.observation import Run
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    call,
    difference,
    enliven,
    failed,
    passed,
    tensors,
    warned,
)
from fusion_cli.runtime.battery.handed_on import other_value, unreached
from fusion_cli.runtime.hooks import applied, exists_in
from fusion_cli.runtime.subject import in_mode


def check(context: Context) -> Outcome:
    """The generated class equals the host with the pattern applied by hooks, to the last bit.

    Weights and input are the same, in every run, in training and in evaluation. The hooks know
    nothing of the rewriting, so a missed call, a wrong span, a double evaluation or a changed order
    shows. Fooled where both sides are wrong alike: a site that is not the one that was meant.
    """
    variants = [*context.variants(), *_other_values(context)]
    if lost := unreached(context):
        return failed(lost, "please report this: the rewriting is at fault")
    trains = _trains(context)
    for run, on in variants:
        try:
            wrong = _differs(context, run, on, (True, False) if trains else (False,))
        except Exception as error:  # what cannot be compared has not been proven
            wrong = f"the comparison ends with {context.told(error)}"
        if wrong:
            text = f"{with_arguments(run.args)} {wrong}"
            return failed(text, "please report this: the rewriting is at fault")
    modes = "training and evaluation" if trains else "evaluation; the host does not run in training"
    proven = f"bit for bit in {len(variants)} runs, {modes}"
    if context.facts.when and all(context.facts.active):
        return warned(
            f"{proven}; no arguments were found with which `{context.facts.when}` does not hold",
            "give them with --host-args in a second run, or leave out --when",
        )
    return passed(proven)


def _trains(context: Context) -> bool:
    """Whether the host itself runs in training; an auxiliary head may want a larger map there."""
    assert context.host is not None
    host = in_mode(context.host.build(), training=True)
    try:
        with torch.no_grad():
            call(host, _copies(context.subject.inputs()))
    except Exception:
        return False
    return True


def _differs(context: Context, run: Run, on: bool, modes: tuple[bool, ...]) -> str:
    assert context.host is not None
    fused = stirred(context.module(run.args))
    host = context.host.build(context.hosts(run))
    _give_weights(fused, host)
    donors = _twin(context, run, fused)
    how = context.facts.application
    is_base = run.args == context.subject.observation.base.args
    on = on and (is_base or exists_in(host, how))  # what the host does not have does not run
    namespace, inputs = context.subject.namespace, context.subject.inputs(run)
    for training in modes:
        for module in (fused, host, donors):
            module.train(training)
        with torch.no_grad():
            found = tensors(call(fused, _copies(inputs)))
            with applied(host, donors, how, namespace) if on else contextlib.nullcontext():
                expected = tensors(call(host, _copies(inputs)))
        if len(found) != len(expected) or not all(map(_same, found, expected)):
            mode = "training" if training else "evaluation"
            far = difference(found, expected) if len(found) == len(expected) else float("inf")
            what = "the pattern applied to the host" if on else "the host, without the donors,"
            return f"in {mode} the output differs from {what} by {far:.1e}"
    return ""


def _other_values(context: Context) -> Iterator[tuple[Run, bool]]:
    """The base run with another value of each keyword that is a donor's argument."""
    base = context.subject.observation.base
    for one in context.facts.exposed:
        text = other_value(context, one.keyword)
        if text is not None:
            yield replace(base, args={**base.args, one.keyword: text}), True


def stirred(module: nn.Module) -> nn.Module:
    """Move what starts at a constant: zero scales and fresh statistics hide what they multiply."""
    enliven(module)
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for buffer in module.buffers():
            if buffer.is_floating_point():
                noise = torch.rand(buffer.shape, generator=generator).to(buffer.dtype)
                buffer.mul_(1 + 0.1 * noise).add_(0.1 * noise)
    return module


def _twin(context: Context, run: Run, fused: nn.Module) -> nn.Module:
    """Another instance with the same weights; a weight that a norm computes cannot be copied."""
    try:
        return copy.deepcopy(fused)
    except RuntimeError:
        other = stirred(context.module(run.args))
        _give_weights(fused, other)
        return other


def _give_weights(fused: nn.Module, host: nn.Module) -> None:
    """Let a module have what the fused class has, also the buffers that no state_dict holds."""
    state = host.state_dict()  # kept, since it tells the version of each module too
    state.update(
        (key, value)
        for key, value in fused.state_dict().items()
        if key in state and state[key].shape == value.shape
    )
    host.load_state_dict(state, strict=False)
    theirs = dict(fused.named_buffers())
    for name, buffer in host.named_buffers():
        if name in theirs and theirs[name].shape == buffer.shape:
            buffer.copy_(theirs[name])


def _copies(inputs: tuple[Tensor, ...]) -> list[Tensor]:
    """Each side gets inputs of its own: a host may change them in place."""
    return [input.clone() if isinstance(input, Tensor) else input for input in inputs]


def _same(tensor: Tensor, other: Tensor) -> bool:
    return tensor.shape == other.shape and torch.equal(
        torch.nan_to_num(tensor), torch.nan_to_num(other)
    )
