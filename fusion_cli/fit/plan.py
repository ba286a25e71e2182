"""One fusion, decided: complete before a line of it is written, and all that rendering sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import libcst as cst

from fusion_cli.fit.contained import Contained
from fusion_cli.fit.exposed import Exposed
from fusion_cli.fit.guard import Guard
from fusion_cli.fit.sites import Site
from fusion_cli.model.contract import Contract
from fusion_cli.model.keyword import Keyword
from fusion_cli.model.pattern import Pattern
from fusion_cli.model.placeholders import ARG, CALL
from fusion_cli.model.plan import PatternContext, Rendered
from fusion_cli.model.requests import FuseRequest
from fusion_cli.study.views import DonorView, HostView


@dataclass(frozen=True, eq=False)
class Fusion:
    """What is to be fused: the request, its pattern, and host and donors as they were seen."""

    request: FuseRequest
    pattern: Pattern
    host: HostView
    donors: tuple[DonorView, ...]

    @property
    def name(self) -> str:
        """The name of the fused class."""
        names = [self.host.file.name, *(donor.source.name for donor in self.donors)]
        return self.request.name or "_".join(names)


@dataclass(frozen=True, eq=False)
class Placement:
    """The donors at a site: what a template sees of it, and the adapters that it took.

    `adapters` are those in words, `adapter_classes` the classes that a file has to hold for them.
    """

    site: Site
    contract: Contract
    context: PatternContext
    adapters: tuple[str, ...] = ()
    adapter_classes: tuple[str, ...] = ()

    def path_of(self, attr: str) -> str:
        """The path of an attribute that the pattern sets; `body[1]` is the site itself, by its place."""
        return self.site.first if "[" in attr else attr


@dataclass(frozen=True, eq=False)
class AtSite:
    """The host's own expressions at the site are rewritten."""

    rendered: Rendered


@dataclass(frozen=True, eq=False)
class Exchange:
    """The host builds the donor instead of the layers of torch that it holds in `part`.

    `new` has what it builds, by the call that built the layer.
    """

    part: Contained
    new: Mapping[cst.Call, cst.BaseExpression]


@dataclass(frozen=True, eq=False)
class Enclosure:
    """The host builds the fused class of what it holds in `part`, which has a plan of its own.

    `calls` build it in the host's constructor, and hand the keywords of `handed` on to it.
    """

    part: Contained
    plan: Plan
    calls: tuple[cst.Call, ...]
    handed: Mapping[str, str]


Change: TypeAlias = AtSite | Exchange | Enclosure
_ALONE = f"self({ARG})"  # what an exchanged layer's call is, seen from the layer


@dataclass(frozen=True, eq=False)
class Plan:
    """One fusion, decided.

    `keywords` are what the constructor takes beyond the host's arguments, `exposures` those of them
    that are a donor's; `active` says run by run whether the donors are there, `guard` how the
    written class tells.
    """

    fusion: Fusion
    placement: Placement
    change: Change
    active: tuple[bool, ...]
    keywords: tuple[Keyword, ...] = ()
    exposures: tuple[Exposed, ...] = ()
    guard: Guard | None = None

    @property
    def innermost(self) -> Plan:
        """The plan for the class that the site is in."""
        return self.change.plan.innermost if isinstance(self.change, Enclosure) else self

    @property
    def call(self) -> str:
        """The pattern's expression, with the site's parts under their stand-in names."""
        change = self.innermost.change
        return change.rendered.call if isinstance(change, AtSite) else _ALONE

    @property
    def within(self) -> str:
        """The contained modules that hold the site (`m.*`), from the host on; empty for its own."""
        if isinstance(self.change, AtSite):
            return ""
        inner = self.change.plan.within if isinstance(self.change, Enclosure) else ""
        return f"{self.change.part.within}.{inner}".rstrip(".")

    @property
    def inner(self) -> str:
        """The class of those modules."""
        last = self
        while isinstance(last.change, Enclosure) and last.change.plan.within:
            last = last.change.plan
        return "" if isinstance(last.change, AtSite) else last.change.part.name

    @property
    def added(self) -> tuple[str, ...]:
        """The paths, in the class with the site, at which the pattern holds weights; "" is itself."""
        last = self.innermost
        if not isinstance(last.change, AtSite):
            return ("",)
        lines = last.change.rendered.init.splitlines()
        targets = [line.split("=")[0].strip() for line in lines if line.startswith("self.")]
        return tuple(last.placement.path_of(target.removeprefix("self.")) for target in targets)

    @property
    def gone(self) -> tuple[str, ...]:
        """The paths there of the host's parts that are no longer run."""
        return () if CALL in self.call else self.innermost.placement.site.modules
