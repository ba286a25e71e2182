"""Find constructor arguments with which a class builds and runs, and observe what it does."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from torch import nn

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.errors import BadFile, UsageError
from fusion_cli.model.observation import Observation
from fusion_cli.model.sources import Evidence
from fusion_cli.resolve.evidence import bind
from fusion_cli.runtime.observe.alternatives import completed, mended, padding_for
from fusion_cli.runtime.observe.attempt import Failure, Outcome, Probe
from fusion_cli.runtime.observe.bounded import is_bounded
from fusion_cli.runtime.observe.feed import (
    MAP,
    SIZE,
    WIDTH,
    Feed,
    feeds,
    from_shapes,
    sizes_in,
    widths_in,
)
from fusion_cli.runtime.observe.pointwise import is_pointwise
from fusion_cli.runtime.observe.refusal import refusal
from fusion_cli.runtime.observe.roles import (
    IN,
    by_likelihood,
    is_in,
    is_out,
)
from fusion_cli.runtime.observe.vary import Variations

MOST_BUILDS = 40
MOST_NUMBERS = 2**21  # in the inputs
MOST_PLACES = 64 * 64  # pixels or tokens, but for images: attention squares them
MOST_WORK = 3 * 2**30  # units for the search, and again for the variations, see `work`
_SIZE_ERROR = re.compile(
    "size|kernel|height|width|dimension|divisible|shape|resolution|pad", re.IGNORECASE
)


def observe(
    cls: type[nn.Module],
    namespace: Mapping[str, Any],
    evidence: Evidence,
    given: str | None = None,
    option: str = "--host-args",
    feed: Sequence[Shape] | None = None,
    on_try: Callable[[str, Arguments], None] = lambda check, args: None,
) -> Observation:
    """Build `cls`, run it in several configurations and say what it does.

    `given` is the user's text of the arguments (`"c1=64, c2=128"`), all of them or some, and
    `option` the option that gave it or would give it; `feed` are the only input shapes to try;
    `on_try` hears of each try before it is made, see `Probe`.

    Raises UsageError where `given` does not fit the constructor, CannotConstruct where no
    arguments were found with which the class builds and runs.
    """
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise BadFile(f"{getattr(cls, '__name__', cls)} is no nn.Module")
    probe = Probe(cls, namespace, on_try)
    fixed = _given_arguments(probe, given, option) if given else {}
    search = _Search(probe, tuple(evidence.inputs), tuple(feed or ()), frozenset(fixed))
    starts = list(_candidates(probe, evidence, fixed, option))
    for thorough in (False, True):
        for source, args in starts:
            found = search.from_start(args, thorough)
            if found:
                return _observed(probe, source, found, started=completed(probe, args))
    assert search.told
    raise refusal(probe, search.told, option)


def _observed(probe: Probe, source: str, found: Outcome, started: Arguments) -> Observation:
    seen = Variations(probe, found, probe.work.units + MOST_WORK).explore()
    if dict(found.args) != dict(started):
        changed = [name for name, text in found.args.items() if started.get(name) != text]
        source = f"{source}, {', '.join(changed)} found by trying"
    return Observation(
        source=source,
        runs=tuple(run.run for run in seen.runs),
        roles=dict(seen.roles),
        contract=seen.contract,
        gate=seen.contract.is_gate,
        multiple=seen.multiple,
        returns=found.returns,
        bounded=is_bounded(probe, found),
        pointwise=is_pointwise(probe, found),
        notes=tuple(seen.notes),
    )


def _given_arguments(probe: Probe, text: str, option: str) -> Arguments:
    hint = f"the constructor is {probe.signature}"
    try:
        call = ast.parse(f"_({text}\n)", mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise UsageError(f"{option} is not Python call text: {text!r}", hint)
    names = [parameter.name for parameter in probe.declared()]
    for name in (keyword.arg for keyword in call.keywords):
        if name not in names and not any(
            parameter.kind == "kwargs" for parameter in probe.declared()
        ):
            near = difflib.get_close_matches(name or "**", names, 1, cutoff=0.5)
            meant = f"; did you mean `{near[0]}`?" if near else ""
            raise UsageError(
                f"{option}: {probe.cls.__name__} has no parameter `{name}`{meant}", hint
            )
    bound = bind(call, probe.declared())
    if bound is None:
        raise UsageError(f"{option} does not fit the constructor: {text!r}", hint)
    for name, value in bound.items():
        try:
            probe.evaluate(value)
        except Exception as error:
            raise UsageError(f"{option}: {name}={value} raises {error}", hint) from None
    return bound


def _candidates(
    probe: Probe, evidence: Evidence, fixed: Arguments, option: str
) -> Iterator[tuple[str, Arguments]]:
    """Where to start the search, with the name of the evidence, best first."""
    starts = [(where, {**args, **fixed}) for where, args in evidence.calls if "*" not in fixed]
    starts.append(("the names of its parameters" if probe.required else "its defaults", {**fixed}))
    for where, args in starts:
        if fixed:
            missing = set(args) - set(fixed) or [n for n in probe.required if n not in args]
            where = f"{option}, the rest from {where}" if missing else option
        small = _scaled_down(probe, args, frozenset(fixed))
        if small:
            yield f"{where}, scaled down", small
        yield where, args


def _scaled_down(probe: Probe, args: Arguments, fixed: frozenset[str]) -> Arguments | None:
    """The same call with fewer channels, where its widths are large; those that divide are scaled."""
    widths = {}
    for name in probe.parameters:
        value = probe.value(args, name)
        if type(value) is int and (is_in(name) or is_out(name)) and value > 0:
            widths[name] = value
    largest = max(widths.values(), default=0)
    by = largest // WIDTH
    if by < 2 or "*" in args or fixed & set(widths):
        return None
    scaled = {n: str(value // by) for n, value in widths.items() if value % by == 0}
    return {**args, **scaled} if scaled else None


@dataclass
class _Search:
    """A bounded search for arguments and a feed that work, led by the errors on the way."""

    probe: Probe
    demo: tuple[Shape, ...]
    only: tuple[Shape, ...]
    fixed: frozenset[str]
    told: Failure | None = None  # of the likeliest arguments that can be built, else of the first

    def from_start(self, start: Arguments, thorough: bool) -> Outcome | None:
        """Try the arguments, completed by guesses, then what their errors suggest.

        Thoroughly more is fed and defaults are changed: arguments are wrong more often than sizes
        are special. What fails as nothing did before has come nearer, so its mends are tried before
        those of others, which have theirs only when all is tried.
        """
        if not thorough and (padded := padding_for(self.probe, start)):
            kept = self._run(padded, thorough, set())
            if isinstance(kept, Outcome) and kept.keeps_map:
                return kept
        first = completed(self.probe, start)
        queue: list[tuple[Arguments, Failure | None]] = [(first, None)]
        known, kinds, messages = {_key(first)}, set[str](), set[str]()
        for _ in range(MOST_BUILDS):
            if not queue or self._late:
                break
            args, parent = queue.pop(0)
            result = self._run(args, thorough, messages)
            if isinstance(result, Outcome):
                return result
            if self.told is None or (self.told.feed is None and result.feed is not None):
                self.told = result
            nearer = result.kind not in kinds and self._comes_nearer(result, parent)
            kinds.add(result.kind)
            messages.add(str(result.error))
            if not nearer and not thorough:
                continue
            others = {
                _key(mending): mending for mending in mended(self.probe, result, start, thorough)
            }
            new = [(other, result) for key, other in others.items() if key not in known]
            known |= set(others)
            queue = [*new, *queue] if nearer else [*queue, *new]
        return None

    def _comes_nearer(self, result: Failure, before: Failure | None) -> bool:
        """Whether what was changed last did more than bring a complaint about its own type."""
        if not before or result.depth > before.depth:
            return True
        changed = [name for name, text in result.args.items() if before.args.get(name) != text]
        kinds = {type(self.probe.evaluate(result.args[name])).__name__ for name in changed}
        message = str(result.error)
        typed = isinstance(result.error, TypeError | AttributeError) and "Identity" not in message
        own = typed and kinds & set(re.findall(r"\w+", message))
        return result.depth == before.depth == -1 and not own

    def _run(self, args: Arguments, thorough: bool, messages: Set[str]) -> Outcome | Failure:
        """Build once and try the feeds; the failure is that of the build or of the best feed.

        Where its message is one of these, other sizes have been tried in vain.
        """
        try:
            module = self.probe.build(args)
        except (Exception, SystemExit) as error:
            return Failure(args, None, error)
        worst = Failure(args, None, TypeError("forward takes no tensor"))
        best, doubtful = worst, None
        for feed in self._feeds(args, thorough):
            if best is not worst and self._late:
                break
            for result in self._with_mended_widths(args, feed, module):
                if isinstance(result, Outcome) and result.keeps_batch:
                    return result
                if isinstance(result, Outcome):
                    doubtful = doubtful or result
                elif result.came_further(best):
                    best = result
        tried = str(best.error) in messages
        resized = None if doubtful or tried else self._resized(best, module)
        return doubtful or resized or best

    def _resized(self, failure: Failure, module: nn.Module) -> Outcome | None:
        """The best feed at other sizes, where it failed for its size."""
        if failure.feed is None or self.only or not re.search(_SIZE_ERROR, str(failure.error)):
            return None
        sizes = sizes_in(str(failure.error), self._sizes(failure.args))
        others = [*failure.feed.stepped(), *(failure.feed.sized(size, size) for size in sizes)]
        for feed in others:
            if self._late or not _is_affordable(feed):
                continue
            for result in self._with_mended_widths(failure.args, feed, module):
                if isinstance(result, Outcome) and result.keeps_batch:
                    return result
        return None

    @property
    def _late(self) -> bool:
        return self.probe.work.units > MOST_WORK

    def _with_mended_widths(
        self, args: Arguments, feed: Feed, module: nn.Module
    ) -> Iterator[Outcome | Failure]:
        """Run the feed, and where it fails the numbers of channels that the error speaks of."""
        result = self.probe.run(args, feed, module)
        yield result
        if isinstance(result, Outcome) or self.only:
            return
        for name in feed.widths:
            for width in widths_in(str(result.error), feed.sizes[name])[:3]:
                mended = feed.wide(width, name)
                if not self._late and _is_affordable(mended):
                    yield self.probe.run(args, mended, module)

    def _feeds(self, args: Arguments, thorough: bool) -> Iterator[Feed]:
        """The layouts at a small size, and thoroughly the widths and sizes that may be demanded."""
        width = self._width(args)
        if self.only:
            yield from_shapes(self.only, width)
            return
        layouts = list(feeds(self.probe.forward, width, self.demo, self._lists(args)))
        if not thorough:
            yield from layouts
            return
        yield from (feed.wide(width * times) for feed in layouts[:4] for times in (2, 3, 4))
        for size in (*self._sizes(args), 32, 17, 56, 64):
            for feed in layouts[:3]:
                yield feed.sized(size, size)
        if self.demo:
            yield from_shapes(self.demo, width)

    def _width(self, args: Arguments) -> int:
        values = {name: self.probe.value(args, name) for name in self.probe.parameters}
        whole = [n for n, v in values.items() if type(v) is int and v > 0 and is_in(n)]
        if "height" in values:  # beside it, the width is the map's
            whole = [name for name in whole if name != "width"]
        width = values[by_likelihood(whole, IN)[0]] if whole else WIDTH
        return int(width)

    def _lists(self, args: Arguments) -> list[Sequence[int]]:
        """The lists of channels that arguments such as `in_channels=[64, 128, 256]` name."""
        values = [self.probe.value(args, n) for n in self.probe.parameters if is_in(n)]
        lists = [
            value for value in values if isinstance(value, tuple | list) and 1 < len(value) <= 8
        ]
        return [
            choices for choices in lists if all(type(n) is int and 0 < n <= 4096 for n in choices)
        ]

    def _sizes(self, args: Arguments) -> list[int]:
        """The heights that arguments such as `img_size=56` name."""
        values = [
            self.probe.value(args, n) for n in self.probe.parameters if "siz" in n or "res" in n
        ]
        numbers = [v[0] if isinstance(v, tuple | list) and v else v for v in values]
        return [
            number
            for number in numbers
            if type(number) is int and number != SIZE and 4 <= number <= 256
        ]


def _key(args: Arguments) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(args.items()))


def _is_affordable(feed: Feed) -> bool:
    image = feed.names == (MAP,) and feed.width <= 4
    few = feed.sizes["h"] * feed.sizes["w"] <= MOST_PLACES
    return feed.numel <= MOST_NUMBERS and (few or image)
