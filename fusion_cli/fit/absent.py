"""Where a fused class is its host after all: arguments with which the site does not run."""

from __future__ import annotations

from fusion_cli.fit.sites import Site
from fusion_cli.model.basics import Arguments, with_arguments
from fusion_cli.model.flow import matches
from fusion_cli.study.views import HostView

MOST = 3


def absent(host: HostView, site: Site, within: str = "", inner: str = "") -> tuple[str, ...]:
    """Notes on the runs without the site, those with the fewest other arguments first.

    `within` are the contained modules, of the class `inner`, that have the site; empty: the host has it.
    """
    there = _within(host, within, inner) if within else [run is not None for run in site.runs]
    changes = [
        _changed(host.observation.base.args, run.args)
        for run, ran in zip(host.runs, there, strict=True)
        if not ran
    ]
    least: list[Arguments] = []
    for change in sorted(changes, key=len):
        if change and not any(other.items() <= change.items() for other in least):
            least.append(change)
    path = f"{within}.{site.path}" if within else site.path
    return tuple(
        f"{with_arguments(one)} `{path}` does not run: the class is {host.source.name} there, "
        "without the donor"
        for one in least[:MOST]
    )


def _within(host: HostView, within: str, inner: str) -> list[bool]:
    """Whether each run calls contained modules of that class."""
    return [
        any(
            flow.modules[node.name].cls == inner and matches(node.name, within)
            for node in flow.nodes
            if node.kind == "module"
        )
        for flow in host.flows
    ]


def _changed(base: Arguments, args: Arguments) -> dict[str, str]:
    return {name: text for name, text in args.items() if base.get(name) != text}
