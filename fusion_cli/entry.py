"""Where commands and notebooks enter: the worker is started first, the stages are imported then.

The worker's import of torch is the longest wait of a command; nothing stands before it.
"""

from __future__ import annotations

from collections.abc import Callable

from fusion_cli.requests import (
    CheckOutcome,
    CheckRequest,
    FuseOutcome,
    FuseRequest,
    RecipeOutcome,
    RecipeRequest,
    ShowOutcome,
    ShowRequest,
)
from fusion_cli.runtime.client import Worker

Stage = Callable[[str], None]


def fuse(request: FuseRequest, on_stage: Stage) -> FuseOutcome:
    """Fuse donors into a host: see `pipeline.fuse`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.fuse(request, worker, on_stage)


def follow(request: RecipeRequest, on_stage: Stage) -> RecipeOutcome:
    """Fuse step by step, as a recipe says: see `pipeline.follow`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.follow(request, worker, on_stage)


def check(request: CheckRequest, on_stage: Stage) -> CheckOutcome:
    """Run the battery on any module: see `pipeline.check`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.check(request, worker, on_stage)


def show(request: ShowRequest, on_stage: Stage) -> ShowOutcome:
    """Tell what a module takes and gives: see `pipeline.show`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.show(request, worker, on_stage)
