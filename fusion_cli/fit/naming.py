"""Names for what a fused class adds to its host."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fusion_cli.study.views import HostView


class Names:
    """Hands out attribute names that the host does not use."""

    def __init__(self, host: HostView, taken: Iterable[str] = ()) -> None:
        self._taken = {*host.source.attributes, *host.attributes, *taken}

    def is_free(self, name: str) -> bool:
        return name not in self._taken

    def free(self, name: str) -> str:
        """The name, or the nearest one with a number that is free; it is taken from now on."""
        numbered = (f"{name}{number}" for number in range(2, 100))
        found = name if self.is_free(name) else next(filter(self.is_free, numbered))
        self._taken.add(found)
        return found


def snake(name: str) -> str:
    """`ConvNeXtBlock` → `convnext_block`: a capital after a small letter begins a new word.

    Words of one or two letters are no words of their own and stay with the one before.
    """
    words = re.findall(r"[A-Z0-9_]*[^\WA-Z]*", name)
    joined: list[str] = []
    for word in (word for word in words if word):
        if joined and len(word) <= 2:
            joined[-1] += word
        else:
            joined.append(word)
    return "_".join(word.lower().strip("_") for word in joined)
