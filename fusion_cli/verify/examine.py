"""A module as it stands: what it takes and gives, and what the battery says of it."""

from __future__ import annotations

from dataclasses import dataclass

from fusion_cli.model.basics import Arguments, arguments_text
from fusion_cli.model.errors import ExitCode, FuseError
from fusion_cli.model.jobs import Attempt, Observed, ToVerify
from fusion_cli.model.levels import LEVELS, NEED_HOST
from fusion_cli.model.observation import Observation
from fusion_cli.model.report import Report
from fusion_cli.model.requests import Verification
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.lineage import is_written
from fusion_cli.study import ask
from fusion_cli.verify.verification import report_of_death, run_battery
from fusion_cli.worker.client import JobDied
from fusion_cli.worker.session import Session


@dataclass(frozen=True)
class Examined:
    """A class, how it was built and fed, and the rows that it got."""

    source: ModuleSource
    observation: Observation
    report: Report

    @property
    def arguments(self) -> Arguments:
        return self.observation.base.args

    @property
    def contract(self) -> str:
        return str(self.observation.contract)

    @property
    def remarks(self) -> tuple[str, ...]:
        """How its arguments were found, and what was noticed on the way."""
        return self.observation.remarks(self.source.name)


class Unobserved(FuseError):
    """A module that ended its process, or was stopped, before it was known what it takes and gives.

    `arguments` are the last that were tried, and a row of `report` tells what it did with them.
    """

    exit_code = ExitCode.CANNOT_FUSE
    contract = ""

    def __init__(
        self, death: JobDied, source: ModuleSource, args: Arguments, report: Report
    ) -> None:
        super().__init__(death.message, death.hint, death.lines)
        self.source, self.arguments, self.report = source, args, report

    @property
    def remarks(self) -> tuple[str, ...]:
        return (
            f"{self.source.name}({arguments_text(self.arguments)}): arguments from the last try",
        )


def examine(
    session: Session[Verification], source: ModuleSource, args: str | None, option: str
) -> Examined:
    """Observe a class and put it to the battery. `option` gave its arguments, or would give them.

    Raises:
        Unobserved: it hangs, crashes or the like as soon as it is imported, built or run.
        FuseError: it cannot be built or run at all.
    """
    checks = tuple(name for name in LEVELS[session.request.verify] if name not in NEED_HOST)
    attempts: list[Attempt] = []
    try:
        seen = ask.observe(session.worker, source, args, option).result(attempts.append)
    except JobDied as death:
        if not attempts or attempts[-1].check not in checks:
            raise
        last = attempts[-1]
        report = report_of_death(death, last.check, checks, session.request, last.torch)
        raise Unobserved(death, source, last.args, report) from death
    question = ToVerify(
        Observed(source.loadable, seen),
        checks,
        supplied=frozenset(source.supplied),
        written=is_written(source),
    )
    return Examined(source, seen, run_battery(session, question))
