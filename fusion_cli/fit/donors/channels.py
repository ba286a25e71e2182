"""How many channels a donor is given at a site, and how many it gives, run by run."""

from __future__ import annotations

from dataclasses import dataclass

from fusion_cli.fit.donors.placed import Placed
from fusion_cli.fit.need import Runs
from fusion_cli.fit.proof import spread
from fusion_cli.model.contract import channel


@dataclass(frozen=True)
class Channels:
    """Before the site, into the donor, out of the donor, behind the site."""

    before: Runs
    takes: Runs
    gives: Runs
    after: Runs


def channels(placed: Placed) -> Channels:
    before, after = placed.need.channels(0), placed.need.channels(1)
    takes = _takes(placed, before, after)
    return Channels(before, takes, _gives(placed, takes, after), after)


def _takes(placed: Placed, before: Runs, after: Runs) -> Runs:
    """The channels that the donor is given: the site's at its cheaper end, or all it can take."""
    width = channel(placed.contract.inputs[0])
    if width is not None and not width.names:
        return [None if count is None else width.plus for count in before]
    need = placed.need
    behind = need.cost(0) <= need.cost(1) and not placed.gives_gate
    keeps = placed.contract.keeps_channels and need.inputs == 1
    return after if keeps and not behind else before


def _gives(placed: Placed, takes: Runs, after: Runs) -> Runs:
    """The channels that the donor makes of those."""
    given, made = channel(placed.contract.inputs[0]), channel(placed.contract.outputs[0])
    if placed.contract.keeps_channels or given is None or made is None:
        return takes
    if not made.names:
        return [None if count is None else made.plus for count in takes]
    if made.names == given.names:
        name = next(iter(made.names))
        return [None if count is None else made.size({name: count}) for count in takes]
    if "out" not in placed.roles:
        raise placed.refusal(f"it cannot give the {spread(after)} channels of the site")
    return after
