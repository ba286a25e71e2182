"""Adapters: the least glue between what a donor maps and what a site wants, as source and in words.

The classes that a chain may hold beside torch's own stand in the zoo, one a file, and are carried
into the written file as donors are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fusion_cli.model.adapting import Adapting
from fusion_cli.model.contract import Layout

AXES: Mapping[Layout, str] = {"nchw": "b c h w", "nhwc": "b h w c", "tokens": "b n c"}
REARRANGE = "Rearrange"  # einops' layer; every other adapter class is one of the zoo


@dataclass(frozen=True)
class Chain:
    """A donor and its adapters: modules that run one after the other.

    `said` are the adapters in words; `classes` those of them that the file has to import or carry.
    `bounded`: what it gives stays between 0 and 1. `inputs`: how many tensors it is given.
    """

    donor: str
    steps: tuple[str, ...]
    adapting: Adapting
    bounded: bool = False
    inputs: int = 1
    said: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The expression that builds it."""
        if self.inputs > 1 and len(self.steps) > 1:
            return f"{self.adapting.name('Followed')}({', '.join(self.steps)})"
        return self.steps[0] if len(self.steps) == 1 else f"nn.Sequential({', '.join(self.steps)})"

    def gated(self) -> Chain:
        """For a donor that gives a gate: its input, multiplied with it."""
        gate, words = self, f"x * {self.donor}(x)"
        if not self.bounded:
            gate, words = self._behind("nn.Sigmoid()"), f"x * sigmoid({self.donor}(x))"
        return replace(gate._within("Gated", words), bounded=False)

    def first_output(self) -> Chain:
        """For a donor that returns a tuple or list: what is first in it."""
        return self._within("FirstOutput", f"the first of what {self.donor} returns")

    def tokens_on_map(self) -> Chain:
        """Tokens as the pixels of a map."""
        return self._within("TokensOnMap", f"b c h w → b (h w) c and back around {self.donor}")

    def sized_tokens_on_map(self, pair: bool) -> Chain:
        """The same for a donor that takes height and width too, apart or as a `pair`."""
        words = f"b c h w → b (h w) c and back around {self.donor}"
        return self._within("SizedTokensOnMap", words, *(["pair=True"] if pair else []))

    def padded(self, multiple: int) -> Chain:
        """A map of any size for what takes multiples of a number and keeps the size."""
        words = f"the map to multiples of {multiple} for {self.donor}, cropped behind it"
        return self._within("Padded", words, str(multiple))

    def rearranged(self, have: Layout, want: Layout) -> Chain:
        """A chain that maps maps of one layout, for maps of another."""
        given, got = AXES[want], AXES[have]
        cls = self.adapting.name(REARRANGE)
        chain = self._before(f'{cls}("{given} -> {got}")')._behind(f'{cls}("{got} -> {given}")')
        return chain._with(REARRANGE, f"{given} → {got} and back around {self.donor}")

    def channels_before(self, layout: Layout, first: str, last: str, stride: str | None) -> Chain:
        steps, words = _channels(layout, first, last, stride)
        return self._before(*steps)._saying(f"{words} before {self.donor}")

    def channels_behind(self, layout: Layout, first: str, last: str, stride: str | None) -> Chain:
        steps, words = _channels(layout, first, last, stride)
        chain = replace(self._behind(*steps), bounded=False)
        chain = chain._saying(f"{words} behind {self.donor}")
        classes = (*chain.classes, *(["Followed"] if self.inputs > 1 else []))
        return replace(chain, classes=tuple(dict.fromkeys(classes)))

    def as_list(self) -> Chain:
        """For a donor whose forward takes one list of its inputs."""
        return self._within("AsList", f"the inputs of {self.donor} as one list")

    def pooled(self, stride: str) -> Chain:
        """A map made smaller for the donor. It rounds up, as padded convolutions do."""
        words = f"average pooling{_with(stride)} before {self.donor}"
        return self._before(f"nn.AvgPool2d({stride}, ceil_mode=True)")._saying(words)

    def enlarged(self, times: str) -> Chain:
        """A map made larger behind the donor."""
        words = f"interpolation by {times} behind {self.donor}"
        return self._behind(f"nn.Upsample(scale_factor={times})")._saying(words)

    def cropped(self, pixels: int) -> Chain:
        """A map without its border behind the donor, as behind a convolution that has no padding."""
        words = f"crop by {pixels} at each border behind {self.donor}"
        return self._behind(f"nn.ZeroPad2d(-{pixels})")._saying(words)

    def _before(self, *steps: str) -> Chain:
        return replace(self, steps=(*steps, *self.steps))

    def _behind(self, *steps: str) -> Chain:
        return replace(self, steps=(*self.steps, *steps))

    def _saying(self, words: str) -> Chain:
        return replace(self, said=(*self.said, words))

    def _with(self, cls: str, words: str) -> Chain:
        classes = tuple(dict.fromkeys([*self.classes, cls]))
        return replace(self._saying(f"{cls}: {words}"), classes=classes)

    def _within(self, cls: str, words: str, *args: str) -> Chain:
        """The chain as the module that an adapter class of the zoo is built around."""
        text = f"{self.adapting.name(cls)}({', '.join([self.text, *args])})"
        return replace(self, steps=(text,))._with(cls, words)


def _channels(
    layout: Layout, first: str, last: str, stride: str | None
) -> tuple[tuple[str, str], str]:
    """A convolution of one pixel and its norm, or their like where the channels come last."""
    if layout != "nchw":
        steps = f"nn.Linear({first}, {last}, bias=False)", f"nn.LayerNorm({last})"
        return steps, f"linear layer {first} → {last}"
    step, words = ("", "") if stride is None else (f", {stride}", _with(stride))
    steps = f"nn.Conv2d({first}, {last}, 1{step}, bias=False)", f"nn.BatchNorm2d({last})"
    return steps, f"1×1 convolution {first} → {last}{words}"


def _with(stride: str) -> str:
    return f" with stride {stride}" if stride.isdigit() else " with the stride of the site"
