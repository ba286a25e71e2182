"""`guarantees`: what the pattern's front matter promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from fusion_cli.model.basics import with_arguments
from fusion_cli.model.flow import matches
from fusion_cli.runtime.battery.checks.drop_in import leftover
from fusion_cli.runtime.battery.checks.equivalence import stirred
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    call,
    failed,
    passed,
    skipped,
    tensors,
)
from fusion_cli.runtime.subject import in_mode


def check(context: Context) -> Outcome:
    """Each promise by its own proof, in every run."""
    names = context.facts.guarantees
    for name in names:
        broken = PROOFS[name](context)
        if broken:
            return failed(f"{name}: {broken}")
    return passed(", ".join(names)) if names else skipped("the pattern promises nothing")


def _keeps_host_weights(context: Context) -> str:
    """All of the host's weights have a place: nothing of it is left over."""
    assert context.host is not None
    for run in context.subject.observation.runs:
        fused, host = context.module(run.args), context.host.build(run.args)
        strange = leftover(fused, host, context.facts.added, ())
        if strange:
            return strange
    return ""


def _starts_as_host(context: Context) -> str:
    """A new module with the host's weights computes what the host computes, to the last bit.

    The donors' own random numbers (dropout) are drawn apart, so that the host's are the same.
    """
    assert context.host is not None
    for run in context.subject.observation.runs:
        fused, host = context.module(run.args), stirred(context.host.build(run.args))
        fused.load_state_dict(host.state_dict(), strict=False)
        _draw_apart(fused, context.facts.added)
        for training in (True, False):
            found, expected = (
                tensors(call(in_mode(one, training), context.subject.inputs(run)))
                for one in (fused, host)
            )
            if len(found) != len(expected) or not all(map(torch.equal, found, expected)):
                mode = "training" if training else "evaluation"
                return f"{with_arguments(run.args)} in {mode} the output is not the host's"
    return ""


def _draw_apart(module: nn.Module, paths: Iterable[str]) -> None:
    """Let submodules leave the random state as they found it."""
    donors = [
        part
        for path, part in module.named_modules()
        if any(matches(path, pattern) for pattern in paths)
    ]
    for donor in donors:
        states: list[torch.Tensor] = []
        donor.register_forward_pre_hook(
            lambda *_, states=states: states.append(torch.get_rng_state())
        )
        donor.register_forward_hook(lambda *_, states=states: torch.set_rng_state(states.pop()))


PROOFS: dict[str, Callable[[Context], str]] = {
    "keeps_host_weights": _keeps_host_weights,
    "starts_as_host": _starts_as_host,
}
