"""A module as it stands: what it takes and gives, and what the battery says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fusion_cli import study, wire
from fusion_cli.levels import LEVELS, NEED_HOST
from fusion_cli.model import JSON, ModuleSource, Observation, Report
from fusion_cli.requests import Proof
from fusion_cli.runtime.client import Worker
from fusion_cli.verification import run_battery

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Examined:
    """A class, how it was built and fed, and the rows that it got."""

    source: ModuleSource
    observation: Observation
    report: Report


def examine(
    worker: Worker,
    source: ModuleSource,
    args: str | None,
    option: str,
    proof: Proof,
    on_stage: Stage,
) -> Examined:
    """Observe a class and put it to the battery. `option` gave its arguments, or would give them.

    Raises:
        FuseError: it cannot be built or run at all.
    """
    found = study.observe(worker, source, args, option).result()
    observation = wire.to_observation(found["observation"])
    payload: JSON = {
        "source": wire.from_source(source),
        "observation": found["observation"],
        "extra": {"supplied": list(source.supplied)},
    }
    checks = [name for name in LEVELS[proof.verify] if name not in NEED_HOST]
    return Examined(source, observation, run_battery(worker, payload, checks, proof, on_stage))
