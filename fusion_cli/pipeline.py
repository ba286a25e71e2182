"""What is done for each command: to fuse, to follow a recipe, to check, to show.

The stages of a fusion stand in `fusing`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

from fusion_cli import recipe
from fusion_cli.fit.mapping import site_rows
from fusion_cli.fusing import default_file, fuse_one
from fusion_cli.mend.mending import demand_own_file, mend
from fusion_cli.model.basics import Stage
from fusion_cli.model.errors import (
    ExitCode,
    FuseError,
    NoModule,
    fault_of,
)
from fusion_cli.model.outcomes import (
    Checked,
    CheckOutcome,
    FuseOutcome,
    Mending,
    Missed,
    RecipeOutcome,
    ShowOutcome,
)
from fusion_cli.model.requests import CheckRequest, FuseRequest, RecipeRequest, ShowRequest
from fusion_cli.model.sources import ModuleSource
from fusion_cli.resolve.choose import classes_of
from fusion_cli.resolve.folders import Found, gather
from fusion_cli.resolve.references import resolve
from fusion_cli.study import ask
from fusion_cli.syntax.modules import of_source
from fusion_cli.verify.examine import Examined, Unobserved, examine
from fusion_cli.worker.client import Worker
from fusion_cli.write import target

Spread = Callable[
    [Callable[[Found | Missed], Checked], Sequence[Found | Missed]], Iterator[Checked]
]
Heard = Callable[[Checked, int], None]


def fuse(request: FuseRequest, worker: Worker, on_stage: Stage) -> FuseOutcome:
    """Fuse donors into a host, verify the result, and write it if it passed.

    Raises:
        FuseError: whatever stands in the way, but for a rejection by the battery.
    """
    on_stage("reading")
    if request.save_recipe:
        recipe.demand_place(Path(request.save_recipe), request)
    return fuse_one(request, resolve(request.host, ("hosts", "donors")), worker, on_stage)


def follow(request: RecipeRequest, worker: Worker, on_stage: Stage) -> RecipeOutcome:
    """Fuse step by step: each result is the next host. All are verified, the last is written.

    Raises:
        FuseError: whatever stands in the way of a step, but for a rejection by the battery.
    """
    started = time.perf_counter()
    on_stage("reading")
    steps = recipe.steps_of(request)
    host = resolve(steps[0].host, ("hosts", "donors"))
    done: list[FuseOutcome] = []
    for number, step in enumerate(steps, 1):
        with recipe.at_step(number, step.pattern):
            donors = [resolve(donor, ("donors", "hosts")) for donor in step.donors]
            file = str(target(step.output, default_file(step, host, donors)))
            recipe.demand_other_file(file, [before.file for before in done])
            outcome = fuse_one(replace(step, host=host.ref), host, worker, on_stage)
        done.append(outcome)
        if not outcome.ok:
            break
        host = ModuleSource(
            outcome.file, outcome.name, outcome.source, Path(outcome.file).absolute()
        )
    last = {field.name: getattr(done[-1], field.name) for field in fields(FuseOutcome)}
    last["seconds"] = time.perf_counter() - started
    return RecipeOutcome(**last, steps=tuple(done), count=len(steps))


def check(request: CheckRequest, worker: Worker, on_stage: Stage) -> CheckOutcome:
    """Run the battery on any module.

    Raises:
        FuseError: the module cannot be found, built or run at all.
    """
    started = time.perf_counter()
    on_stage("reading")
    source = resolve(request.ref, ("donors", "hosts"))
    on_stage("observing")
    mended: tuple[Mending, ...] = ()
    found: Examined | Unobserved
    try:
        if request.mends:
            found, mended = _fixed(request, source, worker, on_stage)
        else:
            found = examine(worker, source, request.args, "--args", request, on_stage)
    except Unobserved as error:
        found = error
    return CheckOutcome(
        name=source.name,
        report=found.report,
        strict=request.strict,
        notes=(*found.source.notes, *found.remarks),
        mended=mended,
        seconds=time.perf_counter() - started,
        ref=source.ref,
        args=found.arguments,
        contract=found.contract,
        path=str(source.path),
        line=classes_of(of_source(source))[source.name].lineno,
    )


def check_each(
    requests: Sequence[CheckRequest], each: bool, worker: Worker, spread: Spread, on_checked: Heard
) -> tuple[Checked, ...]:
    """Run the battery on several modules and on those in folders: see `gather`.

    `spread` is `map`, or one that works ahead; `on_checked` hears each result in order, and of how
    many it is one. What stands in the way of one module is its result and stops no other.

    Raises:
        MissingDevice, MissingResource: what stands in the way of all.
    """
    found = list(gather(requests, each))
    results = []
    for result in spread(partial(_checked, worker), found):
        results.append(result)
        on_checked(result, len(found))
    return tuple(results)


def _checked(worker: Worker, found: Found | Missed) -> Checked:
    if isinstance(found, Missed):
        return found
    try:
        return check(found.request, worker, lambda stage: None)
    except FuseError as error:
        if error.exit_code is ExitCode.ENVIRONMENT:
            raise
        if isinstance(error, NoModule) and not found.named:
            return Missed(ref=found.request.ref, skipped=error.message)
        return Missed(ref=found.request.ref, error=error)
    except Exception as error:
        return Missed(ref=found.request.ref, error=fault_of(error))


def _fixed(
    request: CheckRequest, source: ModuleSource, worker: Worker, on_stage: Stage
) -> tuple[Examined, tuple[Mending]]:
    """The module mended; its file too, unless the change is only to be shown.

    Raises:
        UsageError: the file is not the user's own.
        FuseError: no repair makes the module run.
    """
    if not request.diff:
        demand_own_file(source)
    mended = mend(worker, source, request.args, "--args", request, on_stage)
    if isinstance(mended.found, FuseError):
        raise mended.found
    written = not request.diff and mended.write()
    return mended.found, (replace(mended.mending, written=written),)


def show(request: ShowRequest, worker: Worker, on_stage: Stage) -> ShowOutcome:
    """Tell what a module takes and gives, and its sites with their shapes.

    Raises:
        FuseError: the module cannot be found, built or run at all.
    """
    on_stage("reading")
    source = resolve(request.ref, ("hosts", "donors"))
    on_stage("observing")
    tracing = ask.trace(worker, source, request.args, "--args")
    view = tracing.view()
    return ShowOutcome(
        ref=source.ref,
        name=source.name,
        signature=tracing.signature,
        args=view.observation.base.args,
        contract=str(view.observation.contract),
        sites=tuple(site_rows(view)),
        notes=(*source.notes, *view.observation.remarks(source.name)),
    )
