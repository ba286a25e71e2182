"""One donor at one site: whether it can serve there, and the expression that builds it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fusion_cli.contract import Contract, Layout, channel, factor, parse
from fusion_cli.errors import CannotFuse
from fusion_cli.model import Arguments, ModuleSource, Observation, Parameter, Shape
from fusion_cli.proof import prove, spread
from fusion_cli.sites import HostView, Site


@dataclass(frozen=True)
class DonorView:
    """A donor as source and as it ran. `given` are the arguments that the user chose."""

    source: ModuleSource
    observation: Observation
    parameters: tuple[Parameter, ...]
    given: Arguments
    cls: str  # its name in the written file


@dataclass(frozen=True)
class Need:
    """What a donor must map, run by run; None where the site did not run.

    `before` and `after` are expressions of its channels in the constructor's terms.
    """

    shapes: tuple[tuple[Shape, Shape] | None, ...]
    contract: Contract
    axis: int

    @property
    def layout(self) -> Layout:
        """Where the channels stand, which is known also where no run changed the size of the map."""
        rank = next(len(pair[0]) for pair in self.shapes if pair)
        known: dict[tuple[int, int], Layout] = {
            (4, 1): "nchw",
            (4, 3): "nhwc",
            (3, 2): "tokens",
        }
        return known.get((rank, self.axis), "other")

    def channels(self, end: int) -> list[int | None]:
        return [None if pair is None else pair[end][self.axis] for pair in self.shapes]

    @property
    def strides(self) -> list[int | None]:
        """Input pixels per output pixel in each run; 0 where the map grows."""
        return [None if pair is None else stride(*pair, self.axis) for pair in self.shapes]


def stride(given: Shape, made: Shape, axis: int) -> int:
    """Input pixels per output pixel; 0 where the map grows, or its axes shrink unequally."""
    if len(given) != len(made):
        return 0
    ratios = {
        Fraction(before, after)
        for index, (before, after) in enumerate(zip(given, made, strict=True))
        if index not in (0, axis) and after
    }
    steps = {math.ceil(ratio) if ratio > 1 else int(ratio == 1) for ratio in ratios}
    return steps.pop() if len(steps) == 1 else int(not steps)


class Fitter:
    """Writes the expression that builds one donor at one site."""

    def __init__(self, host: HostView, site: Site, donor: DonorView, need: Need) -> None:
        self.host, self.site, self.donor, self.need = host, site, donor, need
        self.contract = parse(donor.observation.contract)
        self.roles = donor.observation.roles

    def expression(self) -> tuple[str, list[str]]:
        """The constructor call, and the adapters that it is wrapped in."""
        self._demand_kind()
        before, after = self.need.channels(0), self.need.channels(1)
        strides = self.need.strides
        if any(stride == 0 for stride in strides):
            raise self._refusal("the site enlarges its map, or gives it a shape of its own")
        strided = any(stride not in (None, 1) for stride in strides)
        if self._maps(before, after) and (not strided or "stride" in self.roles):
            return self._new(before, after, strides if strided else None), []
        if not self.contract.keeps_channels:
            raise self._refusal(f"it cannot give the {spread(after)} channels of the site")
        return self._adapted(before, after, strides if strided else None)

    def _demand_kind(self) -> None:
        """Refuse a donor that does not map one map to one map of the site's layout."""
        own, wanted = self.contract, self.need.contract
        if len(own.inputs) != 1:
            raise self._refusal(f"it takes {len(own.inputs)} inputs and the site has one")
        if len(own.outputs) != 1:
            raise self._refusal(f"it gives {len(own.outputs)} outputs and the site has one")
        if self.donor.observation.gate:
            raise self._refusal("its output is a gate, not features: it has to be multiplied")
        if own.layout != self.need.layout or not own.keeps_layout or not wanted.keeps_layout:
            raise self._refusal("the layouts differ")
        if own.scale is None or any(one != 1 for one in own.scale):
            raise self._refusal("it changes the size of the map")

    def _refusal(self, reason: str) -> CannotFuse:
        return CannotFuse(
            f"{self.donor.source.name} ({self.donor.observation.contract}) cannot serve "
            f"`{self.site.path}` ({self.need.contract}): {reason}",
            "choose another site with --at, or other arguments with --donor-args",
        )

    def _maps(self, before: Sequence[int | None], after: Sequence[int | None]) -> bool:
        """Whether the donor by itself gives `after` channels for `before`."""
        fixed = channel(self.contract.inputs[0])
        if (
            fixed is not None
            and not fixed.names
            and any(n not in (None, fixed.plus) for n in before)
        ):
            raise self._refusal(f"it takes {fixed.plus} channels only")
        return "out" in self.roles or (self.contract.keeps_channels and list(before) == list(after))

    def _new(
        self,
        before: Sequence[int | None],
        after: Sequence[int | None],
        strides: Sequence[int | None] | None,
    ) -> str:
        texts: dict[str, str] = {}
        self._give(texts, "in", before)
        self._give(texts, "out", after)
        if strides is not None:
            self._give(texts, "stride", strides)
        return self._call(texts)

    def _give(self, texts: dict[str, str], role: str, wanted: Sequence[int | None]) -> None:
        name = self.roles.get(role)
        if name is None:
            return
        ratio = Fraction(1)
        if role == "in" or role == "out":
            ratio = factor(self.donor.observation, "in" if role == "in" else "out") or Fraction(1)
        values = [None if one is None else Fraction(one) / ratio for one in wanted]
        if any(one is not None and one.denominator != 1 for one in values):
            raise self._refusal(f"its `{name}` cannot give {spread(wanted)} channels")
        widths = [None if one is None else int(one) for one in values]
        texts[name] = prove(self.host, self.site, widths, role)

    def _call(self, roles: Mapping[str, str]) -> str:
        """The donor's constructor call: leading arguments by position, as people write them."""
        base = self.donor.observation.base.args
        texts = {
            one.name: roles.get(one.name) or self.donor.given.get(one.name) or base[one.name]
            for one in self.donor.parameters
            if one.name in roles
            or one.name in self.donor.given
            or (one.required and one.name in base)
        }
        starred = [base["*"]] if "*" in base else []
        parts: list[str] = []
        leading = True
        for one in self.donor.parameters:
            if one.name not in texts:
                leading = leading and one.kind not in ("positional", "args")
                continue
            positional = leading and one.kind == "positional" and one.name not in self.donor.given
            leading = positional
            parts.append(texts[one.name] if positional else f"{one.name}={texts[one.name]}")
        parts += [f"{name}={text}" for name, text in self.donor.given.items() if name not in texts]
        return f"{self.donor.cls}({', '.join([*(f'*{one}' for one in starred), *parts])})"

    def _adapted(
        self,
        before: Sequence[int | None],
        after: Sequence[int | None],
        strides: Sequence[int | None] | None,
    ) -> tuple[str, list[str]]:
        """A donor that keeps channels and size, with a strided 1 × 1 convolution on its cheaper side."""
        if self.need.layout != "nchw":
            raise self._refusal("its channels cannot be adapted in this layout")
        first = prove(self.host, self.site, before, "in")
        last = prove(self.host, self.site, after, "out")
        step = f", {prove(self.host, self.site, strides, 'stride')}" if strides is not None else ""
        change = f"nn.Conv2d({first}, {last}, 1{step}, bias=False), nn.BatchNorm2d({last})"
        behind = self._costs(0) <= self._costs(1)
        donor = self._new(*((before, before) if behind else (after, after)), None)
        parts = f"{donor}, {change}" if behind else f"{change}, {donor}"
        place = "behind" if behind else "before"
        said = f"1×1 convolution {first} → {last}{' with the stride of the site' if step else ''}"
        return f"nn.Sequential({parts})", [f"{said} {place} {self.donor.source.name}"]

    def _costs(self, end: int) -> int:
        """How many numbers the donor would have to read at this end of the site."""
        return next(math.prod(pair[end]) for pair in self.need.shapes if pair)
