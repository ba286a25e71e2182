"""Whether a rewritten class still computes what it did, where the original computes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from fusion_cli.model.jobs import Emit, Likeness, Rewriting
from fusion_cli.model.observation import Run
from fusion_cli.runtime.battery.context import (
    AGAIN,
    SAME,
    Context,
    call,
    difference,
    enliven,
    projection,
    tensors,
)
from fusion_cli.runtime.jobs import subject_of
from fusion_cli.runtime.subject import Subject

Named = dict[str, Tensor]


def likeness(question: Rewriting, emit: Emit[None]) -> Likeness:
    """Build a class before and after, with the same random weights, and compare what they give.

    That is the outputs of every observed run, in training and evaluation, where they are not random
    in evaluation, and the gradients of the inputs and parameters that had one. A name of the
    state_dict is lost too where its shape has changed.
    """
    original = question.before
    rewritten = replace(original, source=question.after)
    before, after = (Context(subject_of(source)) for source in (original, rewritten))
    values = gradients = True
    lost: set[str] = set()
    for run in original.observation.runs:
        for train in (False, True):
            old = _built(before, run, train)
            if old is None:
                continue  # the original does not work there
            new = _built(after, run, train, like=old)
            lost |= {name for name, _ in _state(old) - _state(new)}
            subject = before.subject
            if not train and _is_random(old, subject, run):
                continue  # there is no value to keep: a fault that `modes` tells of
            values = values and _agree(old, new, partial(_outputs, subject, run))
            gradients = gradients and _agree(old, new, partial(_gradients, subject, run))
    return Likeness(values, gradients, tuple(sorted(lost)))


def _built(
    context: Context, run: Run, train: bool, like: nn.Module | None = None
) -> nn.Module | None:
    """The class with nothing in it that starts at zero, or with the weights of another."""
    try:
        module = context.module(run.args, train=train)
        if like is None:
            enliven(module)
        else:
            module.load_state_dict(like.state_dict(), strict=False)
    except Exception:
        return None
    return module


def _state(module: nn.Module | None) -> set[tuple[str, torch.Size]]:
    state = module.state_dict() if module else {}
    return {(name, tensor.shape) for name, tensor in state.items()}


def _agree(
    old: nn.Module, new: nn.Module | None, measure: Callable[[nn.Module], Named | None]
) -> bool:
    """Whether what the original gives, if it gives finite numbers, comes out of the other too."""
    before = measure(old)
    if before is None or not all(bool(torch.isfinite(tensor).all()) for tensor in before.values()):
        return True
    after = measure(new) if new else None
    return after is not None and all(
        name in after and difference([after[name]], [tensor]) < SAME
        for name, tensor in before.items()
    )


def _is_random(module: nn.Module, subject: Subject, run: Run) -> bool:
    """Whether an output changes with the random state."""
    first, other = (_outputs(subject, run, module, seed) for seed in (0, 1))
    if first is None or other is None:
        return False
    return difference(first.values(), other.values()) > AGAIN


def _outputs(subject: Subject, run: Run, module: nn.Module, seed: int = 0) -> Named | None:
    try:
        with torch.no_grad():
            outputs = tensors(call(module, subject.inputs(run), seed))
    except Exception:
        return None
    return {str(index): output for index, output in enumerate(outputs)}


def _gradients(subject: Subject, run: Run, module: nn.Module) -> Named | None:
    """The gradients of a weighted sum of the outputs; None where there is none."""
    module.zero_grad()  # instances may share parameters
    try:
        inputs = subject.inputs(run, requires_grad=True)
        # Leaves refuse to be changed in place: hand over what was computed from them.
        fed = [input.clone() if isinstance(input, Tensor) else input for input in inputs]
        loss = projection(tensors(call(module, fed)))
        if loss is None:
            return None
        loss.backward()
    except Exception:
        return None
    return dict(_received(module, inputs))


def _received(module: nn.Module, inputs: tuple[object, ...]) -> Iterator[tuple[str, Tensor]]:
    for index, input in enumerate(inputs):
        if isinstance(input, Tensor) and input.grad is not None:
            yield f"input {index}", input.grad
    for name, weight in module.named_parameters():
        if weight.grad is not None:
            yield name, weight.grad
