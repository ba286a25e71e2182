"""`--ratio`: a share of the channels that a site gives, for each donor of a pattern that splits them.

The share is a number of the fused class, `c_ // 2` or `int(c_ * 0.25)`, and the donors are built with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fusion_cli.fit.proof import anchor, prove, spread
from fusion_cli.fit.sites import Site
from fusion_cli.model.basics import Shape
from fusion_cli.model.errors import CannotFuse, UsageError
from fusion_cli.model.jobs import Scope
from fusion_cli.model.pattern import Pattern
from fusion_cli.study.views import HostView


@dataclass(frozen=True)
class Share:
    """The share as an expression, what donors of it map run by run, and a host that knows it.

    `attribute` will hold it in the fused class.
    """

    attribute: str
    text: str
    runs: tuple[tuple[Shape, Shape] | None, ...]
    host: HostView


def with_ratio(pattern: Pattern, ratio: float | None) -> Pattern:
    """The pattern with the ratio that was asked for.

    Raises:
        UsageError: it splits no channels.
    """
    if ratio is not None and not pattern.splits:
        raise UsageError(
            f"--ratio: `{pattern.name}` splits no channels", "leave it out, or choose `split`"
        )
    return replace(pattern, ratio=ratio)


def shared(
    host: HostView, site: Site, ratio: float | None, donors: int, axis: int, attribute: str
) -> Share:
    """The share of each donor, which `self.attribute` will hold.

    Without a ratio the donors and what stays as it is share evenly.

    Raises:
        CannotFuse: the channels are too few for it, or no expression gives their number.
    """
    whole = [None if run is None else run[1][axis] for run in site.runs]
    parts = [None if width is None else _part(width, ratio, donors) for width in whole]
    for width, part in zip(whole, parts, strict=True):
        if width is not None and part is not None and not 0 < part * donors < width:
            raise CannotFuse(
                f"`{site.path}` of {host.source.name} gives {spread(whole)} channels: split, they "
                f"leave {'none as it is' if part else 'none for a donor'}",
                "choose another --ratio, or a site with more channels",
            )
    text = prove(host, site, whole, "out")
    text = text if text.isalnum() or text.isidentifier() else f"({text})"
    scopes = tuple(
        _known(scope, anchor(host, site), f"self.{attribute}", part)
        for scope, part in zip(host.scopes, parts, strict=True)
    )
    return Share(
        attribute=attribute,
        text=f"{text} // {donors + 1}" if ratio is None else f"int({text} * {ratio!r})",
        runs=tuple(
            None if run is None or part is None else (_narrow(run[1], axis, part),) * 2
            for run, part in zip(site.runs, parts, strict=True)
        ),
        host=replace(host, scopes=scopes),
    )


def _part(whole: int, ratio: float | None, donors: int) -> int:
    return whole // (donors + 1) if ratio is None else int(whole * ratio)


def _known(scope: Scope, number: int, text: str, value: int | None) -> Scope:
    return scope if value is None else {**scope, number: {**scope.get(number, {}), text: value}}


def _narrow(shape: Sequence[int], axis: int, width: int) -> Shape:
    return (*shape[:axis], width, *shape[axis + 1 :])
