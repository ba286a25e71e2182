"""Other arguments of a class that works: every number and flag by itself, and in pairs.

What was seen in a few configurations holds in others by chance: two widths that were never apart, a
sum that a repeat of one gave. So the numbers take values that are no multiples of each other. How many
are tried is a count, so that the same class gives the same answer on every machine.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fusion_cli.model.basics import Arguments
from fusion_cli.runtime.observe.attempt import Probe
from fusion_cli.runtime.observe.roles import guesses, is_in, is_out, is_width

MOST_PAIRS = 24
_TRIES = 4  # values of one parameter, where the first are refused
_WIDE = 8  # a number as large as this is taken for a width
_FACTORS = tuple(Fraction(one, 4) for one in (6, 5, 7, 10))  # pairwise no multiples
_REPEATS = (1, 2, 3)
_TESTED = r"(?:\bif|\bor|\band|\bnot)\s+{0}\b|\b{0}\s+(?:is|if|or|and)\b"


@dataclass
class Configurations:
    """Changes of the base arguments, each handed to `runs`, which says whether the class ran so."""

    probe: Probe
    base: Arguments
    others: Sequence[Arguments]  # with which the class ran too
    runs: Callable[[Arguments], bool]
    stuck: list[str] = field(default_factory=list)  # numbers and flags that no other value took
    _changes: dict[str, str] = field(default_factory=dict)  # by parameter: a value that worked

    def explore(self) -> Configurations:
        """Change each parameter alone, those together that are bound to each other, then pairs."""
        values = {
            name: self._others(name, place) for place, name in enumerate(self.probe.parameters)
        }
        for name, others in values.items():
            self._alone(name, others)
        for name, others in values.items():
            if others and self._is_tested(name):
                self.runs({name: "None"})  # what stands behind `if gamma is not None` is gone
        refused = [name for name, others in values.items() if others and name not in self._changes]
        self._together(refused)
        self._apart()
        self.stuck = [name for name in refused if name not in self._changes and self._is_set(name)]
        return self

    def _alone(self, name: str, others: Sequence[str]) -> None:
        """Values of one parameter: the first that works, of a count all."""
        for text in others[:_TRIES]:
            if self.runs({name: text}):
                self._changes.setdefault(name, text)
                if not self._counts(name):
                    return

    def _together(self, refused: Sequence[str]) -> None:
        """Numbers that cannot be changed alone, with those that they are bound to: widths of one sum."""
        for name in refused:
            for group in self._groups(name):
                if name in self._changes:
                    break
                scaled = (_scaled(group, factor) for factor in _FACTORS[:2])
                worked = next((one for one in scaled if one and self.runs(one)), {})
                self._changes.update((one, worked[one]) for one in worked if one in refused)

    def _groups(self, name: str) -> Iterator[dict[str, int]]:
        """What a number may be bound to: what was changed with it before, then all that equal it."""
        numbers = self._numbers
        for args in self.others if name in numbers else ():
            changed = [number for number in numbers if args.get(number) != self.base.get(number)]
            if name in changed and all(args.get(one, "").isdecimal() for one in changed):
                yield {one: numbers[one] for one in changed}
        alike = {one: value for one, value in numbers.items() if value == numbers.get(name)}
        yield from [alike] if len(alike) > 1 else []

    def _apart(self) -> None:
        """All numbers at once, then with each flag, then what has not been changed together yet."""
        numbers = [name for name in self._changes if name in self._numbers]
        others = [name for name in self._changes if name not in numbers]
        done: set[frozenset[str]] = set()
        for group in (numbers, *([*numbers, other] for other in others)):
            if len(group) > 2 and self._runs_with(group):
                done |= set(map(frozenset, itertools.combinations(group, 2)))
        pairs = itertools.combinations([*numbers, *others], 2)
        for pair in itertools.islice(
            (pair for pair in pairs if frozenset(pair) not in done), MOST_PAIRS
        ):
            self._runs_with(pair)

    def _runs_with(self, names: Sequence[str]) -> bool:
        return self.runs({name: self._changes[name] for name in names})

    @property
    def _numbers(self) -> Mapping[str, int]:
        values = {name: self.probe.value(self.base, name) for name in self.probe.parameters}
        return {name: value for name, value in values.items() if type(value) is int and value > 0}

    def _counts(self, name: str) -> bool:
        """Whether a parameter is a small number that may say how often something is repeated."""
        value = self._numbers.get(name, 0)
        return 0 < value <= max(_REPEATS) and not _is_wide(name, value)

    def _others(self, name: str, place: int) -> list[str]:
        """Values to try instead of the base run's; none where it is no number and no flag."""
        value = self.probe.value(self.base, name)
        found = list(map(repr, _instead(name, value, place)))
        if value is None and is_out(name):
            width = next(iter(sorted(self._numbers.values(), reverse=True)), 64)
            found = list(map(repr, _instead(name, width, place)))
        elif value is None and self._is_tested(name):
            found = [text for text in guesses(self.probe.parameters[name]) if _is_number(text)][:2]
        return found

    def _is_set(self, name: str) -> bool:
        """Whether a parameter is a number or a flag in the base run."""
        return isinstance(self.probe.value(self.base, name), bool | int | float)

    def _is_tested(self, name: str) -> bool:
        """Whether the class asks if a parameter is given."""
        return bool(re.search(_TESTED.format(re.escape(name)), self.probe.text))


def _instead(name: str, value: object, place: int) -> Iterator[object]:
    """Other values of a number or a flag, the likeliest to work and to tell first."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, float) and value > 0:
        yield from (value / 2, value * 3 / 2)
    elif isinstance(value, int) and _is_wide(name, value):
        turned = [_FACTORS[(place + step) % len(_FACTORS)] for step in range(len(_FACTORS))]
        scaled = [value * factor for factor in (*turned, Fraction(2), Fraction(1, 2))]
        yield from dict.fromkeys(int(one) for one in scaled if one.denominator == 1)
    elif isinstance(value, int) and value >= 0:
        near = (*_REPEATS, value + 2, 2 * value)
        yield from dict.fromkeys(one for one in near if one not in (0, value))
    elif isinstance(value, tuple | list) and value and {*map(type, value)} == {int}:
        if min(value) >= _WIDE:
            yield type(value)(number * (step + 3) // 2 for step, number in enumerate(value))
        elif all(number % 2 for number in value):
            yield type(value)(number + 2 for number in value)  # kernels


def _is_wide(name: str, value: int) -> bool:
    return value >= _WIDE or is_in(name) or is_out(name) or is_width(name)


def _scaled(group: Mapping[str, int], factor: Fraction) -> dict[str, str]:
    """Numbers in proportion; nothing where one of them is no whole number then."""
    scaled = {name: value * factor for name, value in group.items()}
    whole = all(value.denominator == 1 for value in scaled.values())
    return {name: str(value) for name, value in scaled.items()} if whole else {}


def _is_number(text: str) -> bool:
    return text in ("True", "False") or text.replace(".", "", 1).isdecimal()
