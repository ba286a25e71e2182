"""Decide a fusion: what each donor is given at the site, in the terms of the host's constructor.

Nothing here runs a module: the sites, their shapes in every run, and what the donors do with
their arguments have all been observed before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from fusion_cli.contract import Contract, channel, factor, infer, parse
from fusion_cli.errors import CannotFuse
from fusion_cli.flow import shapes_of
from fusion_cli.model import (
    Arguments,
    ModuleSource,
    Observation,
    Parameter,
    Pattern,
    Plan,
    PlannedDonor,
    PlannedSite,
    Run,
    Shape,
)
from fusion_cli.requests import SiteRow
from fusion_cli.sites import HostView, Site, convolution_sites, locate, main_path_site
from fusion_cli.source.candidates import own_expressions
from fusion_cli.source.placeholders import ARG, CALL, INIT
from fusion_cli.source.rewrite import anchors


@dataclass(frozen=True)
class DonorView:
    """A donor as source and as it ran. `given` are the arguments that the user chose."""

    source: ModuleSource
    observation: Observation
    parameters: tuple[Parameter, ...]
    given: Arguments
    cls: str  # its name in the written file


@dataclass(frozen=True)
class Fit:
    """A plan, the site it is for, and the adapters that it needed, in words."""

    plan: Plan
    site: Site
    contract: Contract
    adapters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Need:
    """What a donor must map, run by run; None where the site did not run.

    `before` and `after` are expressions of its channels in the constructor's terms.
    """

    shapes: tuple[tuple[Shape, Shape] | None, ...]
    contract: Contract
    axis: int

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


def snake(name: str) -> str:
    """`ConvNeXtBlock` → `convnext_block`: a capital after a small letter begins a new word.

    Words of one or two letters are no words of their own and stay with the one before.
    """
    words = re.findall(r"[A-Z0-9_]*[a-z0-9_]*", name)
    joined: list[str] = []
    for word in (one for one in words if one):
        if joined and len(word) <= 2:
            joined[-1] += word
        else:
            joined.append(word)
    return "_".join(word.lower().strip("_") for word in joined)


def choose(host: HostView, donors: Sequence[DonorView], pattern: Pattern, at: str | None) -> Fit:
    """The plan for the site that `--at` names, or for the first that the pattern's own rule finds.

    Raises:
        CannotFuse: no site can take these donors; the reason of the first is told.
        UnknownName: there is no such site.
    """
    if at is not None:
        return _fit(host, locate(host, at), donors, pattern)
    if pattern.at == "main_path":
        return _fit(host, main_path_site(host), donors, pattern)
    if pattern.at == "block":
        return _fit(host, locate(host, "block"), donors, pattern)
    sites = convolution_sites(host)
    if not sites:
        raise CannotFuse(
            f"{host.source.name} has no submodule with weights on its main path",
            "name a site with --at",
        )
    return _first_fit(host, sites, donors, pattern)


def _first_fit(
    host: HostView, sites: Sequence[Site], donors: Sequence[DonorView], pattern: Pattern
) -> Fit:
    """The first site that needs no adapter, else the first that can be adapted."""
    adapted: list[Fit] = []
    reasons: list[CannotFuse] = []
    for site in sites:
        try:
            fit = _fit(host, site, donors, pattern)
        except CannotFuse as reason:
            reasons.append(reason)
            continue
        if not fit.adapters:
            return fit
        adapted.append(fit)
    if adapted:
        return adapted[0]
    raise reasons[0]


def _fit(host: HostView, site: Site, donors: Sequence[DonorView], pattern: Pattern) -> Fit:
    contract, axis = site_contract(host, site)
    names = _Names(host)
    adapters: list[str] = []
    planned: list[PlannedDonor] = []
    for index, donor in enumerate(donors):
        attr = (
            _attribute(host, site, pattern, names, donor)
            if index == 0
            else names.free(snake(donor.cls))
        )
        flow = pattern.donor[min(index, len(pattern.donor) - 1)]
        need = _need(site, flow, contract, axis)
        new, used = _Fitter(host, site, donor, need).expression()
        adapters += used
        planned.append(PlannedDonor(donor.cls, attr, new))
    plan = Plan(
        site=_planned_site(host, site, pattern, contract, axis),
        donors=tuple(planned),
        attrs={name: names.free(name) for name in dict.fromkeys(_asked_names(pattern))},
    )
    return Fit(plan, site, contract, tuple(adapters))


def _asked_names(pattern: Pattern) -> list[str]:
    return re.findall(r"plan\.attr\(\s*[\"'](\w+)[\"']\s*\)", pattern.source)


class _Names:
    """Hands out attribute names that the host does not use."""

    def __init__(self, host: HostView) -> None:
        modules = {path.split(".")[0] for flow in host.flows for path in flow.modules}
        self._taken = set(host.source.attributes) | modules

    def free(self, name: str) -> str:
        numbered = (f"{name}{number}" for number in range(2, 100))
        found = (
            name if name not in self._taken else next(n for n in numbered if n not in self._taken)
        )
        self._taken.add(found)
        return found


def _attribute(
    host: HostView, site: Site, pattern: Pattern, names: _Names, donor: DonorView
) -> str:
    """A donor that stands in the place of one submodule takes its name, else one of its own."""
    if pattern.keeps_site or not site.is_one_call:
        return names.free(snake(donor.cls))
    address = host.address(site.first)
    assert address is not None
    return address.root + "".join(f"[{step.index}]" for step in address.steps)


def _need(site: Site, flow: str, contract: Contract, axis: int) -> Need:
    """What a donor of this flow (`site.input -> site.output`) maps in every run."""
    ends = [0 if one.endswith("input") else 1 for one in flow.split(" -> ")]
    shapes = tuple(None if run is None else (run[ends[0]], run[ends[1]]) for run in site.runs)
    return Need(shapes, contract, axis)


def _planned_site(
    host: HostView, site: Site, pattern: Pattern, contract: Contract, axis: int
) -> PlannedSite:
    """The site's text for the template; channels are proven only where it reads them."""

    def proven(end: int, role: str) -> str:
        if f"site.{role}_channels" not in pattern.uses:
            return ""
        widths = [None if run is None else run[end][axis] for run in site.runs]
        text = _prove(host, site, widths, role)
        return text if text.isidentifier() else f"({text})"

    return PlannedSite(
        path=site.path,
        init=INIT,
        call=CALL,
        arg=ARG,
        in_channels=proven(0, "in"),
        out_channels=proven(1, "out"),
    )


