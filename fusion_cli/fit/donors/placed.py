"""A donor at a site: what is known before anything is decided of it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fusion_cli.fit.need import Need, Runs
from fusion_cli.model.contract import Axes, Contract, Layout, parse_axis
from fusion_cli.model.errors import CannotFuse
from fusion_cli.study.views import DonorView

Prove = Callable[[Runs, str], str]  # the host's expression for a number in every run, by its role


@dataclass(frozen=True)
class Placed:
    """A donor at a site.

    `site` is the site's path, `contract` the donor's there. `roles` names the constructor
    parameters that it may be given there.
    """

    site: str
    donor: DonorView
    need: Need
    contract: Contract
    roles: Mapping[str, str]

    @property
    def gives_gate(self) -> bool:
        """Whether the donor gives a gate where one is wanted: the pattern multiplies with it."""
        return self.donor.observation.gate and self.need.gate

    @property
    def takes_grid(self) -> bool:
        """Whether its forward is `forward(x, h, w)` or `forward(x, (h, w))`, x being tokens."""
        beside = [" ".join(map(str, axes)) for axes in self.contract.inputs[1:]]
        return self.contract.layout == "tokens" and beside == ["h", "w"]

    def refusal(self, reason: str) -> CannotFuse:
        return CannotFuse(
            f"{self.donor.source.name} ({self.donor.observation.contract}) cannot serve "
            f"`{self.site}` ({self.need.contract}): {reason}",
            "choose another site with --at, or other arguments with --donor-args",
        )


def placed(site: str, donor: DonorView, need: Need) -> Placed:
    observation = donor.observation
    contract = _contract(donor, need.layout)
    roles = dict(observation.roles)
    # A stride that the user chose stays; another would change what the size must be a multiple of.
    if roles.get("stride") in donor.given or observation.multiple > 1:
        roles.pop("stride", None)
    return Placed(site, donor, need, contract, roles)


def _contract(donor: DonorView, layout: Layout) -> Contract:
    """The donor's contract at a site of this layout."""
    contract = donor.observation.contract
    if donor.observation.pointwise and layout == "nhwc":
        inputs, outputs = map(_on_pixels, contract.inputs), map(_on_pixels, contract.outputs)
        contract = replace(contract, inputs=tuple(inputs), outputs=tuple(outputs))
    # Multiplied with what it is given, a gate has its shape.
    gate = donor.observation.gate
    return replace(contract, outputs=contract.inputs[:1]) if gate else contract


def _on_pixels(axes: Axes) -> Axes:
    """`b n c` of a donor that maps each place alone, as `b h w c`."""
    if [str(axis) for axis in axes[:2]] != ["b", "n"]:
        return axes
    return (axes[0], parse_axis("h"), parse_axis("w"), *axes[2:])
