"""A host with more channels, for donors that refuse as few as it was observed with."""

from __future__ import annotations

from fusion_cli.model.basics import arguments_text
from fusion_cli.model.observation import Observation
from fusion_cli.model.report import Report

_TIMES = 4


def wider_args(observation: Observation, report: Report) -> str | None:
    """The host's arguments with its widths four times as large, as call text.

    Where the fused class could not be built in some run of the host: a donor may divide its
    channels by more than a small host has. None where it could, or no width is known.
    """
    if not any(row.name == "constructs" and row.status == "failed" for row in report.checks):
        return None
    args = dict(observation.base.args)
    widths = {observation.roles.get(role, "") for role in ("in", "out")}
    scaled = {n: str(_TIMES * int(args[n])) for n in widths & args.keys() if args[n].isdecimal()}
    if not scaled or "*" in args:
        return None
    return arguments_text({**args, **scaled})
