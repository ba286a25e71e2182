"""The layout in which a donor is adapted at a site."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Layouts
from fusion_cli.fit.donors.placed import Placed
from fusion_cli.fit.donors.size import Resize
from fusion_cli.model.contract import Layout


def layouts(placed: Placed, size: Resize) -> Layouts:
    donor, site = placed.contract.layout, placed.need.layout
    return Layouts(donor, _work(placed, size, donor, site), site)


def _work(placed: Placed, size: Resize, donor: Layout, site: Layout) -> Layout:
    """The site's own layout where that is enough, else that of torch's convolutions."""
    if site == "tokens" and (donor in ("nchw", "nhwc") or placed.takes_grid):
        raise placed.refusal("the height and the width of the map are not known among tokens")
    keeps = not size.is_adapted and placed.donor.observation.multiple == 1
    if donor == site and (site != "nhwc" or keeps):
        if site != "nchw" and size.is_adapted:
            what = "number of tokens" if site == "tokens" else "size of its input"
            raise placed.refusal(f"the {what} is not adapted")
        return site
    if "other" in (donor, site):
        raise placed.refusal("the layouts differ")
    return "nchw"
