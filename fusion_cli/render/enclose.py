"""Write a fusion whose site is inside contained modules: their fused class, and a host that builds it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst

from fusion_cli.fit.choose import Fit, exchanges, snake
from fusion_cli.fit.conditions import active_for, demand_known, test_of
from fusion_cli.fit.contained import Contained, contained, within_reach
from fusion_cli.fit.exposed import constructor_names
from fusion_cli.model import wire
from fusion_cli.model.basics import Arguments, arguments_text
from fusion_cli.model.errors import CannotConstruct, CannotFuse, UsageError
from fusion_cli.model.keyword import Keyword
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.assemble import Fusion, Writer, assemble
from fusion_cli.render.carry.closure import Carried
from fusion_cli.render.exchange import exchange
from fusion_cli.render.rewrite.finish import Rename, without_copies
from fusion_cli.render.rewrite.rewrite import Rendered
from fusion_cli.render.rewrite.signature import with_keywords
from fusion_cli.render.written import Written
from fusion_cli.resolve.references import resolve
from fusion_cli.study import ask
from fusion_cli.study.views import HostView
from fusion_cli.syntax.edits import Apply, Edits
from fusion_cli.syntax.modules import of_source
from fusion_cli.syntax.tree import expression, keyword_argument
from fusion_cli.worker.client import Worker


def write(worker: Worker, fusion: Fusion) -> Written:
    """Write the file of one fusion, at a site of the host or inside what it contains.

    Raises:
        CannotFuse: no site can take these donors.
        UnknownName: there is no such site.
        UsageError: `--name` is a name that the file needs for something else.
    """
    at, view = fusion.request.at, fusion.view
    own = at is not None and exchanges(view, fusion.donors, fusion.pattern, at)
    part = None if own else contained(view, at)
    if part is not None:
        return _inside(worker, fusion, part)
    try:
        return assemble(fusion)
    except CannotFuse:
        alone = at is not None or fusion.pattern.at == "join"
        for path in () if alone else within_reach(view):
            with suppress(CannotFuse, CannotConstruct):
                return write(worker, replace(fusion, request=replace(fusion.request, at=path)))
        raise


def _inside(worker: Worker, fusion: Fusion, part: Contained) -> Written:
    """Fuse the class of contained modules, and write a host that builds it."""
    request, host, donors = fusion.request, fusion.host, fusion.donors
    if request.when:
        demand_known(request.when, host, fusion.view)
    args = _args(worker, host, fusion.view, part)

    def trace(source: ModuleSource, named: Collection[str]) -> ask.HostStudy:
        given = arguments_text({name: text for name, text in args.items() if name in named})
        return ask.trace(worker, source, given or None, "--host-args")

    if part.stand_in and not fusion.pattern.keeps_site:
        return exchange(fusion, part, lambda *layer: trace(*layer).view())
    source = _source(host, part)
    tracing = trace(source, args)
    flag = f"use_{snake(donors[0].source.name)}" if request.when else None
    switch = request.switch or flag
    asked = replace(request, when=None, switch=switch)  # the host answers the condition for all
    inner = replace(asked, host=source.ref, at=part.rest, host_args=None, name=None)
    fused = write(worker, Fusion(inner, fusion.pattern, tracing.source, tracing.view(), donors))
    return _enclosed(fusion, part, fused)


def _source(host: ModuleSource, part: Contained) -> ModuleSource:
    """The class of the contained modules."""
    if part.stand_in is not None:
        path = host.path.with_name(f"{part.name}.py")
        return ModuleSource(f"torch.nn:{part.name}", part.name, part.stand_in, path)
    if part.file is not None:
        return resolve(f"{part.file}:{part.name}")
    return replace(host, ref=f"{host.path}:{part.name}", name=part.name)


def _args(worker: Worker, host: ModuleSource, view: HostView, part: Contained) -> Arguments:
    """The arguments with which the host builds one of them; none where one cannot be written down."""
    payload = {
        "source": wire.from_source(host),
        "observation": wire.from_observation(view.observation),
        "path": part.path,
    }
    args: Arguments | None = worker.submit("constructions", payload).result()["args"]
    return args or {}


def _enclosed(fusion: Fusion, part: Contained, fused: Written) -> Written:
    """Write the host that builds the fused class of what it contains."""
    host = fusion.host
    source = _as_source(fused, host)
    # The fused class is renamed where the host's file has its name.
    cls = f"_{fused.name}_inside" if fused.name in of_source(host).bindings else fused.name
    for _ in range(2):
        writer = _Enclosing(
            request=fusion.request,
            pattern=fusion.pattern,
            host=host,
            view=fusion.view,
            donors=fusion.donors,
            exposures=(),
            part=part,
            inside=fused,
            source=source,
            cls=cls,
        )
        writer.demand_free_keywords()
        named = writer.renames_by_file[source][fused.name]
        if named == cls:
            break
        cls = named
    written = writer.written()
    inside = f"{part.within}.{fused.within}" if fused.within else part.within
    return replace(
        written,
        within=inside,
        inner=fused.inner or part.name,
        added=fused.added,
        gone=fused.gone,
        donors=fused.donors,
        exposed=fused.exposed,
    )


def _as_source(fused: Written, host: ModuleSource) -> ModuleSource:
    """The file of a contained class's fusion, with nothing in it that runs."""
    body = fused.body
    text = f"{body.imports}\n\n\n{body.definitions}\n\n\n{body.fused}\n"
    path = host.path.with_name(f"{fused.name}.py")
    return ModuleSource(fused.name, fused.name, text, path)


