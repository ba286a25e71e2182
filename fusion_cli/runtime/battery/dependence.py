"""How strongly single output pixels react to each place of the input: gradients, as maps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fusion_cli.model.contract import Axes, Contract
from fusion_cli.runtime.battery.context import as_activations, call, tensors
from fusion_cli.runtime.battery.places import Array, Pixels, Size

PIXELS = 12
# Places of a map beyond which its pixels are asked one after another: attention over all places
# takes memory by their square, and copies of the sample would take it a dozen times.
_COPIED = 32 * 32


@dataclass(frozen=True)
class MapAxes:
    """Where a tensor has its map: rows and columns, or tokens that run over both row by row."""

    space: tuple[int, ...]

    def maps(self, tensor: Tensor, size: Size) -> Tensor:
        """The tensor as (batch, channels, h, w), whatever layout it has."""
        last = tensor.movedim(self.space, tuple(range(-len(self.space), 0)))
        batch = tensor.shape[0]
        return last.reshape(batch, -1, *size)

    def size(self, tensor: Tensor, given: Size) -> Size:
        """Height and width of the map; tokens fill one of the proportions of `given`, or one line."""
        lengths = [tensor.shape[axis] for axis in self.space]
        if len(lengths) == 2:
            return lengths[0], lengths[1]
        (length,) = lengths
        height = max(1, round(given[0] * math.sqrt(length / (given[0] * given[1]))))
        return (height, length // height) if length % height == 0 else (1, length)


@dataclass(frozen=True)
class Dependence:
    """The dependence of one output on one input: a map (h, w) for each of the output's pixels."""

    output: int
    input: int
    maps: Array  # k, h, w
    pixels: Pixels  # k, 2
    out_size: Size
    channels: tuple[int, int]  # of the input and of the output
    line: bool  # tokens, of whose rows and columns nothing is known


def map_axes(axes: Axes) -> MapAxes | None:
    """The layout of a tensor whose axes a contract names; None where it has no map of two axes."""
    if not axes or "b" not in axes[0].names:
        return None
    kinds = [{name[0] for name in axis.names} for axis in axes]
    if {"d"} in kinds:
        return None
    if {"h"} in kinds and {"w"} in kinds:
        first, second = sorted((kinds.index({"h"}), kinds.index({"w"})))
        return MapAxes((first, second))
    flat = [i for i, kind in enumerate(kinds) if kind in ({"n"}, {"h", "w"}, {"l"})]
    if flat:
        return MapAxes((flat[0],))
    # Sizes that never change have numbers for names: then the usual order counts.
    usual = {4: (2, 3), 3: (1,)}.get(len(axes), ())
    fixed = usual and not any(kinds[axis] for axis in usual)
    return MapAxes(usual) if fixed and any(axes[axis].plus > 1 for axis in usual) else None


def dependences(
    module: nn.Module, inputs: Sequence[object], contract: Contract, size: Size
) -> Iterator[Dependence]:
    """The dependence of every output with a map on every input with a map.

    All pixels are asked in one backward pass, each in a copy of its own of the first sample; on a
    large map, and where a module takes no other batch than that of `inputs`, one after another.
    """
    copies = math.prod(size) <= _COPIED
    try:
        leaves, outputs = _forward(module, inputs, contract, PIXELS if copies else 0)
    except Exception:
        leaves, outputs = _forward(module, inputs, contract)
        copies = False
    for number, (output, axes) in enumerate(zip(outputs, contract.outputs, strict=False)):
        where = map_axes(axes)
        if where is None or output.dim() != len(axes) or not output.requires_grad:
            continue
        out_size = where.size(output, size)
        pixels = uneven_places(out_size)
        maps = where.maps(output, out_size)
        chosen = _chosen(maps, pixels, copies)
        for which, gradient in _gradients(chosen, leaves, contract, size):
            read = gradient.abs().sum(dim=1).double().cpu().numpy()
            channels = gradient.shape[1], maps.shape[1]
            line = len(where.space) == 1
            yield Dependence(number, which, read, pixels, out_size, channels, line)


def uneven_places(size: Size, count: int = PIXELS) -> Pixels:
    """Pixels spread over a map of this size so that no two lie in line: (count, 2), no repeats.

    The additive recurrence of the plastic number (Roberts, 2018) fills the square evenly.
    """
    steps = np.arange(count)[:, None] * np.array([0.7548776662, 0.5698402910])
    return np.unique(np.floor((0.5 + steps) % 1 * np.array(size)).astype(np.int64), axis=0)


def _forward(
    module: nn.Module, inputs: Sequence[object], contract: Contract, copies: int = 0
) -> tuple[list[Tensor | None], tuple[Tensor, ...]]:
    """One forward, of so many copies of the first sample: what the inputs were, and the outputs."""
    repeated = [
        _repeat(input, axes, copies) for input, axes in zip(inputs, contract.inputs, strict=True)
    ]
    with torch.enable_grad():
        outputs = tensors(call(module, as_activations(repeated)))
    return [tensor if isinstance(tensor, Tensor) else None for tensor in repeated], outputs


def _repeat(value: object, axes: Axes, copies: int) -> object:
    """The input as a leaf that takes a gradient, its first sample repeated where copies are asked."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    value = value.detach().clone()
    if copies and "b" in axes[0].names:
        value = value[:1].repeat(copies, *(1 for _ in value.shape[1:]))
    return value.requires_grad_()


def _chosen(maps: Tensor, pixels: Pixels, copies: bool) -> Tensor:
    """For each pixel a weighted sum of its channels, of shape (k,).

    The weights are random, because plain sums of what a softmax or a norm gives are constant.
    """
    rows, columns = torch.from_numpy(pixels).unbind(1)
    samples = torch.arange(len(pixels)) if copies else torch.zeros_like(rows)
    generator = torch.Generator().manual_seed(5)
    weights = torch.randn(maps.shape[1], generator=generator).to(maps)
    picked = maps[samples.to(maps.device), :, rows.to(maps.device), columns.to(maps.device)]
    return (picked * weights).sum(dim=1)


def _gradients(
    chosen: Tensor, leaves: list[Tensor | None], contract: Contract, size: Size
) -> Iterator[tuple[int, Tensor]]:
    """The number of each input that has a map, and the gradient there, (k, channels, h, w)."""
    for number, (leaf, axes) in enumerate(zip(leaves, contract.inputs, strict=True)):
        where = map_axes(axes)
        if leaf is None or where is None or leaf.dim() != len(axes) or not leaf.requires_grad:
            continue
        gradient = _gradient(chosen, leaf)
        if gradient is not None:
            yield number, where.maps(gradient, where.size(leaf, size))


def _gradient(chosen: Tensor, leaf: Tensor) -> Tensor | None:
    """The gradient of each chosen value by its own sample, of shape (k, …)."""
    if leaf.shape[0] >= len(chosen) > 1:
        (gradient,) = torch.autograd.grad(chosen.sum(), leaf, retain_graph=True, allow_unused=True)
        return None if gradient is None else gradient[: len(chosen)]
    rows = [
        torch.autograd.grad(one, leaf, retain_graph=True, allow_unused=True)[0] for one in chosen
    ]
    return None if rows[0] is None else torch.cat([row[:1] for row in rows if row is not None])
