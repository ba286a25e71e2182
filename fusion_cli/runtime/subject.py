"""The module under test: how to build it, and how to feed it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from fusion_cli.model.basics import Arguments
from fusion_cli.model.observation import Observation, Run
from fusion_cli.runtime.global_state import seeded


def evaluated(text: str, namespace: Mapping[str, Any]) -> Any:
    """The value of an argument's source text in a file, with what many a file does not import."""
    return eval(text, {"torch": torch, "nn": nn, "F": functional, **namespace})


def as_one_list(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[list[Any]]:
    """A forward pre-hook: hand the inputs over as one list."""
    return (list(inputs),)


def as_pair(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """A forward pre-hook: hand the last two inputs over as one tuple."""
    return (*inputs[:-2], tuple(inputs[-2:]))


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
        """Build the class (with the base run's arguments unless others are given), on the CPU.

        It is called with `module(*inputs)` even where its forward takes some of them as one.
        """
        with seeded(seed):  # a module among the arguments has random weights too
            positional, keywords = self.arguments(args)
            module = self.cls(*positional, **keywords)
        packing = self.observation.contract.packing
        if packing != "apart":
            module.register_forward_pre_hook(as_one_list if packing == "list" else as_pair)
        return module

    def arguments(self, args: Arguments | None = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The values that argument texts stand for (the base run's unless others are given)."""
        texts = self.observation.base.args if args is None else args
        values = {name: evaluated(text, self.namespace) for name, text in texts.items()}
        return tuple(values.pop("*", ())), values

    def flags(self) -> dict[str, bool]:
        """The constructor's arguments that are True or False in the base run."""
        _, given = self.arguments()
        parameters = inspect.signature(self.cls).parameters.values()
        values = {
            parameter.name: given.get(parameter.name, parameter.default) for parameter in parameters
        }
        return {name: value for name, value in values.items() if isinstance(value, bool)}

    def axes(self) -> tuple[tuple[str, ...], ...]:
        """The axis names of each input, as the contract has them: `(("b", "c", "h", "w"),)`."""
        inputs = self.observation.contract.inputs
        return tuple(tuple(map(str, axes)) for axes in inputs)

    def shapes(
        self, run: Run | None = None, batch: int | None = None, size: tuple[int, int] | None = None
    ) -> tuple[tuple[int, ...], ...]:
        """The input shapes of a run, with another batch or another height and width where asked.

        A number that forward takes (`forward(x, H, W)`) has the shape ().
        """
        run = run or self.observation.base
        other = {"b": batch} if batch else {}
        if size:
            other |= {"h": size[0], "w": size[1], "n": size[0] * size[1]}
        return tuple(
            tuple(
                axis.size(other, up=False) if axis.names and axis.names <= other.keys() else length
                for axis, length in zip(axes, shape, strict=False)
            )
            for axes, shape in zip(self.observation.contract.inputs, run.inputs, strict=True)
        )

    def size(self, run: Run | None = None) -> tuple[int, int] | None:
        """Height and width of a run's maps; for tokens those of the square map they fill."""
        run = run or self.observation.base
        lengths = {
            name: length
            for names, shape in zip(self.axes(), run.inputs, strict=True)
            for name, length in zip(names, shape, strict=False)
        }
        if "h" in lengths and "w" in lengths:
            return lengths["h"], lengths["w"]
        side = math.isqrt(lengths.get("n", 0))
        return (side, side) if side and side * side == lengths["n"] else None

    def inputs(
        self,
        run: Run | None = None,
        batch: int | None = None,
        size: tuple[int, int] | None = None,
        dtype: torch.dtype = torch.float32,
        seed: int = 1,
        requires_grad: bool = False,
    ) -> tuple[Any, ...]:
        """Normally distributed inputs of those shapes, the same for the same seed, on the CPU.

        Where forward takes the height and the width as numbers, they are numbers here.
        """
        generator = torch.Generator().manual_seed(seed)
        numbers = dict(zip("hw", size or self.size(run) or (), strict=False))
        return tuple(
            (
                torch.randn(shape, generator=generator).to(dtype).requires_grad_(requires_grad)
                if shape
                else numbers.get(names[0], 1)
            )
            for names, shape in zip(self.axes(), self.shapes(run, batch, size), strict=True)
        )


def in_mode(module: nn.Module, training: bool) -> nn.Module:
    """The module itself, in training or evaluation; a class's own `train` may forget to return it."""
    module.train(training)
    return module
