"""Where commands and notebooks enter: the worker is started first, the stages are imported then.

The worker's import of torch is the longest wait; a command has started it ahead, see `__main__`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from fusion_cli.model.basics import Stage
from fusion_cli.model.outcomes import Checked, CheckOutcome, FuseOutcome, RecipeOutcome, ShowOutcome
from fusion_cli.model.requests import CheckRequest, FuseRequest, RecipeRequest, ShowRequest
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session


def fuse(request: FuseRequest, on_stage: Stage) -> FuseOutcome:
    """Fuse donors into a host: see `pipeline.fuse`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.fuse(Session(worker, request, on_stage))


def follow(request: RecipeRequest, on_stage: Stage) -> RecipeOutcome:
    """Fuse step by step, as a recipe says: see `pipeline.follow`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.follow(Session(worker, request, on_stage))


def check(request: CheckRequest, on_stage: Stage) -> CheckOutcome:
    """Run the battery on any module: see `pipeline.check`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.check(Session(worker, request, on_stage))


def check_each(
    requests: Sequence[CheckRequest], each: bool, on_checked: Callable[[Checked, int], None]
) -> tuple[Checked, ...]:
    """Run the battery on several modules, as many at a time as there are cores: see `pipeline`."""
    from concurrent.futures import ThreadPoolExecutor

    # Two that mend classes of one file would each write over the other's work.
    at_once = 1 if any(request.mends for request in requests) else max(2, os.cpu_count() or 1)
    timeout = requests[0].timeout
    # An error or Ctrl-C ends the worker first, so that the threads have nothing to wait for.
    with ThreadPoolExecutor(at_once) as pool, Worker.start(timeout=timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.check_each(requests, each, worker, pool.map, on_checked)


def show(request: ShowRequest, on_stage: Stage) -> ShowOutcome:
    """Tell what a module takes and gives: see `pipeline.show`."""
    with Worker.start(timeout=request.timeout) as worker:
        from fusion_cli import pipeline

        return pipeline.show(Session(worker, request, on_stage))
