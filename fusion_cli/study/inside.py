"""Observe a class that a host contains, built as the host builds it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from fusion_cli.model.basics import Arguments, arguments_text
from fusion_cli.model.jobs import CONSTRUCTION, Observed, PartOf
from fusion_cli.model.sources import ModuleSource
from fusion_cli.study import ask
from fusion_cli.study.views import HostView
from fusion_cli.worker.client import Worker


@dataclass(frozen=True, eq=False)
class Inside:
    """A question that fitting may have: how the class at `path` in a host behaves.

    `source` holds that class. It is built with the arguments that the host gives it, or, where
    `named` is not None, with those of them that have these names.
    """

    host: HostView
    path: str
    source: ModuleSource
    named: Collection[str] | None = None


ObserveInside: TypeAlias = Callable[[Inside], HostView]


def observe_inside(worker: Worker, question: Inside) -> HostView:
    """Build the class as the host does, and trace it."""
    given = {
        name: text
        for name, text in _arguments(worker, question).items()
        if question.named is None or name in question.named
    }
    text = arguments_text(given) if given else None
    return ask.trace(worker, question.source, text, "--host-args").view()


def _arguments(worker: Worker, question: Inside) -> Arguments:
    """The arguments with which the host builds it; none where they cannot be written down."""
    host = Observed(question.host.file.loadable, question.host.observation)
    return worker.submit(CONSTRUCTION, PartOf(host, question.path)).result().args or {}
