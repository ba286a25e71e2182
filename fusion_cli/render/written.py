"""A fused class in its file: the text, and what the battery has to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fusion_cli.fit.plan import Plan
from fusion_cli.fit.zero import GUARANTEE
from fusion_cli.model.facts import Application, FusionFacts, HandedOn
from fusion_cli.model.report import CheckResult
from fusion_cli.render.carry.closure import Carried
from fusion_cli.render.rewrite.idle import Idle
from fusion_cli.render.style import formatted
from fusion_cli.render.templates import ModuleText, render_module


@dataclass(frozen=True, eq=False)
class Written:
    """A fused class in its file, before it is verified."""

    plan: Plan
    donors: tuple[str, ...]  # what their classes are called in the file
    body: ModuleText
    carried: Carried
    idle: Idle  # the host's arguments that have no effect in the fused class
    dropped: tuple[str, ...]  # those of them that it does not take

    @property
    def name(self) -> str:
        """The name of the fused class."""
        return self.plan.fusion.name

    def text(self, allowed: Sequence[CheckResult] = ()) -> str:
        """The file; checks that failed and were allowed stand in its header."""
        rows = [("allowed", f"{row.name}: {row.detail}") for row in allowed]
        return formatted(render_module(replace(self.body, header=[*self.body.header, *rows])))

    @property
    def facts(self) -> FusionFacts:
        """What the battery has to know of the class."""
        plan, request = self.plan, self.plan.fusion.request
        site = plan.innermost.placement.site
        base = plan.fusion.host.observation.base.args
        promised = plan.fusion.pattern.guarantees
        return FusionFacts(
            application=Application(
                call=plan.call,
                first=site.first,
                last=site.last,
                maker=site.maker,
                joins=site.kind == "join",
                within=plan.within,
                inner=plan.inner,
            ),
            guarantees=(*promised, GUARANTEE) if request.init else promised,
            added=self._from_block(plan.added),
            gone=self._from_block(plan.gone),
            active=plan.active,
            keywords=tuple(keyword.name for keyword in plan.keywords),
            exposed=self._exposed,
            when=request.when,
            switch=request.switch,
            dropped={name: base.get(name) for name in self.dropped},
        )

    @property
    def _exposed(self) -> tuple[HandedOn, ...]:
        """What the battery follows through the constructors."""
        placement = self.plan.innermost.placement
        attrs = [donor.attr for donor in placement.context.donors]
        return tuple(
            HandedOn(
                exposure.keyword.name,
                self.donors[exposure.donor],
                exposure.parameter,
                placement.path_of(attrs[exposure.donor]),
            )
            for exposure in self.plan.exposures
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the carried files and the fused class are noted for."""
        left = [part for name, items in self.idle.items() for part in items or (name,)]
        left = [part for part in left if part not in self.dropped]
        if not left:
            return self.carried.notes
        named = ", ".join(f"`{part}`" for part in left)
        hint = "" if all(self.idle.values()) else "; --drop-dead-args leaves arguments out"
        verb = "has" if len(left) == 1 else "have"
        note = f"{named} of {self.name} {verb} no effect: what read it is replaced{hint}"
        return (*self.carried.notes, note)

    def _from_block(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Paths in the class that holds the site, as they are in the whole block."""
        return tuple(f"{self.plan.within}.{path}".strip(".") for path in paths)
