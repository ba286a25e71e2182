"""Put a written file together: the fused class, all that it needs, and what is said of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fusion_cli import __version__
from fusion_cli.fit.adapters.glue import REARRANGE
from fusion_cli.fit.choose import Fit, choose, snake
from fusion_cli.fit.conditions import active, demand_known, guard_of
from fusion_cli.fit.exposed import (
    Exposed,
    constructor_names,
    demand_read,
    exposed,
    handed,
    handed_on,
)
from fusion_cli.fit.guard import Guard
from fusion_cli.fit.zero import GUARANTEE, from_zero
from fusion_cli.model.adapting import Adapting
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.errors import UsageError
from fusion_cli.model.keyword import Keyword
from fusion_cli.model.pattern import Pattern
from fusion_cli.model.placeholders import CALL
from fusion_cli.model.requests import FuseRequest
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render import lineage, smoke
from fusion_cli.render.carry.closure import Carried, Need, carry
from fusion_cli.render.formula import formulas
from fusion_cli.render.rewrite.rewrite import Rendered, Rewriter
from fusion_cli.render.rewrite.signature import with_keywords
from fusion_cli.render.templates import ModuleText, render_pattern
from fusion_cli.render.written import Written
from fusion_cli.resolve.references import resolve
from fusion_cli.study.views import DonorView, HostView
from fusion_cli.syntax.edit import rename_globals
from fusion_cli.syntax.modules import of_source
from fusion_cli.syntax.names import free_names, global_names

# What a pattern may use without the host's file importing it.
_PRELUDE = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import rearrange
from einops.layers.torch import Rearrange
"""


@dataclass(frozen=True, eq=False)
class Fusion:
    """What is to be fused: the request, and its pattern, host and donors as they were found."""

    request: FuseRequest
    pattern: Pattern
    host: ModuleSource
    view: HostView
    donors: Sequence[DonorView]

    @property
    def name(self) -> str:
        """The name of the fused class."""
        names = [self.host.name, *(donor.source.name for donor in self.donors)]
        return self.request.name or "_".join(names)


def assemble(fusion: Fusion, make: Callable[..., Writer] | None = None) -> Written:
    """Write the file of one fusion, by the `Writer` that `make` gives.

    Raises:
        CannotFuse: no site can take these donors.
        UsageError: `--name` is a name that the file needs for something else.
    """
    request, host, view = fusion.request, fusion.host, fusion.view
    if request.when:
        demand_known(request.when, host, view)
    exposures = exposed(request.expose, fusion.donors, view)
    donors = _named_apart(handed_on(fusion.donors, exposures), host, request)
    for _ in range(len(donors) + 2):  # what the host needs the name of is renamed
        writer = (make or Writer)(request, fusion.pattern, host, view, donors, exposures)
        named = writer.named_donors
        if named == donors:
            break
        donors = named
    return writer.written()


def _named_apart(
    donors: Sequence[DonorView], host: ModuleSource, request: FuseRequest
) -> list[DonorView]:
    """The donors, none of whose classes or adapters has a name that the host's file may mean."""
    apart = {name: f"_{name}_of_a_donor" for name in of_source(host).bindings}
    adapting = Adapting(not request.no_adapt, apart)
    return [replace(one, cls=apart.get(one.cls, one.cls), adapting=adapting) for one in donors]


