"""What goes through all stages of a command: the worker, what was asked for, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from fusion_cli.model.basics import Stage
from fusion_cli.worker.client import Worker

Asked_co = TypeVar("Asked_co", covariant=True)
Other = TypeVar("Other")


def unheard(stage: str) -> None:
    """Nobody hears of a stage."""


@dataclass(frozen=True)
class Session(Generic[Asked_co]):
    """One command on a worker: `on_stage` hears the name of each stage as it begins."""

    worker: Worker
    request: Asked_co
    on_stage: Stage = unheard

    def asking(self, request: Other) -> Session[Other]:
        """The same, where something else is asked for."""
        return Session(self.worker, request, self.on_stage)

    def unheard(self) -> Session[Asked_co]:
        """The same, with nobody who hears of its stages."""
        return Session(self.worker, self.request)
