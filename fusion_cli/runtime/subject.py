"""The module under test: how to build it, and how to feed it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.model import Arguments, Observation, Run


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run the body from a fixed random state and leave the global one as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


@dataclass(frozen=True)
class Subject:
    """A module class with the namespace of its file and what was observed of it.

    `namespace` is the globals of the loaded file: argument texts are evaluated in it.
    `text` and `path` are the file as the user knows it, for the lines that a check points at.
    """

    cls: type[nn.Module]
    namespace: Mapping[str, Any]
    observation: Observation
    text: str
    path: str
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def build(self, args: Arguments | None = None, seed: int = 0) -> nn.Module:
        """Build the class (with the base run's arguments unless others are given), on the CPU."""
        texts = self.observation.base.args if args is None else args
        values = {name: eval(text, dict(self.namespace)) for name, text in texts.items()}
        positional = values.pop("*", ())
        with seeded(seed):
            return self.cls(*positional, **values)

    def axes(self) -> tuple[tuple[str, ...], ...]:
        """The axis names of each input, as the contract has them: `(("b", "c", "h", "w"),)`."""
        given = self.observation.contract.split("->")[0]
        return tuple(tuple(one.split()) for one in given.split(","))

    def shapes(
        self, run: Run | None = None, batch: int | None = None, size: tuple[int, int] | None = None
    ) -> tuple[tuple[int, ...], ...]:
        """The input shapes of a run, with another batch or another height and width where asked."""
        run = run or self.observation.base
        height, width = size or (None, None)
        tokens = height * width if height and width else None
        other = {"b": batch, "h": height, "w": width, "n": tokens}
        return tuple(
            tuple(
                other.get(name) or length for name, length in zip(names, shape, strict=True)
            )
            for names, shape in zip(self.axes(), run.inputs, strict=True)
        )

    def inputs(
        self,
        run: Run | None = None,
        batch: int | None = None,
        size: tuple[int, int] | None = None,
        dtype: torch.dtype = torch.float32,
        seed: int = 1,
        requires_grad: bool = False,
    ) -> tuple[Tensor, ...]:
        """Normally distributed inputs of those shapes, the same for the same seed, on the CPU."""
        generator = torch.Generator().manual_seed(seed)
        return tuple(
            torch.randn(shape, generator=generator).to(dtype).requires_grad_(requires_grad)
            for shape in self.shapes(run, batch, size)
        )