@dataclass(frozen=True, eq=False)
class Writer(Fusion):
    """Writes the file of one fusion, part by part."""

    exposures: Sequence[Exposed]

    def chosen(self) -> Fit:
        """The site and what the donors are given there."""
        return choose(self.view, self.donors, self.pattern, self.request.at)

    @cached_property
    def fit(self) -> Fit:
        fit = self.chosen()
        demand_read(fit.plan, self.exposures)
        return from_zero(fit, self.view, self.pattern) if self.request.init else fit

    @cached_property
    def keywords(self) -> list[Keyword]:
        """What the constructor takes beyond the host's arguments."""
        found = [one.keyword for one in self.exposures]
        if self.request.switch:
            found.append(Keyword(self.request.switch, "True", "bool"))
        return found

    @cached_property
    def rendered(self) -> Rendered:
        return render_pattern(self.pattern, self.fit.plan)

    @cached_property
    def fused(self) -> str:
        return self.fused_as(self.name)

    def fused_as(self, name: str) -> str:
        return with_keywords(self._rewriter.rewrite(name, self.docstring), self.keywords)

    @cached_property
    def _rewriter(self) -> Rewriter:
        return Rewriter(self.view, self.fit.site, self.rendered, self.guard)

    @cached_property
    def guard(self) -> Guard | None:
        """Where the donors are, if not everywhere."""
        taken = constructor_names(self.view) | {donor.cls for donor in self.donors}
        taken |= {one.keyword.name for one in self.exposures}
        stem = snake(self.donors[0].source.name)
        return guard_of(self.request, self.view, self.fit.plan, stem, taken)

    @cached_property
    def build(self) -> str:
        """The call that builds the block in the smoke test."""
        return f"{self.name}({arguments_text(self.view.observation.base.args)})"

    @cached_property
    def needs(self) -> list[Need]:
        """The global names of the fused class and its smoke test, by the file that gives them."""
        wanted = set(global_names(f"{self.fused}\n\n{self.build}\n")) - {self.name} | {"torch"}
        files = [self.host, *(source for _, _, source in self.classes), self._prelude]
        by_file: dict[ModuleSource, set[str]] = {file: set() for file in files}
        for one in wanted - {cls for cls, _, _ in self.classes}:
            giver = next((file for file in files if one in of_source(file).bindings), self.host)
            by_file[giver].add(one)
        for _, name, file in self.classes:
            by_file[file].add(name)
        return [Need(file, frozenset(names)) for file, names in by_file.items() if names]

    @property
    def _prelude(self) -> ModuleSource:
        return ModuleSource("", "", _PRELUDE, self.pattern.path)

    @cached_property
    def carried(self) -> Carried:
        return self.carry()

    def carry(self) -> Carried:
        """What the fused class needs."""
        return carry(self.needs, self.request.style)  # type: ignore[arg-type]

    @cached_property
    def _renames(self) -> dict[str, str]:
        """What the written file calls those names of the fused class that it cannot keep."""
        classes = {name for _, name, _ in self.classes}
        return {
            name: new
            for need, mapping in zip(self.needs, self.carried.renames, strict=True)
            for name, new in mapping.items()
            if new != name and (need.source is self.host or name not in classes)
        }

    @cached_property
    def classes(self) -> list[tuple[str, str, ModuleSource]]:
        """Donors and adapters: the name in the written file, the name in its own, and that file."""
        donors = [(one.cls, one.source.name, one.source) for one in self.donors]
        name = self.donors[0].adapting.name
        used = self.fit.adapter_classes
        return donors + [(name(one), one, self._adapter_source(one)) for one in used]

    def _adapter_source(self, cls: str) -> ModuleSource:
        return self._prelude if cls == REARRANGE else resolve(cls, ("adapters",))

    @property
    def renames_by_file(self) -> dict[ModuleSource, Mapping[str, str]]:
        """What the written file calls the names that it wants of each file."""
        renames = zip(self.needs, self.carried.renames, strict=True)
        return {need.source: mapping for need, mapping in renames}

    @property
    def named_donors(self) -> list[DonorView]:
        """The donors, with what their classes and those of adapters are called in the written file."""
        renames = self.renames_by_file
        names = {one: renames[self._adapter_source(one)][one] for one in self.fit.adapter_classes}
        adapting = replace(self.donors[0].adapting, names=names)
        return [
            replace(one, cls=renames[one.source][one.source.name], adapting=adapting)
            for one in self.donors
        ]

    def written(self) -> Written:
        self._demand_free_name()
        feed = smoke.feed(self.view.observation)
        body = ModuleText(
            summary=f"{self.host.name} fused with {self._donor_list()}: {self._what()}.",
            header=self._header(),
            imports="\n".join(self.carried.imports),
            definitions="\n\n\n".join(self.carried.definitions),
            fused=rename_globals(self.fused, self._renames),
            build=rename_globals(self.build, self._renames),
            tensors=[name for name in feed if name in smoke.INPUTS],
            feed=feed,
            call=smoke.call(self.view.observation, list(feed)),
            shapes=smoke.SHAPES[self.view.flows[0].packed],
        )
        promised = (*self.pattern.guarantees, *((GUARANTEE,) if self.request.init else ()))
        return Written(
            fit=self.fit,
            rendered=self.rendered,
            name=self.name,
            body=body,
            carried=self.carried,
            guarantees=promised,
            keywords=tuple(self.keywords),
            exposed=tuple(handed(self.fit, self.donors, self.exposures)),
            when=self.request.when,
            switch=self.request.switch,
            active=self.active,
            added=self.added,
            gone=() if CALL in self.rendered.call else self.fit.site.modules,
            donors=tuple(one.cls for one in self.donors),
        )

    @property
    def added(self) -> tuple[str, ...]:
        """The paths at which the pattern's declarations hold weights."""
        lines = [line for line in self.rendered.init.splitlines() if line.startswith("self.")]
        targets = [line.split("=")[0].strip().removeprefix("self.") for line in lines]
        return tuple(map(self.fit.path_of, targets))

    @cached_property
    def active(self) -> tuple[bool, ...]:
        """Whether the donors are there, run by run."""
        return active(self.view, self.fit.site)

    def _demand_free_name(self) -> None:
        carried = _defined("\n\n".join([*self.carried.imports, *self.carried.definitions]))
        used = free_names(self.fused_as(f"{self.name}_"))  # under another name: without its own
        if self.name in carried | used | smoke.BOUND:
            raise UsageError(
                f"--name: `{self.name}` is the name of something that the file needs",
                "choose a name that neither the host's nor the donors' files define",
            )

    # ---- words -------------------------------------------------------------------------------

    def _donor_list(self) -> str:
        return " and ".join(dict.fromkeys(donor.source.name for donor in self.donors))

    def _what(self) -> str:
        summary = self.pattern.summary.rstrip(".")
        return summary if len(self.donors) == 1 else f"{summary} (of {len(self.donors)} donors)"

    def _header(self) -> list[tuple[str, str]]:
        rows = [("host", lineage.described(self.host))]
        rows += [("donor", lineage.described(donor.source)) for donor in self.donors]
        rows += [("mended", one) for one in lineage.repairs(donor.source for donor in self.donors)]
        where = f" when {self.request.when}" if self.request.when else ""
        rows.append(("pattern", f"{self.pattern.name} at {self.fit.site.path}{where}"))
        rows += [("adapter", one) for one in self.fit.adapters]
        sources = [self.host, *(donor.source for donor in self.donors)]
        licences = dict.fromkeys([*self.carried.licences, *lineage.licences(sources)])
        rows += [("licence", one) for one in licences]
        rows += [("command", one) for one in lineage.commands(self.request, sources)]
        rows.append(("written by", f"fuse {__version__}"))
        return rows

    @cached_property
    def docstring(self) -> str:
        site = self.fit.site
        lines = [
            f"{self.host.name} with {self._donor_list()}: {self.pattern.name} at `{site.path}`.",
            "",
        ]
        lines += [f"    {one}" for one in self.formulas()]
        legend = [f"    {name}: {what}" for name, what in self.legend()]
        contract = f"Shapes: {self.view.observation.contract}."
        own = _rest_of_docstring(self.view)
        text = [*lines, *legend, "", contract, *(["", *own] if own else []), ""]
        return '"""' + "\n".join(text) + '"""'

    def legend(self) -> Iterator[tuple[str, str]]:
        """What the names in the formula stand for."""
        plan = self.fit.plan
        yield from ((donor.attr, donor.new) for donor in plan.donors)
        for one in self.exposures:
            yield one.keyword.name, f"`{one.parameter}` of {self.donors[one.donor].source.name}"
        if self.guard is not None:
            test = f"{self.guard.test}; " if self.request.when else ""
            yield self.guard.flag, f"{test}where it is false the block is {self.host.name}"
        if plan.share:
            yield plan.share, f"{plan.site.share}, the channels of each donor"
        if plan.zero:
            yield plan.zero, "starts at 0, so that the block begins as its host"

    def formulas(self) -> list[str]:
        """The formula of the base run, then of each other run that computes something else."""
        runs = [index for index, on in enumerate(self.active) if on]
        return formulas(self.view, self.fit.site, self.rendered.call, runs)


def _defined(text: str) -> set[str]:
    """The names that the statements of a file bind at its top level."""
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(one.asname or one.name).split(".")[0] for one in node.names}
        else:
            names |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return names


_ARGUMENTS = re.compile(r"^(Args|Arguments|Parameters|:param\b.*):?\s*$|^:param\b", re.MULTILINE)


def _rest_of_docstring(view: HostView) -> list[str]:
    """What the host's docstring says of its arguments: that stays true, the rest may not."""
    text = (view.source.node.get_docstring() or "").replace('"""', "'''")
    found = _ARGUMENTS.search(text)
    return text[found.start() :].rstrip().splitlines() if found else []
