"""Sentences of a written file: what was done, and the shapes, in lines of black's width."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from fusion_cli.model.observation import Observation
from fusion_cli.model.pattern import Pattern

WIDTH = 88
_INDENT = 4  # of the docstring of a class


def sentence(pattern: Pattern, host: str, donors: Sequence[str], site: str) -> str:
    """What the pattern did: `AKConv replaces `cv1` of Bottleneck`."""
    listed = " and ".join(dict.fromkeys(donors))
    if not pattern.sentence:
        return f"{host} with {listed} at `{site}`: {pattern.summary.rstrip('.')}"
    place = {"block": "the whole", "main_path": "the main path"}.get(site, f"`{site}`")
    ending = "s" if len(set(donors)) == 1 else ""
    return pattern.sentence.format(donors=listed, s=ending, site=place, host=host)


def shapes(seen: Observation) -> str:
    """The contract of the base run, its stride in the constructor's terms: `h/stride`."""
    contract = str(seen.contract)
    name = seen.roles.get("stride", "")
    before, value = seen.base, seen.base.args.get(name, "1")
    for run in seen.runs:
        if run.args.get(name, value) != value and run.inputs == before.inputs:
            given, arrow, gives = contract.partition(" -> ")
            pairs = zip(gives.split(" "), before.outputs[0], run.outputs[0], strict=False)
            axes = [
                _strided(axis, name, value) if one != other else axis for axis, one, other in pairs
            ]
            rest = gives.split(" ")[len(axes) :]
            return given + arrow + " ".join([*axes, *rest])
    return contract


def _strided(axis: str, stride: str, value: str) -> str:
    """`h` where the stride was 1, `h/2` where it was 2, in its terms."""
    plain = axis.rstrip(",")
    over = "" if value == "1" else f"/{value}"
    found = re.fullmatch(rf"([dhw]){over}", plain)
    return axis.replace(plain, f"{found[1]}/{stride}") if found else axis


def in_width(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a class's docstring; what is too wide goes on in the next, further in."""
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        if len(line) + _INDENT <= WIDTH or "://" in line:
            yield line
        else:
            yield from textwrap.wrap(
                line,
                WIDTH - _INDENT,
                subsequent_indent=f"{indent}    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
