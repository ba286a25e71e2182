"""What a site maps: its layout and its contract, read from the shapes of all runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fusion_cli.fit.need import scale
from fusion_cli.fit.sites import Site, locate
from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.contract import Contract
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.flow import shapes_of
from fusion_cli.model.infer import infer
from fusion_cli.model.observation import Run
from fusion_cli.model.outcomes import SiteRow
from fusion_cli.study.views import HostView


def site_contract(host: HostView, site: Site) -> tuple[Contract, int]:
    """The contract of a site, over all runs with the stride of the first, and its axis of channels."""
    if not any(site.runs):
        raise CannotFuse(
            f"`{site.path}` of {host.source.name} did not run with any arguments tried"
        )
    names = site_layout(host, site)
    axis = names.split().index("c")
    observed = [pair for pair in site.runs[: len(host.observation.runs)] if pair]
    pairs = observed or [pair for pair in site.runs if pair]
    steps = [scale(given, made, axis) for given, made in pairs]
    alike = [pair for pair, step in zip(pairs, steps, strict=True) if step == steps[0]]
    return infer([Run({}, (given,), (made,)) for given, made in alike], (names,)), axis


def site_layout(host: HostView, site: Site) -> str:
    """The axis names of the site's input: which axes follow the height and width that were fed."""
    pairs = [
        (run.args, pair) for run, pair in zip(host.runs, site.runs, strict=True) if pair is not None
    ]
    rank = len(pairs[0][1][0])
    if rank == 3:
        return "b n c" if _follows(pairs, 1) or not _follows(pairs, 2) else "b c n"
    if rank == 4:
        return "b h w c" if _follows(pairs, 1) and not _follows(pairs, 3) else "b c h w"
    if rank == 2:
        return "b c"
    raise CannotFuse(
        f"the input of `{site.path}` has {rank} axes",
        "fuse fits donors to maps (b c h w or b h w c) and tokens (b n c)",
    )


def _follows(pairs: Sequence[tuple[Arguments, tuple[Shape, Shape]]], axis: int) -> bool:
    """Whether an axis changes between runs that differ in nothing but the size of the map."""
    return any(
        args == other_args and given[axis] != other[axis]
        for index, (args, (given, _)) in enumerate(pairs)
        for other_args, (other, _) in pairs[:index]
    )


def site_rows(host: HostView) -> Iterator[SiteRow]:
    """Every submodule that a run called, as `fuse show` tells of it."""
    for path in host.paths:
        flow = next(flow for flow in host.flows if flow.calls(path))
        calls = flow.calls(path)
        node = calls[0]
        yield SiteRow(
            path=path,
            contract=_contract_text(host, path),
            input=shapes_of(flow, node.inputs),
            output=shapes_of(flow, node.outputs),
            name=flow.modules[path].cls,
            calls=len(calls),
        )


def _contract_text(host: HostView, path: str) -> str:
    """The contract of a site, or nothing where the source has no handle on it or it has no layout."""
    try:
        return str(site_contract(host, locate(host, path))[0])
    except (CannotFuse, ValueError):
        return ""
