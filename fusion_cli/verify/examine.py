"""A module as it stands: what it takes and gives, and what the battery says of it."""

from __future__ import annotations

from dataclasses import dataclass

from fusion_cli.model import wire
from fusion_cli.model.basics import JSON, Stage
from fusion_cli.model.errors import ExitCode, FuseError
from fusion_cli.model.levels import LEVELS, NEED_HOST
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.report import Report
from fusion_cli.model.requests import Verification
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.lineage import is_written
from fusion_cli.study import ask
from fusion_cli.verify.verification import report_of_death, run_battery
from fusion_cli.worker.client import JobDied, Worker


@dataclass(frozen=True)
class Examined:
    """A class, how it was built and fed, and the rows that it got."""

    source: ModuleSource
    observation: Observation
    report: Report


class Unobserved(FuseError):
    """A module that ended its process, or was stopped, before it was known what it takes and gives.

    `examined` is what can be said of it: the last arguments that were tried, and the row of the
    check that is about what it did with them.
    """

    exit_code = ExitCode.CANNOT_FUSE

    def __init__(self, death: JobDied, examined: Examined) -> None:
        super().__init__(death.message, death.hint, death.lines)
        self.examined = examined


def examine(
    worker: Worker,
    source: ModuleSource,
    args: str | None,
    option: str,
    proof: Verification,
    on_stage: Stage,
) -> Examined:
    """Observe a class and put it to the battery. `option` gave its arguments, or would give them.

    Raises:
        Unobserved: it hangs, crashes or the like as soon as it is imported, built or run.
        FuseError: it cannot be built or run at all.
    """
    checks = [name for name in LEVELS[proof.verify] if name not in NEED_HOST]
    tried: JSON = {}
    try:
        found = ask.observe(worker, source, args, option).result(tried.update)
    except JobDied as death:
        if tried.get("at") not in checks:
            raise
        last = Observation("the last try", (Run(tried["args"], (), ()),), {}, contract="")
        report = report_of_death(death, tried["at"], checks, proof, tried["torch"])
        raise Unobserved(death, Examined(source, last, report)) from death
    observation = wire.to_observation(found["observation"])
    payload: JSON = {
        "source": wire.from_source(source),
        "observation": found["observation"],
        "supplied": list(source.supplied),
        "written": is_written(source),
    }
    return Examined(source, observation, run_battery(worker, payload, checks, proof, on_stage))
