"""A fused class in its file: the text, and what the battery has to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fusion_cli.fit.choose import Fit
from fusion_cli.model.facts import Application, FusionFacts, HandedOn
from fusion_cli.model.keyword import Keyword
from fusion_cli.model.report import CheckResult
from fusion_cli.render.carry.closure import Carried
from fusion_cli.render.rewrite.rewrite import Rendered
from fusion_cli.render.style import formatted
from fusion_cli.render.templates import ModuleText, render_module


@dataclass(frozen=True)
class Written:
    """A fused class in its file, before it is verified."""

    fit: Fit
    rendered: Rendered
    name: str
    body: ModuleText
    carried: Carried
    guarantees: tuple[str, ...]
    keywords: tuple[Keyword, ...]  # what the constructor takes beyond the host's arguments
    exposed: tuple[HandedOn, ...]
    when: str | None
    switch: str | None
    active: tuple[bool, ...]  # whether the donors are there, run by run
    donors: tuple[str, ...]  # what their classes are called in the file
    added: tuple[str, ...]  # where the class with the site holds weights that its host does not
    gone: tuple[str, ...]  # and where it has none that its host has; "" is the class itself
    within: str = ""  # the contained modules that the site is in (`m.*`), and their class
    inner: str = ""

    def text(self, allowed: Sequence[CheckResult] = ()) -> str:
        """The file; checks that failed and were allowed stand in its header."""
        rows = [("allowed", f"{row.name}: {row.detail}") for row in allowed]
        return formatted(render_module(replace(self.body, header=[*self.body.header, *rows])))

    @property
    def facts(self) -> FusionFacts:
        """What the battery is told of the class."""
        site = self.fit.site
        return FusionFacts(
            application=Application(
                call=self.rendered.call,
                first=site.first,
                last=site.last,
                maker=site.maker,
                joins=site.kind == "join",
                within=self.within,
                inner=self.inner,
            ),
            guarantees=self.guarantees,
            added=self._inside(self.added),
            gone=self._inside(self.gone),
            active=self.active,
            keywords=tuple(one.name for one in self.keywords),
            exposed=self.exposed,
            when=self.when,
            switch=self.switch,
        )

    def _inside(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Paths in the class that holds the site, as they are in the whole block."""
        return tuple(f"{self.within}.{path}".strip(".") for path in paths)
