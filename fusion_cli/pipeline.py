"""The story of a fusion: resolve, observe, fit, write, verify, and only then put the file down.

What each stage does stands in its own file; here they are only told in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields, replace
from functools import partial
from pathlib import Path
from typing import Literal

from fusion_cli import lineage, recipe, study, style, wire
from fusion_cli.assemble import Fusion
from fusion_cli.blame import Part, lay_blame
from fusion_cli.enclose import write
from fusion_cli.errors import ExitCode, FuseError, NoModule, fault_of
from fusion_cli.examine import Examined, Unobserved, examine
from fusion_cli.fit import snake
from fusion_cli.gather import Found, gather
from fusion_cli.levels import LEVELS
from fusion_cli.mapping import site_rows
from fusion_cli.mending import demand_own_file, mend
from fusion_cli.model import (
    ModuleSource,
    Observation,
    Pattern,
    Report,
    Stage,
    arguments_text,
)
from fusion_cli.output import demand_free, diff, target, write_atomic
from fusion_cli.patterns import load_pattern
from fusion_cli.requests import (
    Checked,
    CheckOutcome,
    CheckRequest,
    FuseOutcome,
    FuseRequest,
    Mending,
    Missed,
    ModuleUse,
    RecipeOutcome,
    RecipeRequest,
    ShowOutcome,
    ShowRequest,
    SiteRow,
)
from fusion_cli.resolve import resolve
from fusion_cli.runtime.client import Worker
from fusion_cli.share import with_ratio
from fusion_cli.source.choose import classes_of
from fusion_cli.source.modules import of_source
from fusion_cli.verification import run_battery
from fusion_cli.written import Written

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
        demand_free(Path(request.save_recipe), recipe.written(request), request.force)
    return _fuse(request, resolve(request.host, ("hosts", "donors")), worker, on_stage)


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
        with recipe.told(number, step.pattern):
            one = _fuse(replace(step, host=host.ref), host, worker, on_stage)
            recipe.demand_other_file(one.file, [before.file for before in done])
        done.append(one)
        if not one.ok:
            break
        host = ModuleSource(one.file, one.name, one.source, Path(one.file).absolute())
    last = {field.name: getattr(done[-1], field.name) for field in fields(FuseOutcome)}
    last["seconds"] = time.perf_counter() - started
    return RecipeOutcome(**last, steps=tuple(done), count=len(steps))


def _fuse(request: FuseRequest, host: ModuleSource, worker: Worker, on_stage: Stage) -> FuseOutcome:
    """The stages of one fusion, from a host that has been read."""
    started = time.perf_counter()
    folders = [Path(one) for one in request.templates]
    pattern = with_ratio(load_pattern(request.pattern, folders), request.ratio)
    donors, mended = _donors(request, worker, on_stage)
    fusion = _observed(request, pattern, host, donors, worker, on_stage)
    on_stage("writing")
    written = write(worker, fusion)
    place = target(request.output, default_file(request, host, donors))
    text, report = _verified(fusion, host, written, place, worker, on_stage)
    rejected = bool(report.rejected_by(request.strict))
    preview = request.dry_run or request.diff
    state = "untouched" if rejected or preview else _put(place, text, request)
    observed = fusion.view.observation
    return FuseOutcome(
        name=written.name,
        report=report,
        strict=request.strict,
        notes=_notes(host, fusion, written),
        mended=mended,
        seconds=time.perf_counter() - started,
        pattern=pattern.name,
        host=ModuleUse(host.ref, host.name, observed.base.args),
        donors=tuple(
            ModuleUse(one.source.ref, one.source.name, one.observation.base.args)
            for one in fusion.donors
        ),
        site=_site_row(written),
        file=str(place),
        file_state=state,
        source=text,
        adapters=written.fit.adapters,
        diff=diff(place, text) if request.diff else None,
    )


def _donors(
    request: FuseRequest, worker: Worker, on_stage: Stage
) -> tuple[list[ModuleSource], tuple[Mending, ...]]:
    """The donors as they are to be fused, and what was mended in them."""
    donors = [resolve(one, ("donors", "hosts")) for one in request.donors]
    if not request.fix_donor:
        return donors, ()
    mended = [
        mend(worker, donor, text, "--donor-args", request, on_stage)
        for donor, text in _with_texts(donors, request)
    ]
    return [one.source for one in mended], tuple(one.mending for one in mended)


def _with_texts(
    donors: Sequence[ModuleSource], request: FuseRequest
) -> list[tuple[ModuleSource, str | None]]:
    """The donors, each with the user's text of its arguments."""
    texts = [*request.donor_args, *[None] * (len(donors) - len(request.donor_args))]
    return list(zip(donors, texts, strict=True))


