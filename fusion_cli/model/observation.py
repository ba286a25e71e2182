"""A class as it behaved when it was run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from fusion_cli.model.basics import Arguments, Shape, arguments_text
from fusion_cli.model.contract import Contract, channel

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
    contract: Contract
    gate: bool = False
    multiple: int = 1
    returns: Returns = "tensor"
    bounded: bool = False
    pointwise: bool = False  # what it makes of tokens, one by one, it makes of `b h w c` too
    notes: tuple[str, ...] = ()

    @property
    def base(self) -> Run:
        return self.runs[0]

    def factor(self, role: Literal["in", "out"]) -> Fraction | None:
        """Channels per unit of the parameter of that role: 4 where the output has `planes * 4`.

        None where no parameter has the role or its value is not written as a number.
        """
        text = self.base.args.get(self.roles.get(role, ""), "")
        axes, shapes = self.contract.inputs, self.base.inputs
        if role == "out":
            axes, shapes = self.contract.outputs, self.base.outputs
        width = channel(axes[0])
        if not text.isdecimal() or width is None:
            return None
        return Fraction(shapes[0][axes[0].index(width)], int(text))

    def remarks(self, name: str) -> tuple[str, ...]:
        """How the arguments of the class `name` were found, and what was noticed on the way."""
        call = f"{name}({arguments_text(self.base.args)})"
        return (f"{call}: arguments from {self.source}", *self.notes)
