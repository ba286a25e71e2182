"""A class as it behaved when it was run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fusion_cli.model.basics import Arguments, Shape, arguments_text

Returns = Literal["tensor", "sequence", "other"]


@dataclass(frozen=True)
class Run:
    """One construction of a class and one forward of it."""

    args: Arguments
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


@dataclass(frozen=True)
class Observation:
    """A class as it behaved when it was run: `runs[0]` is the base run, the others vary it.

    `roles` names the constructor parameter that each role was proven to belong to: `in` (channels
    that the input must have), `out` (channels that the output has; absent where no parameter
    decides them), `stride`. `gate`: the output is to be multiplied with the input, as `b c 1 1` and
    `b 1 h w` are. `bounded`: it stays between 0 and 1, however large the input. Height and width must
    be multiples of `multiple`. `returns` says what the tensors come in: a tensor alone, a tuple or
    list that begins with one, or something else.
    """

    source: str  # where the arguments came from: `EXAMPLE`, `--host-args`, `the file's demo` …
    runs: tuple[Run, ...]
    roles: Mapping[str, str]
    contract: str
    gate: bool = False
    multiple: int = 1
    returns: Returns = "tensor"
    bounded: bool = False
    pointwise: bool = False  # what it makes of tokens, one by one, it makes of `b h w c` too
    notes: tuple[str, ...] = ()

    @property
    def base(self) -> Run:
        return self.runs[0]

    def remarks(self, name: str) -> tuple[str, ...]:
        """How the arguments of the class `name` were found, and what was noticed on the way."""
        call = f"{name}({arguments_text(self.base.args)})"
        return (f"{call}: arguments from {self.source}", *self.notes)
