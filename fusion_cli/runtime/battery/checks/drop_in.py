"""`drop_in`: the fused class takes the host's place without another change."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence

import torch
from torch import nn

from fusion_cli.model.basics import with_arguments
from fusion_cli.model.flow import matches
from fusion_cli.model.observation import Run
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    call,
    failed,
    passed,
    structure,
)
from fusion_cli.runtime.subject import in_mode


def check(context: Context) -> Outcome:
    """The constructor, the outputs' structure and shapes, and the names of the weights are the host's.

    The constructor may take keywords beyond the host's that were asked for, and lack arguments that
    have no effect.
    Weights: the host's state_dict must load; only the donors' keys may be new, and only those of
    what the pattern replaced may be left over. Fooled by a difference that no run shows.
    """
    assert context.host is not None
    ours = _parameters(context.subject.cls, context.facts.keywords)
    theirs = _parameters(context.host.cls, list(context.facts.dropped))
    if ours != theirs:
        return failed(
            f"the constructor takes ({', '.join(ours)}), the host's ({', '.join(theirs)})"
        )
    variants = list(context.variants())
    for run, on in variants:
        wrong = _differs(context, run, on)
        if wrong:
            return failed(wrong)
    return passed(f"constructor, shapes and weights as the host's in {len(variants)} runs")


def _parameters(cls: type, beyond: Sequence[str] = ()) -> list[str]:
    """The constructor's parameters as text; annotations decide nothing and classes go by their name.

    Those of the names `beyond` are left out.
    """
    found = []
    for parameter in inspect.signature(cls).parameters.values():
        if parameter.name in beyond:
            continue
        default = getattr(parameter.default, "__qualname__", None) or repr(parameter.default)
        bare = parameter.replace(annotation=parameter.empty, default=parameter.empty)
        found.append(str(bare) if parameter.default is parameter.empty else f"{bare}={default}")
    return found


def _differs(context: Context, run: Run, on: bool) -> str:
    """What is not the host's; where the donors are not `on`, all that is new or gone."""
    assert context.host is not None
    fused, host = context.module(run.args), in_mode(
        context.host.build(context.hosts(run)), training=False
    )
    where = with_arguments(run.args)
    found, expected = (_outputs(context, one, run) for one in (fused, host))
    if found != expected:
        return f"{where} the output is {found}, the host's {expected}"
    added, gone = (context.facts.added, context.facts.gone) if on else ((), ())
    strange = leftover(fused, host, added, gone)
    if strange:
        return f"{where} the host's weights do not load: {strange}"
    return ""


def _outputs(context: Context, module: nn.Module, run: Run) -> str:
    with torch.no_grad():
        return structure(call(module, context.subject.inputs(run)))


def leftover(fused: nn.Module, host: nn.Module, added: Sequence[str], gone: Sequence[str]) -> str:
    """The first weight that stands in the way of loading the host's state_dict, in words."""
    ours, theirs = fused.state_dict(), host.state_dict()
    new = [key for key in ours if key not in theirs and not _beneath(key, added)]
    if new:
        return f"`{new[0]}` is new and no donor's"
    lost = [key for key in theirs if key not in ours and not _beneath(key, gone)]
    if lost:
        return f"`{lost[0]}` of the host has no place"
    for key in set(ours) & set(theirs):
        if ours[key].shape != theirs[key].shape and not _beneath(key, gone):
            return f"`{key}` is {tuple(ours[key].shape)}, the host's {tuple(theirs[key].shape)}"
    return ""


def _beneath(key: str, paths: Iterable[str]) -> bool:
    names = key.split(".")
    return any(matches(".".join(names[: path.count(".") + 1]), path) for path in paths)
