"""One donor at one site: whether it can serve there, and the expression that builds it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from fusion_cli.fit.adapters import AXES, Chain
from fusion_cli.fit.need import Need, Runs
from fusion_cli.fit.proof import prove, spread
from fusion_cli.fit.sites import Site
from fusion_cli.model.contract import (
    Axis,
    Layout,
    Role,
    channel,
    factor,
    parse,
    space,
)
from fusion_cli.model.errors import CannotFuse
from fusion_cli.study.views import DonorView, HostView


@dataclass(frozen=True)
class Resize:
    """Who changes the size of the map, run by run: the donor by its stride, or an adapter."""

    own: Runs | None = None
    down: Runs | None = None
    up: Runs | None = None
    crop: int | None = None  # pixels at each border

    @property
    def is_adapted(self) -> bool:
        return (self.down, self.up, self.crop) != (None, None, None)


class Fitter:
    """Writes the expression that builds one donor at one site."""

    def __init__(self, host: HostView, site: Site, donor: DonorView, need: Need) -> None:
        self.host, self.site, self.donor, self.need = host, site, donor, need
        text = donor.observation.contract
        if donor.observation.pointwise and need.layout == "nhwc":
            text = text.replace("b n ", "b h w ")
        own = parse(text)
        # Multiplied with what it is given, a gate has its shape.
        self.contract = replace(own, outputs=own.inputs[:1]) if donor.observation.gate else own
        self.roles = dict(donor.observation.roles)
        # A stride that the user chose stays, and at one size only is known what it may be.
        if self.roles.get("stride") in donor.given or donor.observation.multiple > 1:
            self.roles.pop("stride", None)

    def chain(self) -> Chain:
        """The constructor call, and the adapters that it stands among.

        Raises:
            CannotFuse: no adapter makes the donor map what the site does.
        """
        self._demand_kind()
        chain = self._around(self._resize())
        if chain.said and not self.donor.adapting.allowed:
            raise CannotFuse(
                f"{self.donor.source.name} ({self.donor.observation.contract}) needs an adapter at "
                f"`{self.site.path}` ({self.need.contract}): {', '.join(chain.said)}",
                "leave out --no-adapt, or choose another site with --at",
            )
        return chain

    def _demand_kind(self) -> None:
        """Refuse a donor that does not make one tensor of what the site is given."""
        own, seen = self.contract, self.donor.observation
        self._demand_inputs()
        if seen.returns == "other" or own.outputs[0] in own.outputs[1:]:
            raise self._refusal(
                f"it gives {len(own.outputs)} outputs, and none is known to be the one for the site"
            )
        if not own.keeps_layout or not self.need.keeps_layout:
            raise self._refusal("the layout of its output is not that of its input")
        self._demand_size()
        self._demand_broadcast()

    def _demand_inputs(self) -> None:
        """Refuse a donor that takes another number of tensors, or others than the site has."""
        own, count = self.contract, self.need.inputs
        maps = [axes for axes in own.inputs if len(axes) > 1]
        if len(maps) != count:
            has = "one" if count == 1 else "two"
            told = "one input" if len(maps) == 1 else f"{len(maps)} inputs"
            raise self._refusal(f"it takes {told} and the site has {has}")
        if len(own.inputs) > count and not self._takes_grid:
            raise self._refusal("what it takes beside the tensor is not the height and the width")
        if count == 1:
            return
        if len(set(maps)) > 1:
            raise self._refusal("its two inputs differ in shape")
        plain = own.layout == self.need.layout and own.scale is not None and set(own.scale) <= {1}
        if not plain or self.donor.observation.gate or self.donor.observation.multiple > 1:
            raise self._refusal(
                "a donor of two inputs is given them as they are, and keeps the map"
            )

    def _demand_broadcast(self) -> None:
        """Refuse a gate that would have to be changed between the donor and the product."""
        if not self._gates:
            return
        if self.contract.layout == "tokens" != self.need.layout:
            raise self._refusal("its gate is one of tokens")
        if any(one is not None and one > 1 for one in self.need.scales):
            raise self._refusal("the site enlarges the map that its gate is made of")

    @property
    def _gates(self) -> bool:
        """Whether the donor gives a gate where one is wanted: it is multiplied there."""
        return self.donor.observation.gate and self.need.gate

    def _demand_size(self) -> None:
        """Refuse a donor that runs at one size only, where the site's map has another."""
        sizes = [str(axis) for axis in space(self.contract.inputs[0])]
        site = [str(axis) for axis in space(self.need.contract.inputs[0])]
        if any(one.isdigit() for one in sizes) and sizes != site:
            what = "tokens" if len(sizes) == 1 else "pixels"
            raise self._refusal(f"it runs on {'×'.join(sizes)} {what} only")

    @property
    def _takes_grid(self) -> bool:
        """Whether its forward is `forward(x, h, w)` or `forward(x, (h, w))`, x being tokens."""
        beside = [" ".join(map(str, axes)) for axes in self.contract.inputs[1:]]
        return self.contract.layout == "tokens" and beside == ["h", "w"]

    def _refusal(self, reason: str) -> CannotFuse:
        return CannotFuse(
            f"{self.donor.source.name} ({self.donor.observation.contract}) cannot serve "
            f"`{self.site.path}` ({self.need.contract}): {reason}",
            "choose another site with --at, or other arguments with --donor-args",
        )

    @cached_property
    def _factor(self) -> Fraction:
        """Output over input pixels of the donor as it was observed."""
        own = self.contract.scale
        if own is None or len(set(own)) > 1:
            raise self._refusal("it gives the map a shape of its own")
        return own[0] if own else Fraction(1)

    def _resize(self) -> Resize:
        """Who gives the map the size that it has behind the site."""
        wanted = self.need.scales
        if 0 in wanted and self._factor == 1 and self.need.crop:
            return Resize(crop=self.need.crop)
        if 0 in wanted:
            raise self._refusal("the site gives its map a shape of its own")
        strides = _whole([None if one is None else 1 / one for one in wanted])
        if "stride" in self.roles and strides is not None:
            plain = self._factor == 1 and set(strides) <= {None, 1}
            return Resize() if plain else Resize(own=strides)
        left = [None if one is None else one / self._factor for one in wanted]
        if self._factor != 1 and len(set(left) - {None}) > 1:
            raise self._refusal("it changes the size of the map by a number of its own")
        up, down = _whole(left), _whole([None if one is None else 1 / one for one in left])
        if up is None and down is None:
            raise self._refusal("it changes the size of the map by a number of its own")
        if up is not None and down is not None:
            return Resize()
        return Resize(up=up) if up is not None else Resize(down=down)

    def _around(self, resize: Resize) -> Chain:
        """The donor among its adapters."""
        before, after = self.need.channels(0), self.need.channels(1)
        takes = self._takes(before, after)
        gives = self._gives(takes, after)
        work = self._working_layout(resize)
        new = self._new(takes, gives, resize.own)
        seen = self.donor.observation
        chain = Chain(
            self.donor.source.name, (new,), self.donor.adapting, seen.bounded, self.need.inputs
        )
        if seen.gate and not self.need.gate:
            chain = chain.gated()
        if self.contract.packing == "list":
            chain = chain.as_list()
        chain = self._as_map(chain, work)
        multiple = seen.multiple if work == "nchw" else 1
        if multiple > 1 and self._factor == 1 and resize.own is None:
            chain = chain.padded(multiple)
        chain = self._converted(chain, work, (before, takes, gives, after), resize)
        if self._factor != 1 and set(self.need.scales) <= {None, 1} and resize.own is None:
            # What shrinks the map and enlarges it again has to meet the size that it had.
            steps = self._factor.numerator * self._factor.denominator
            chain = chain.padded(math.lcm(multiple, steps))
        return chain if work == self.need.layout else chain.rearranged(work, self.need.layout)

    def _takes(self, before: Runs, after: Runs) -> Runs:
        """The channels that the donor is given: the site's at its cheaper end, or all it can take."""
        own = channel(self.contract.inputs[0])
        if own is not None and not own.names:
            return [None if one is None else own.plus for one in before]
        behind = self.need.cost(0) <= self.need.cost(1) and not self._gates
        keeps = self.contract.keeps_channels and self.need.inputs == 1
        return after if keeps and not behind else before

    def _gives(self, takes: Runs, after: Runs) -> Runs:
        """The channels that the donor makes of those."""
        given, made = channel(self.contract.inputs[0]), channel(self.contract.outputs[0])
        if self.contract.keeps_channels or given is None or made is None:
            return takes
        if not made.names:
            return [None if one is None else made.plus for one in takes]
        if made.names == given.names:
            name = next(iter(made.names))
            return [None if one is None else made.size({name: one}) for one in takes]
        if "out" not in self.roles:
            raise self._refusal(f"it cannot give the {spread(after)} channels of the site")
        return after

    def _working_layout(self, resize: Resize) -> Layout:
        """The layout in which the donor is adapted: the site's own where that is enough."""
        own, site = self.contract.layout, self.need.layout
        if site == "tokens" and (own in ("nchw", "nhwc") or self._takes_grid):
            raise self._refusal("the height and the width of the map are not known among tokens")
        keeps = not (resize.is_adapted or self.donor.observation.multiple > 1)
        if own == site and (site != "nhwc" or keeps):
            if site != "nchw" and resize.is_adapted:
                raise self._refusal(f"the size of {AXES.get(site, 'its input')} is not adapted")
            return site
        if "other" in (own, site):
            raise self._refusal("the layouts differ")
        return "nchw"

    def _new(self, takes: Runs, gives: Runs, strides: Runs | None) -> str:
        """The donor's constructor call, with the channels and the stride that it is to have."""
        texts: dict[str, str] = {}
        self._give(texts, "in", takes)
        self._give(texts, "out", gives)
        if strides is not None:
            self._give(texts, "stride", strides)
        return self._call(texts)

    def _give(self, texts: dict[str, str], role: Role, wanted: Sequence[int | None]) -> None:
        """Set the parameter of a role, if the donor has one, to an expression for what is wanted."""
        name = self.roles.get(role)
        if name is None:
            return
        seen = self.donor.observation
        ratio = (None if role == "stride" else factor(seen, role)) or Fraction(1)
        values = [None if one is None else Fraction(one) / ratio for one in wanted]
        if any(one is not None and one.denominator != 1 for one in values):
            raise self._refusal(f"its `{name}` cannot give {spread(wanted)} channels")
        widths = [None if one is None else int(one) for one in values]
        texts[name] = self._prove(widths, role)

    def _call(self, roles: Mapping[str, str]) -> str:
        """The donor's constructor call: leading arguments by position, as people write them.

        It is given what it was observed with, where that is not its default.
        """
        given = {**self.donor.observation.base.args, **self.donor.given}
        starred = [given.pop("*")] if "*" in given else []
        known = {one.name: one.default for one in self.donor.parameters}
        texts = {
            **{name: text for name, text in given.items() if name in known and text != known[name]},
            **roles,
        }
        parts: list[str] = []
        leading = True
        for one in self.donor.parameters:
            if one.name not in texts:
                leading = leading and one.kind not in ("positional", "args")
                continue
            positional = leading and one.kind == "positional" and one.name not in self.donor.given
            leading = positional
            parts.append(texts[one.name] if positional else f"{one.name}={texts[one.name]}")
        parts += [f"{name}={text}" for name, text in given.items() if name not in known]
        return f"{self.donor.cls}({', '.join([*(f'*{one}' for one in starred), *parts])})"

    def _as_map(self, chain: Chain, work: Layout) -> Chain:
        """The donor made to map one tensor of the working layout."""
        own = self.contract.layout
        if self.donor.observation.returns == "sequence":
            chain = chain.first_output()
        if own == work:
            return chain
        if own == "tokens":
            pair = self.contract.packing == "pair"
            return chain.sized_tokens_on_map(pair) if self._takes_grid else chain.tokens_on_map()
        return chain.rearranged(own, work)

    def _converted(
        self, chain: Chain, work: Layout, widths: tuple[Runs, Runs, Runs, Runs], resize: Resize
    ) -> Chain:
        """Change channels and size before and behind the donor, where it does not do so itself."""
        before, takes, gives, after = widths
        lead, tail = takes != before, gives != after
        if lead and self.need.inputs > 1:
            raise self._refusal("the channels of its two inputs are not adapted")
        if work == "other" and (lead or tail):
            raise self._refusal("its channels cannot be adapted in this layout")
        stride = None if resize.down is None else self._times(resize.down)
        if lead:
            own = channel(self.contract.inputs[0])
            texts = self._prove(before, "in"), self._width(own, takes, "out")
            chain = chain.channels_before(work, *texts, stride)
        if tail:
            own = channel(self.contract.outputs[0])
            texts = self._width(own, gives, "in"), self._prove(after, "out")
            chain = chain.channels_behind(work, *texts, None if lead else stride)
        if stride is not None and not (lead or tail):
            chain = chain.pooled(stride)
        if resize.up is not None:
            chain = chain.enlarged(self._times(resize.up))
        if resize.crop is not None:
            chain = chain.cropped(resize.crop)
        return chain

    def _width(self, own: Axis | None, wanted: Runs, role: str) -> str:
        """A number of channels as text: a constant of the donor, else an expression of the host."""
        return str(own) if own is not None and not own.names else self._prove(wanted, role)

    def _times(self, wanted: Runs) -> str:
        """The factor by which the map is made smaller or larger, likewise."""
        constant = next(one for one in wanted if one is not None)
        return str(constant) if self._factor != 1 else self._prove(wanted, "stride")

    def _prove(self, wanted: Runs, role: str) -> str:
        """The host's expression for a number, sought at the end of the site that alone has it."""
        before, after = self.need.channels(0), self.need.channels(1)
        if role != "stride" and before != after and wanted in (before, after):
            role = "in" if wanted == before else "out"
        return prove(self.host, self.site, wanted, role)


def _whole(values: Sequence[Fraction | None]) -> list[int | None] | None:
    """The values as whole numbers, or None where some is none."""
    if any(one is not None and one.denominator != 1 for one in values):
        return None
    return [None if one is None else int(one) for one in values]