# ---- what the site maps --------------------------------------------------------------------------


def site_contract(host: HostView, site: Site) -> tuple[Contract, int]:
    """The contract of a site, over all runs with the stride of the first, and its axis of channels."""
    if not any(site.runs):
        raise CannotFuse(
            f"`{site.path}` of {host.source.name} did not run with any arguments tried"
        )
    names = site_layout(host, site)
    axis = names.split().index("c")
    pairs = [pair for pair in site.runs if pair]
    steps = [stride(given, made, axis) for given, made in pairs]
    alike = [pair for pair, step in zip(pairs, steps, strict=True) if step == steps[0]]
    return infer([Run({}, (given,), (made,)) for given, made in alike], (names,)), axis


def site_layout(host: HostView, site: Site) -> str:
    """The axis names of the site's input: which axes follow the height and width that were fed."""
    pairs = [
        (run.args, pair)
        for run, pair in zip(host.observation.runs, site.runs, strict=True)
        if pair is not None
    ]
    rank = len(pairs[0][1][0])
    if rank == 3:
        return "b n c" if _follows(pairs, 1) or not _follows(pairs, 2) else "b c n"
    if rank == 4:
        return "b h w c" if _follows(pairs, 1) and not _follows(pairs, 3) else "b c h w"
    if rank == 2:
        return "b c"
    raise CannotFuse(
        f"the input of `{site.path}` has {rank} axes",
        "fuse fits donors to maps (b c h w or b h w c) and tokens (b n c)",
    )


def _follows(pairs: Sequence[tuple[Arguments, tuple[Shape, Shape]]], axis: int) -> bool:
    """Whether an axis changes between runs that differ in nothing but the size of the map."""
    return any(
        args == other_args and given[axis] != other[axis]
        for index, (args, (given, _)) in enumerate(pairs)
        for other_args, (other, _) in pairs[:index]
    )


def site_rows(host: HostView) -> Iterator[SiteRow]:
    """Every submodule that a run called, as `fuse show` tells of it."""
    for path in host.paths:
        flow = next(one for one in host.flows if one.calls(path))
        calls = flow.calls(path)
        node = calls[0]
        yield SiteRow(
            path=path,
            contract=_contract_text(host, path),
            input=shapes_of(flow, node.inputs),
            output=shapes_of(flow, node.outputs),
            name=flow.modules[path]["class"],
            calls=len(calls),
        )


