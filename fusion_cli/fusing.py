"""The story of a fusion: resolve, observe, fit, write, verify, and only then put the file down.

What each stage does stands in its own file; here they only follow one another.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from fusion_cli import recipe
from fusion_cli.fit.absent import absent
from fusion_cli.fit.fitting import fit
from fusion_cli.fit.naming import snake
from fusion_cli.fit.plan import Fusion, Plan
from fusion_cli.fit.share import with_ratio
from fusion_cli.fit.wider import wider_args
from fusion_cli.mend.mending import mend
from fusion_cli.model.errors import CannotConstruct, CannotFuse
from fusion_cli.model.jobs import Fused, Observed, ToVerify
from fusion_cli.model.levels import LEVELS
from fusion_cli.model.outcomes import FuseOutcome, Mending, ModuleUse, SiteRow
from fusion_cli.model.pattern import Pattern
from fusion_cli.model.report import Report
from fusion_cli.model.requests import FuseRequest
from fusion_cli.model.sources import Loadable, ModuleSource
from fusion_cli.patterns.files import load_pattern
from fusion_cli.render import lineage, style
from fusion_cli.render.render import render
from fusion_cli.render.written import Written
from fusion_cli.resolve.references import resolve
from fusion_cli.study import ask, inside
from fusion_cli.verify.blame import Suspect, lay_blame
from fusion_cli.verify.verification import run_battery
from fusion_cli.worker.session import Session
from fusion_cli.write import demand_free, diff, target, write_atomic


def fuse_one(session: Session[FuseRequest], host: ModuleSource) -> FuseOutcome:
    """The stages of one fusion, from a host that has been read."""
    started, request = time.perf_counter(), session.request
    folders = [Path(template) for template in request.templates]
    pattern = with_ratio(load_pattern(request.pattern, folders), request.ratio)
    donors, mended = _donors(session)
    fusion = _observed(session, pattern, host, donors)
    plan = fit(fusion, partial(inside.observe_inside, session.worker))
    session.on_stage("writing")
    written = render(plan)
    place = target(request.output, default_file(request, host, donors))
    text, report = _verified(session, fusion, host, written, place)
    observed = fusion.host.observation
    wider = None if request.host_args else wider_args(observed, report)
    if wider and (other := _wider(session.asking(replace(request, host_args=wider)), host)):
        return replace(other, seconds=time.perf_counter() - started)
    rejected = bool(report.rejected_by(request.strict))
    preview = request.dry_run or request.diff
    state = "untouched" if rejected or preview else _put(place, text, request)
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
            ModuleUse(donor.source.ref, donor.source.name, donor.observation.base.args)
            for donor in fusion.donors
        ),
        site=_site_row(plan),
        file=str(place),
        file_state=state,
        source=text,
        adapters=plan.placement.adapters,
        diff=diff(place, text) if request.diff else None,
    )


def _wider(session: Session[FuseRequest], host: ModuleSource) -> FuseOutcome | None:
    """The same fusion with more channels, if that passes: the first was refused for too few."""
    with suppress(CannotConstruct, CannotFuse):
        outcome = fuse_one(session, host)
        if outcome.ok:
            said = (
                f"with fewer channels than {session.request.host_args} the fused class is not built"
            )
            return replace(outcome, notes=(said, *outcome.notes))
    return None


def _donors(
    session: Session[FuseRequest],
) -> tuple[list[ModuleSource], tuple[Mending, ...]]:
    """The donors as they are to be fused, and what was mended in them."""
    request = session.request
    donors = [resolve(donor, ("donors", "hosts")) for donor in request.donors]
    if not request.fix_donor:
        return donors, ()
    mended = [
        mend(session, donor, text, "--donor-args") for donor, text in _with_texts(donors, request)
    ]
    return [mending.source for mending in mended], tuple(mending.mending for mending in mended)


def _with_texts(
    donors: Sequence[ModuleSource], request: FuseRequest
) -> list[tuple[ModuleSource, str | None]]:
    """The donors, each with the user's text of its arguments."""
    texts = [*request.donor_args, *[None] * (len(donors) - len(request.donor_args))]
    return list(zip(donors, texts, strict=True))


def _observed(
    session: Session[FuseRequest],
    pattern: Pattern,
    host: ModuleSource,
    donors: Sequence[ModuleSource],
) -> Fusion:
    """The fusion with what its host and donors did when they were run, which they do side by side."""
    request, worker = session.request, session.worker
    given = _with_texts(donors, request)
    jobs = [ask.observe(worker, donor, text, "--donor-args") for donor, text in given]
    tracing = ask.trace(worker, host, request.host_args, "--host-args", request.when)
    session.on_stage("observing")
    style.prepare()
    view = tracing.view()
    views = [
        ask.donor_view(donor, job.result(), text)
        for (donor, text), job in zip(given, jobs, strict=True)
    ]
    return Fusion(request, pattern, view, tuple(views))


def _verified(
    session: Session[FuseRequest],
    fusion: Fusion,
    host: ModuleSource,
    written: Written,
    place: Path,
) -> tuple[str, Report]:
    """The text of the file, and what the battery says of it; `host` is the host as it was read."""
    request, view, text = fusion.request, fusion.host, written.text()
    fused = Observed(Loadable(written.name, text, str(place)), view.observation)
    question = ToVerify(fused, LEVELS[request.verify], Fused(host.loadable, written.facts))
    report = run_battery(session, question)
    parts = [Suspect("host", host, view.observation)]
    parts += [Suspect("donor", donor.source, donor.observation) for donor in fusion.donors]
    report = lay_blame(session, report, parts, fused, written.donors)
    allowed = [row for row in report.checks if row.status == "allowed"]
    return (written.text(allowed) if allowed else text), report


def default_file(request: FuseRequest, host: ModuleSource, donors: Sequence[ModuleSource]) -> str:
    """`bottleneck_replace_akconv.py`, or the snake case of the name that was chosen.

    A host that was written by `fuse` is called by its file, whose name tells its pattern too.
    """
    if request.name:
        return f"{snake(request.name)}.py"
    stem = host.path.stem if lineage.is_written(host) else snake(host.name)
    names = [stem, request.pattern, *(snake(donor.name) for donor in donors)]
    return f"{'_'.join(names)}.py"


def _put(place: Path, text: str, request: FuseRequest) -> Literal["written", "unchanged"]:
    demand_free(place, text, request.force)
    if request.save_recipe:
        write_atomic(Path(request.save_recipe), recipe.written(request), request.force)
    return "written" if write_atomic(place, text, request.force) else "unchanged"


def _notes(host: ModuleSource, fusion: Fusion, written: Written) -> tuple[str, ...]:
    notes = [*host.notes, *fusion.host.observation.remarks(host.name)]
    for donor in fusion.donors:
        notes += [*donor.source.notes, *donor.observation.remarks(donor.source.name)]
    plan = written.plan
    if not fusion.request.when:
        notes += absent(fusion.host, plan.innermost.placement.site, plan.within, plan.inner)
    return tuple(dict.fromkeys([*notes, *written.notes]))


def _site_row(plan: Plan) -> SiteRow:
    site = plan.placement.site
    given, made = next(run for run in site.runs if run)
    return SiteRow(site.path, str(plan.placement.contract), (given,), (made,))
