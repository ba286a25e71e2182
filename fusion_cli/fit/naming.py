"""Names for what a fused class adds to its host."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fusion_cli.study.views import HostView

# Letters: AK + Conv and Res + Net are one word; Drop + Path and ViT + Block are two.
_SHORT, _TOGETHER = 4, 6


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
    """`ConvNeXtBlock` → `convnext_block`, `SEModule` → `se_module`, `AKConv` → `akconv`.

    Short words that stand side by side, six letters together at most, are one.
    """
    parts = [_joined(_words(part)) for part in name.split("_")]
    return "_".join(word.lower() for words in parts for word in words)


def _words(name: str) -> list[str]:
    """`ResNetBottleneck` → Res, Net, Bottleneck: a capital before a small letter begins a word."""
    case = "".join("A" if letter.isupper() else "a" for letter in name)
    spans = re.finditer("A+(?=Aa)|A?a+|A+", case)
    return [name[span.start() : span.end()] for span in spans]


def _joined(words: list[str]) -> list[str]:
    joined: list[str] = []
    last = 0  # letters of the word before
    for word in words:
        letters = sum(map(str.isalpha, word))
        if joined and max(last, letters) <= _SHORT and last + letters <= _TOGETHER:
            joined[-1] += word
        else:
            joined.append(word)
        last = letters
    return joined
