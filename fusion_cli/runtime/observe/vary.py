"""Vary a construction that works: prove which parameter has which role, and see the contract."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.contract import Contract
from fusion_cli.model.infer import infer
from fusion_cli.runtime.observe.attempt import Outcome, Probe
from fusion_cli.runtime.observe.feed import Feed
from fusion_cli.runtime.observe.roles import (
    IN,
    OUT,
    by_likelihood,
    is_in,
    is_out,
    is_projection,
    is_stride,
)

MOST_RUNS = 8
MOST_OPTIONS = 6  # booleans and ratios tried


@dataclass
class Variations:
    """The runs around a base run, and the roles that they prove."""

    probe: Probe
    base: Outcome
    end: int  # of the work for it, in units
    roles: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    multiple: int = 1  # of which height and width must be multiples
    _kept: list[Outcome] = field(default_factory=list)
    _alike: list[Outcome] = field(default_factory=list)  # runs of one configuration of options

    def explore(self) -> Variations:
        """Make the runs, those that tell most first."""
        self._kept, self._alike = [self.base], [self.base]
        if not self.base.keeps_batch:
            self._vary_batch()
        self._vary_size()
        self._prove_channels()
        self._prove_stride()
        self._vary_options()
        self._vary_shortcut()
        self._find_multiple()
        if self._late:
            self.notes.append("takes much to build and run, so fewer configurations were tried")
        return self

    @property
    def runs(self) -> tuple[Outcome, ...]:
        return tuple(self._kept)

    @property
    def contract(self) -> Contract:
        """The contract of the base run, seen over the runs that vary widths and sizes only."""
        return self._contract_with()

    def _contract_with(self, *more: Outcome) -> Contract:
        like = [one for one in (*self._alike, *more) if _ranks(one) == _ranks(self.base)]
        feed = self.base.feed
        return infer([one.run for one in like], feed.names, feed.packing)

    @property
    def _late(self) -> bool:
        return self.probe.work.units > self.end

    def _try(self, changes: Arguments, feed: Feed) -> Outcome | None:
        if self._late:
            return None
        result = self.probe.run({**self.base.args, **changes}, feed)
        return result if isinstance(result, Outcome) else None

    def _keep(self, outcome: Outcome, alike: bool = True) -> None:
        if alike:
            self._alike.append(outcome)
        known = {(one.feed.shapes, one.trace) for one in self._kept}
        if (outcome.feed.shapes, outcome.trace) not in known and len(self._kept) < MOST_RUNS:
            self._kept.append(outcome)

    def _vary_batch(self) -> None:
        """Another batch, where no output begins with it: it may stand behind the sequence."""
        feed = self.base.feed
        outcome = self._try({}, replace(feed, sizes={**feed.sizes, "b": feed.sizes["b"] + 1}))
        if outcome:
            self._alike.append(outcome)

    def _vary_size(self) -> None:
        """Another size, not square where that runs."""
        names = {name for read in self.base.feed.names for name in read.split()}
        if not names & set("hwnd"):
            return
        failed = []
        for height, width in _other_sizes(self.base.feed):
            outcome = self._try({}, self.base.feed.sized(height, width))
            if outcome:
                self._keep(outcome)
                break
            failed.append(f"{height}×{width}")
        if failed and not self._late:
            works = f"; {height}×{width} does" if outcome else ""
            self.notes.append(f"does not run at {', '.join(failed)}{works}")

    def _prove_channels(self) -> None:
        joint = self._prove_in()
        self._prove_out(joint)
        if "in" not in self.roles:
            outcome = self._try({}, self.base.feed.wide(_other_widths(self.base.feed.width)[0]))
            if outcome:
                self._keep(outcome)

    def _prove_in(self) -> Mapping[str, str]:
        """Find the parameter that follows the input's channels; gives what had to change with it."""
        width = self.base.feed.width
        for name in self._in_candidates(width):
            for other in _other_widths(width):
                for changes in self._with_companions(name, width, other):
                    outcome = self._try(changes, self.base.feed.wide(other))
                    if outcome and (is_in(name) or not self._try(changes, self.base.feed)):
                        self.roles["in"] = name
                        self._keep(outcome)
                        return changes
        return {}

    def _in_candidates(self, width: int) -> list[str]:
        values = self._integers()
        equal = [name for name, value in values.items() if value == width]
        named = [name for name, value in values.items() if is_in(name) and width % value == 0]
        order = by_likelihood(dict.fromkeys(equal + [n for n in named if not is_out(n)]), IN)
        return sorted(
            order, key=lambda name: (name not in equal, is_out(name) and not is_in(name))
        )[:3]

    def _with_companions(self, name: str, old: int, new: int) -> Iterator[Arguments]:
        """Changes that may be needed together: the parameter alone, with the outputs, with all."""
        values = self._integers()
        scaled = {
            one: str(value * new // old) for one, value in values.items() if value * new % old == 0
        }
        if name not in scaled:
            return
        outs = [value for value in values if is_out(value) and value in scaled and value != name]
        equal = [one for one, value in values.items() if value == values[name]]
        groups = ([name], [name, *outs], [name, *equal])
        for group in dict.fromkeys(tuple(dict.fromkeys(group)) for group in groups):
            yield {one: scaled[one] for one in group}

    def _prove_out(self, joint: Arguments) -> None:
        """Find the parameter that the output's channels follow."""
        for name, value in self._out_candidates():
            for other in _other_widths(value):
                outcome = self._try({name: str(other)}, self.base.feed)
                if outcome and _follows(self.base.outputs, outcome.outputs, value, other):
                    self.roles["out"] = name
                    self._keep(outcome)
                    return
            if name in joint and self.roles.get("in") not in (None, name) and is_out(name):
                self.roles["out"] = name  # bound to the input's: only both together run
                return

    def _out_candidates(self) -> list[tuple[str, int]]:
        values = self._integers()
        lengths = {length for shape in self.base.outputs[:1] for length in shape[1:]}
        unset = [
            name
            for name in self.probe.parameters
            if is_out(name) and self.probe.value(self.base.args, name) is None
        ]
        strangers = [n for n, v in values.items() if v in lengths and v > 4 and not is_out(n)]
        named = by_likelihood([name for name in values if is_out(name)], OUT)
        width = self.base.feed.width
        pairs = [(name, values[name]) for name in named] + [(name, width) for name in unset]
        pairs += [(name, values[name]) for name in strangers]
        return [pair for pair in pairs if pair[0] != self.roles.get("in")][:5]

    def _prove_stride(self) -> None:
        for name, value in self._integers().items():
            if not is_stride(name) or value not in (1, 2, 4):
                continue
            other = 2 if value == 1 else 1
            outcome = self._try({name: str(other)}, self.base.feed)
            outcome = outcome or self._try(
                {name: str(other), **self._projection(other)}, self.base.feed
            )
            if outcome and _shrinks(self.base.outputs[0], outcome.outputs[0], value, other):
                self.roles["stride"] = name
                self._keep(outcome, alike=False)
                return

    def _vary_options(self) -> None:
        """Booleans the other way round, ratios halved: kept where the dataflow differs."""
        tried = 0
        for name in self.probe.parameters:
            value = self.probe.value(self.base.args, name)
            if isinstance(value, bool):
                text = str(not value)
            elif isinstance(value, float) and value > 0:
                text = repr(value / 2)
            else:
                continue
            tried += 1
            outcome = self._try({name: text}, self.base.feed) if tried <= MOST_OPTIONS else None
            if outcome:
                self._keep(outcome, alike=False)

    def _vary_shortcut(self) -> None:
        """The shortcut through a projection, where the constructor takes one.

        With it the output may be wider than the input: only then do the two widths come apart.
        """
        projection = self._projection(1)
        if not projection:
            return
        name = self.roles.get("out", "")
        value = self._integers().get(name)
        wider = {name: str(2 * value), **self._projection(1, widen=2)} if value else projection
        for changes in (wider, projection):
            outcome = self._try(changes, self.base.feed)
            if outcome:
                self._keep(outcome, alike=False)

    def _find_multiple(self) -> None:
        """The least number whose multiples can be height and width, each its own, as contracted."""
        feed = self.base.feed
        height, width = feed.sizes["h"], feed.sizes["w"]
        if not {name for read in feed.names for name in read.split()} & set("hwn"):
            return
        common = math.gcd(height, width)
        for step in (index for index in range(1, common + 1) if common % index == 0):
            outcome = self._try({}, feed.sized(height + step, width + 3 * step))
            if outcome and self._contract_with(outcome) == self.contract:
                self.multiple = step
                break
        if self.multiple > 1:
            self.notes.append(f"runs where height and width are multiples of {self.multiple}")

    def _projection(self, stride: int, widen: int = 1) -> Arguments:
        """A convolution for a parameter that takes the module of the shortcut, as in a ResNet."""
        shape = self.base.outputs[0]
        return {
            name: f"nn.Conv2d({self.base.feed.width}, {widen * shape[1]}, 1, {stride})"
            for name in self.probe.parameters
            if is_projection(name) and self.probe.value(self.base.args, name) is None
            if len(shape) == 4
        }

    def _integers(self) -> dict[str, int]:
        values = {name: self.probe.value(self.base.args, name) for name in self.probe.parameters}
        return {
            name: value
            for name, value in values.items()
            if isinstance(value, int) and not isinstance(value, bool) and value > 0
        }


def _other_widths(width: int) -> tuple[int, ...]:
    """Widths to try instead: one narrower, one wider, as divisible as this one."""
    return (width // 2, width * 2) if width % 16 == 0 else (width * 2, width * 4)


def _other_sizes(feed: Feed) -> Iterable[tuple[int, int]]:
    height, width = feed.sizes["h"], feed.sizes["w"]
    if "h" in feed.names:  # a number: its value must follow from the count of tokens
        return tuple((height * times // 2, height * times // 2) for times in (3, 4))
    return (
        (height + height // 2, width + width // 4),
        (2 * height, 3 * width),
        (height + height // 2, width + width // 2),
        (2 * height, 2 * width),
    )


def _ranks(outcome: Outcome) -> list[int]:
    return [len(shape) for shape in outcome.outputs]


def _follows(before: tuple[Shape, ...], after: tuple[Shape, ...], old: int, new: int) -> bool:
    """Whether just one axis of the first output changed, and in the parameter's ratio."""
    if len(before[0]) != len(after[0]):
        return False
    changed = [pair for pair in zip(before[0], after[0], strict=True) if pair[0] != pair[1]]
    return len(changed) == 1 and Fraction(changed[0][1], changed[0][0]) == Fraction(new, old)


def _shrinks(before: Shape, after: Shape, old: int, new: int) -> bool:
    """Whether some axis went as one over the stride, the others staying."""
    if len(before) != len(after):
        return False
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    expected = [abs(got * new - given * old) < old * new for given, got in changed]
    return bool(expected) and all(expected)