def _contract_text(host: HostView, path: str) -> str:
    """The contract of a site, or nothing where the source has no handle on it or it has no layout."""
    try:
        return str(site_contract(host, locate(host, path))[0])
    except (CannotFuse, ValueError):
        return ""


# ---- one donor at the site -----------------------------------------------------------------------


class _Fitter:
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
            raise self._refusal(f"it cannot give the {_spread(after)} channels of the site")
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
        if own.layout != wanted.layout or not own.keeps_layout or not wanted.keeps_layout:
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
            raise self._refusal(f"its `{name}` cannot give {_spread(wanted)} channels")
        widths = [None if one is None else int(one) for one in values]
        texts[name] = _prove(self.host, self.site, widths, role)

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
        if self.need.contract.layout != "nchw":
            raise self._refusal("its channels cannot be adapted in this layout")
        first = _prove(self.host, self.site, before, "in")
        last = _prove(self.host, self.site, after, "out")
        step = f", {_prove(self.host, self.site, strides, 'stride')}" if strides is not None else ""
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


def _spread(values: Sequence[int | None]) -> str:
    return "/".join(str(one) for one in sorted({one for one in values if one is not None}))


# ---- proven expressions --------------------------------------------------------------------------


def _prove(host: HostView, site: Site, wanted: Sequence[int | None], role: str) -> str:
    """An expression of the constructor that gave `wanted` in every run in which the site ran.

    Of several the one is taken that the site's own declaration has in that role: the first
    argument of its first part for what goes in, the second of its last part for what comes out.

    Raises:
        CannotFuse: none that was tried did.
    """
    scopes = scopes_at(host, site)
    own = _own(host, site, role)
    known = list(dict.fromkeys(text for scope in scopes for text in scope))
    fixed = {one for one in wanted if one is not None}

    def holds(value: Callable[[Mapping[str, int]], int | None]) -> bool:
        return all(
            want is None or value(scope) == want for scope, want in zip(scopes, wanted, strict=True)
        )

    found = [text for text in known if holds(lambda scope, text=text: scope.get(text))]  # type: ignore[misc]
    if found:
        order = {text: index for index, text in enumerate(own)}
        return min(found, key=lambda text: (order.get(text, len(own)), len(text)))
    if len(fixed) == 1:
        return str(fixed.pop())
    composed = _composed(known, scopes, wanted)
    if composed is None:
        raise CannotFuse(
            f"no expression in the constructor of {host.source.name} gives the number that "
            f"`{site.path}` needs ({_spread(wanted)})",
            "give the donor's arguments with --donor-args",
        )
    return composed


def _own(host: HostView, site: Site, role: str) -> list[str]:
    """The arguments of the site's own declarations, the likeliest for a role first."""
    parts = [one for one in (site.first, site.last) if one]
    if not parts:
        name = host.observation.roles.get(role)
        return [name] if name else []
    texts = own_expressions(host.source, parts if role == "in" else parts[::-1])
    return [*texts[1:2], *texts[:1], *texts[2:]] if role == "out" else texts


def _composed(
    known: Sequence[str], scopes: Sequence[Mapping[str, int]], wanted: Sequence[int | None]
) -> str | None:
    """A multiple, a part or a sum of known expressions that gives `wanted` in every run."""
    rows = [(scope, want) for scope, want in zip(scopes, wanted, strict=True) if want is not None]
    simple = [text for text in known if all(text in scope for scope, _ in rows)]
    for text in simple:
        ratios = {
            Fraction(want, scope[text]) if scope[text] else Fraction(0) for scope, want in rows
        }
        if len(ratios) == 1:
            ratio = ratios.pop()
            name = text if text.replace(".", "_").isidentifier() else f"({text})"
            if ratio.denominator == 1 and ratio > 0:
                return f"{ratio.numerator} * {name}"
            if ratio.numerator == 1:
                return f"{name} // {ratio.denominator}"
    for index, one in enumerate(simple):
        for other in simple[index + 1 :]:
            if all(scope[one] + scope[other] == want for scope, want in rows):
                return f"{one} + {other}"
    return None


def scopes_at(host: HostView, site: Site) -> list[Mapping[str, int]]:
    """What the candidate expressions gave, run by run, where the donors will be declared."""
    _, last = anchors(host, site)
    number = next(key for key, line in host.source.scopes.items() if line is last)
    return [scope.get(number, {}) for scope in host.scopes]


def renamed(view: DonorView, name: str) -> DonorView:
    """The donor under the name that its class has in the written file."""
    return replace(view, cls=name)