@dataclass(frozen=True, eq=False)
class _Enclosing(Writer):
    """Writes the host that builds a fused class."""

    part: Contained
    inside: Written
    source: ModuleSource  # the fused class in a file of its own
    cls: str  # what the fused class is called in the written file

    @cached_property
    def fit(self) -> Fit:
        fit = self.inside.fit
        path = f"{self.part.within}.{fit.site.path}"
        return replace(fit, site=replace(fit.site, path=path))

    @cached_property
    def rendered(self) -> Rendered:
        return self.inside.rendered

    @cached_property
    def keywords(self) -> list[Keyword]:
        """Those of the fused class, but for a flag that the host sets by its condition alone."""
        own = {self.inside.switch} - {self.request.switch}
        return [one for one in self.inside.keywords if one.name not in own]

    @cached_property
    def handed(self) -> dict[str, str]:
        """What the host hands on to the fused class: expressions by keyword."""
        values = {one.name: one.name for one in self.inside.keywords}
        if self.request.when:
            assert self.inside.switch
            values[self.inside.switch] = test_of(self.request, self.view)
        return values

    @cached_property
    def active(self) -> tuple[bool, ...]:
        """Whether the fused classes have their donors, run by run."""
        calls = self._calls if self.request.when else ()
        return active_for(self.view, calls, self.part.within)

    def demand_free_keywords(self) -> None:
        """Refuse a keyword of the fused class that the host's constructor means something else by.

        Raises:
            UsageError: the message names both.
        """
        taken = constructor_names(self.view) & {one.name for one in self.keywords}
        if taken:
            raise UsageError(
                f"`{min(taken)}`, a keyword of the fused {self.part.name}, is a name that the "
                f"constructor of {self.host.name} uses already",
                "choose another: --switch NAME, or expose another argument",
            )

    def fused_as(self, name: str) -> str:
        edits = Edits()
        for one in self.part.references:
            edits.expressions[one] = lambda _: cst.Name(self.cls)
        for call in self._calls if self.handed else ():
            edits.expressions[call] = self._handing_on
        tree = without_copies(self.view.source.tree.visit(Apply(edits)), self.view.source)
        text = tree.visit(Rename(self.host.name, name, self.docstring)).code
        return with_keywords(text, self.keywords)

    @property
    def _calls(self) -> list[cst.Call]:
        """Where the host's constructor builds the class, which is where it can hand keywords on."""
        init = self.view.source.methods.get("__init__")
        calls = self.part.builds(init) if init else []
        if len(calls) < len(self.part.references):
            raise CannotFuse(
                f"{self.host.name} builds {self.part.name} elsewhere than in its constructor, which "
                f"could not hand on {min(self.handed)}",
                f"fuse into {self.part.name}, then let your host build the fused class",
            )
        return calls

    def _handing_on(self, call: cst.BaseExpression) -> cst.Call:
        built = cst.ensure_type(call, cst.Call)
        more = [keyword_argument(name, expression(value)) for name, value in self.handed.items()]
        return built.with_changes(args=[*built.args, *more])

    @cached_property
    def classes(self) -> list[tuple[str, str, ModuleSource]]:
        return [(self.cls, self.inside.name, self.source)]

    @cached_property
    def carried(self) -> Carried:
        own, inner = self.carry(), self.inside.carried
        return replace(
            own,
            notes=tuple(dict.fromkeys([*own.notes, *inner.notes])),
            licences=tuple(dict.fromkeys([*own.licences, *inner.licences])),
        )

    def legend(self) -> Iterator[tuple[str, str]]:
        yield self.part.within, self.cls
        for name, value in self.handed.items():
            test = "" if value == name else f"{value}, "
            yield name, f"{test}handed on to {self.cls}"

    def formulas(self) -> list[str]:
        return []
