"""Whether a donor can serve a site: each demand refuses, in words, what no adapter mends."""

from __future__ import annotations

from fusion_cli.fit.donors.placed import Placed
from fusion_cli.model.contract import space


def demand_served(placed: Placed) -> None:
    """Refuse a donor that does not make one tensor of what the site is given.

    Raises:
        CannotFuse: it cannot be adapted.
    """
    _demand_inputs(placed)
    if placed.need.inputs > 1:
        _demand_plain(placed)
    _demand_output(placed)
    _demand_size(placed)
    if placed.gives_gate:
        _demand_broadcast(placed)


def _demand_inputs(placed: Placed) -> None:
    """Refuse a donor that takes another number of tensors, or others than the site has."""
    taken, count = placed.contract.inputs, placed.need.inputs
    maps = [axes for axes in taken if len(axes) > 1]
    if len(maps) != count:
        has = "one" if count == 1 else "two"
        takes = "one input" if len(maps) == 1 else f"{len(maps)} inputs"
        raise placed.refusal(f"it takes {takes} and the site has {has}")
    if len(taken) > count and not placed.takes_grid:
        raise placed.refusal("what it takes beside the tensor is not the height and the width")


def _demand_plain(placed: Placed) -> None:
    """Refuse a donor of several inputs that would need adapters before it."""
    contract, seen = placed.contract, placed.donor.observation
    if len({axes for axes in contract.inputs if len(axes) > 1}) > 1:
        raise placed.refusal("its two inputs differ in shape")
    keeps = contract.scale is not None and set(contract.scale) <= {1}
    alike = contract.layout == placed.need.layout
    if not (keeps and alike) or seen.gate or seen.multiple > 1:
        raise placed.refusal("a donor of two inputs is given them as they are, and keeps the map")


def _demand_output(placed: Placed) -> None:
    """Refuse a donor of several outputs, or of one in which the channels stand elsewhere."""
    outputs, returns = placed.contract.outputs, placed.donor.observation.returns
    if returns == "other" and len(outputs) == 1:
        raise placed.refusal("it returns no tensor, and no tuple or list that begins with one")
    if returns == "other" or outputs[0] in outputs[1:]:
        raise placed.refusal(
            f"it gives {len(outputs)} outputs, and none is known to be the one for the site"
        )
    if not placed.contract.keeps_layout or not placed.need.keeps_layout:
        raise placed.refusal("the layout of its output is not that of its input")


def _demand_size(placed: Placed) -> None:
    """Refuse a donor that runs at one size only, where the site's map has another."""
    sizes = [str(axis) for axis in space(placed.contract.inputs[0])]
    site = [str(axis) for axis in space(placed.need.contract.inputs[0])]
    if any(size.isdigit() for size in sizes) and sizes != site:
        what = "tokens" if len(sizes) == 1 else "pixels"
        raise placed.refusal(f"it runs on {'×'.join(sizes)} {what} only")


def _demand_broadcast(placed: Placed) -> None:
    """Refuse a gate that would have to be changed between the donor and the product."""
    if placed.contract.layout == "tokens" != placed.need.layout:
        raise placed.refusal("its gate is one of tokens")
    if any(scale is not None and scale > 1 for scale in placed.need.scales):
        raise placed.refusal("the site enlarges the map that its gate is made of")