def _observed(
    request: FuseRequest,
    pattern: Pattern,
    host: ModuleSource,
    donors: Sequence[ModuleSource],
    worker: Worker,
    on_stage: Stage,
) -> Fusion:
    """The fusion with what its host and donors did when they were run, which they do side by side."""
    given = _with_texts(donors, request)
    jobs = [study.observe(worker, donor, text, "--donor-args") for donor, text in given]
    tracing = study.trace(worker, host, request.host_args, "--host-args", request.when)
    on_stage("observing")
    style.prepare()
    view = tracing.view()
    views = [
        study.donor_view(donor, job.result(), text)
        for (donor, text), job in zip(given, jobs, strict=True)
    ]
    return Fusion(request, pattern, tracing.source, view, views)


def _verified(
    fusion: Fusion,
    host: ModuleSource,
    written: Written,
    place: Path,
    worker: Worker,
    on_stage: Stage,
) -> tuple[str, Report]:
    """The text of the file, and what the battery says of it; `host` is the host as it was read."""
    request, view, text = fusion.request, fusion.view, written.text()
    payload = {
        "source": {"name": written.name, "text": text, "path": str(place), "module": None},
        "host": wire.from_source(host),
        "observation": wire.from_observation(view.observation),
        "facts": asdict(written.facts),
        "supplied": [],
    }
    report = run_battery(worker, payload, LEVELS[request.verify], request, on_stage)
    parts = [Part("host", host, view.observation)]
    parts += [Part("donor", one.source, one.observation) for one in fusion.donors]
    report = lay_blame(report, parts, written.donors, payload, worker, request, on_stage)
    allowed = [row for row in report.checks if row.status == "allowed"]
    return (written.text(allowed) if allowed else text), report


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
    try:
        if request.mends:
            found, mended = _fixed(request, source, worker, on_stage)
        else:
            found = examine(worker, source, request.args, "--args", request, on_stage)
    except Unobserved as error:
        found = error.examined
    return CheckOutcome(
        name=source.name,
        report=found.report,
        strict=request.strict,
        notes=(*found.source.notes, *_found(source.name, found.observation)),
        mended=mended,
        seconds=time.perf_counter() - started,
        ref=source.ref,
        args=found.observation.base.args,
        contract=found.observation.contract,
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


def _checked(worker: Worker, one: Found | Missed) -> Checked:
    if isinstance(one, Missed):
        return one
    try:
        return check(one.request, worker, lambda stage: None)
    except FuseError as error:
        if error.exit_code is ExitCode.ENVIRONMENT:
            raise
        if isinstance(error, NoModule) and not one.named:
            return Missed(ref=one.request.ref, skipped=error.message)
        return Missed(ref=one.request.ref, error=error)
    except Exception as error:
        return Missed(ref=one.request.ref, error=fault_of(error))


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
    tracing = study.trace(worker, source, request.args, "--args")
    view = tracing.view()
    return ShowOutcome(
        ref=source.ref,
        name=source.name,
        signature=tracing.signature,
        args=view.observation.base.args,
        contract=view.observation.contract,
        sites=tuple(site_rows(view)),
        notes=(*source.notes, *_found(source.name, view.observation)),
    )


def default_file(request: FuseRequest, host: ModuleSource, donors: Sequence[ModuleSource]) -> str:
    """`bottleneck_replace_akconv.py`, or the snake case of the name that was chosen.

    A host that was written by `fuse` is called by its file, whose name tells its pattern too.
    """
    if request.name:
        return f"{snake(request.name)}.py"
    stem = host.path.stem if lineage.is_written(host) else snake(host.name)
    names = [stem, request.pattern, *(snake(one.name) for one in donors)]
    return f"{'_'.join(names)}.py"


def _put(place: Path, text: str, request: FuseRequest) -> Literal["written", "unchanged"]:
    state: Literal["written", "unchanged"]
    state = "written" if write_atomic(place, text, request.force) else "unchanged"
    if request.save_recipe:
        write_atomic(Path(request.save_recipe), recipe.written(request), request.force)
    return state


def _found(name: str, observation: Observation) -> Iterator[str]:
    """How the constructor arguments were found, and what was noticed on the way."""
    yield f"{name}({arguments_text(observation.base.args)}): arguments from {observation.source}"
    yield from observation.notes


def _notes(host: ModuleSource, fusion: Fusion, written: Written) -> tuple[str, ...]:
    notes = [*host.notes, *_found(host.name, fusion.view.observation)]
    for donor in fusion.donors:
        notes += [*donor.source.notes, *_found(donor.source.name, donor.observation)]
    return tuple(dict.fromkeys([*notes, *written.carried.notes]))


def _site_row(written: Written) -> SiteRow:
    fit = written.fit
    given, made = next(run for run in fit.site.runs if run)
    return SiteRow(fit.site.path, str(fit.contract), (given,), (made,))
