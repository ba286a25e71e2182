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
from fusion_cli.resolve.folders import Found, references_in
from fusion_cli.resolve.references import resolve
from fusion_cli.study import ask
from fusion_cli.syntax.modules import of_source
from fusion_cli.verify.examine import Examined, Unobserved, examine
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session
from fusion_cli.write import target

Spread = Callable[
    [Callable[[Found | Missed], Checked], Sequence[Found | Missed]], Iterator[Checked]
]
Heard = Callable[[Checked, int], None]


def fuse(session: Session[FuseRequest]) -> FuseOutcome:
    """Fuse donors into a host, verify the result, and write it if it passed.

    Raises:
        FuseError: whatever stands in the way, but for a rejection by the battery.
    """
    request = session.request
    session.on_stage("reading")
    if request.save_recipe:
        recipe.demand_place(Path(request.save_recipe), request)
    return fuse_one(session, resolve(request.host, ("hosts", "donors")))


def follow(session: Session[RecipeRequest]) -> RecipeOutcome:
    """Fuse step by step: each result is the next host. All are verified, the last is written.

    Raises:
        FuseError: whatever stands in the way of a step, but for a rejection by the battery.
    """
    started = time.perf_counter()
    session.on_stage("reading")
    steps = recipe.steps_of(session.request)
    host = resolve(steps[0].host, ("hosts", "donors"))
    done: list[FuseOutcome] = []
    for number, step in enumerate(steps, 1):
        with recipe.at_step(number, step.pattern):
            donors = [resolve(donor, ("donors", "hosts")) for donor in step.donors]
            file = str(target(step.output, default_file(step, host, donors)))
            recipe.demand_other_file(file, [before.file for before in done])
            outcome = fuse_one(session.asking(replace(step, host=host.ref)), host)
        done.append(outcome)
        if not outcome.ok:
            break
        host = ModuleSource(
            outcome.file, outcome.name, outcome.source, Path(outcome.file).absolute()
        )
    last = {field.name: getattr(done[-1], field.name) for field in fields(FuseOutcome)}
    last["seconds"] = time.perf_counter() - started
    return RecipeOutcome(**last, steps=tuple(done), count=len(steps))


def check(session: Session[CheckRequest]) -> CheckOutcome:
    """Run the battery on any module.

    Raises:
        FuseError: the module cannot be found, built or run at all.
    """
    started, request = time.perf_counter(), session.request
    session.on_stage("reading")
    source = resolve(request.ref, ("donors", "hosts"))
    session.on_stage("observing")
    mended: tuple[Mending, ...] = ()
    found: Examined | Unobserved
    try:
        if request.mends:
            found, mended = _fixed(session, source)
        else:
            found = examine(session, source, request.args, "--args")
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
    """Run the battery on several modules and on those in folders: see `references_in`.

    `spread` is `map`, or one that works ahead; `on_checked` hears each result in order, and of how
    many it is one. What stands in the way of one module is its result and stops no other.

    Raises:
        MissingDevice, MissingResource: what stands in the way of all.
    """
    found = list(references_in(requests, each))
    results = []
    for result in spread(partial(_checked, worker), found):
        results.append(result)
        on_checked(result, len(found))
    return tuple(results)


def _checked(worker: Worker, found: Found | Missed) -> Checked:
    if isinstance(found, Missed):
        return found
    try:
        return check(Session(worker, found.request))
    except FuseError as error:
        if error.exit_code is ExitCode.ENVIRONMENT:
            raise
        if isinstance(error, NoModule) and not found.named:
            return Missed(ref=found.request.ref, skipped=error.message)
        return Missed(ref=found.request.ref, error=error)
    except Exception as error:
        return Missed(ref=found.request.ref, error=fault_of(error))


def _fixed(session: Session[CheckRequest], source: ModuleSource) -> tuple[Examined, tuple[Mending]]:
    """The module mended; its file too, unless the change is only to be shown.

    Raises:
        UsageError: the file is not the user's own.
        FuseError: no repair makes the module run.
    """
    if not session.request.diff:
        demand_own_file(source)
    mended = mend(session, source, session.request.args, "--args")
    if isinstance(mended.found, FuseError):
        raise mended.found
    written = not session.request.diff and mended.write()
    return mended.found, (replace(mended.mending, written=written),)


def show(session: Session[ShowRequest]) -> ShowOutcome:
    """Tell what a module takes and gives, and its sites with their shapes.

    Raises:
        FuseError: the module cannot be found, built or run at all.
    """
    session.on_stage("reading")
    source = resolve(session.request.ref, ("hosts", "donors"))
    session.on_stage("observing")
    tracing = ask.trace(session.worker, source, session.request.args, "--args")
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
