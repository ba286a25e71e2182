"""One donor at one site: whether it can serve there, how it is built, and its adapters."""

from __future__ import annotations

from fusion_cli.fit import proof
from fusion_cli.fit.adapters.glue import Chain
from fusion_cli.fit.adapters.order import adapted
from fusion_cli.fit.donors.between import between
from fusion_cli.fit.donors.call import donor_call
from fusion_cli.fit.donors.channels import channels
from fusion_cli.fit.donors.demands import demand_served
from fusion_cli.fit.donors.layout import layouts
from fusion_cli.fit.donors.placed import Placed, Prove, placed
from fusion_cli.fit.donors.size import resize
from fusion_cli.fit.need import Need, Runs
from fusion_cli.fit.sites import Site
from fusion_cli.model.errors import CannotFuse
from fusion_cli.study.views import DonorView, HostView


def donor_chain(
    host: HostView, site: Site, donor: DonorView, need: Need, name: str, adapt: bool
) -> Chain:
    """The constructor call of the donor, whose class is called `name`, among its adapters.

    Raises:
        CannotFuse: no adapter makes the donor map what the site does, or one would be needed
            and none may be (`adapt`).
    """

    def prove(wanted: Runs, role: str) -> str:
        return proof.prove(host, site, wanted, _end(need, wanted, role))

    at_site = placed(site.path, donor, need)
    chain = chained(at_site, name, prove)
    if chain.words and not adapt:
        raise _needs_adapter(at_site, chain)
    return chain


def chained(placed: Placed, name: str, prove: Prove) -> Chain:
    """The donor among its adapters: what is asked, decided, and then written."""
    demand_served(placed)
    size = resize(placed)
    widths = channels(placed)
    layout = layouts(placed, size)
    new = donor_call(placed, name, widths, size.stride, prove)
    return adapted(new, between(placed, layout, widths, size, prove))


def _end(need: Need, wanted: Runs, role: str) -> str:
    """The role of a number of channels that one end of the site alone has: it is sought there."""
    before, after = need.channels(0), need.channels(1)
    if role == "stride" or before == after or wanted not in (before, after):
        return role
    return "in" if wanted == before else "out"


def _needs_adapter(placed: Placed, chain: Chain) -> CannotFuse:
    donor = placed.donor
    return CannotFuse(
        f"{donor.source.name} ({donor.observation.contract}) needs an adapter at "
        f"`{placed.site}` ({placed.need.contract}): {', '.join(chain.words)}",
        "leave out --no-adapt, or choose another site with --at",
    )
