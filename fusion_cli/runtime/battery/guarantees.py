"""`guarantees`: what the pattern's front matter promises."""

from __future__ import annotations

from collections.abc import Callable

from fusion_cli.runtime.battery.context import Context, Outcome, failed, passed, skipped
from fusion_cli.runtime.battery.drop_in import leftover


def check(context: Context) -> Outcome:
    """Each promise by its own proof, in every run."""
    names: list[str] = context.extra["guarantees"]
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
        strange = leftover(fused, host, context.extra["added"], ())
        if strange:
            return strange
    return ""


PROOFS: dict[str, Callable[[Context], str]] = {"keeps_host_weights": _keeps_host_weights}
