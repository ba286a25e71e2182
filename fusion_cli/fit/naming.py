"""Names for what a fused class adds to its host."""

from __future__ import annotations

from fusion_cli.model.plan import Plan
from fusion_cli.study.views import HostView


class Names:
    """Hands out attribute names that the host does not use."""

    def __init__(self, host: HostView, plan: Plan | None = None) -> None:
        self._taken = set(host.source.attributes) | host.attributes
        if plan is not None:
            self._taken |= {*plan.attrs.values(), plan.share, plan.zero}
            self._taken |= {donor.attr for donor in plan.donors}

    def is_free(self, name: str) -> bool:
        return name not in self._taken

    def free(self, name: str) -> str:
        """The name, or the nearest one with a number that is free; it is taken from now on."""
        numbered = (f"{name}{number}" for number in range(2, 100))
        found = name if self.is_free(name) else next(filter(self.is_free, numbered))
        self._taken.add(found)
        return found
