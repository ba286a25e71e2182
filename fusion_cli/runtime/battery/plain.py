"""Tensors and modules that stand in plain attributes, where `nn.Module` does not see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from torch import Tensor, nn

Kind = Literal["module", "parameter", "tensor"]

DEPTH = 4
"""How deep lists and dicts are searched: deeper nesting is data, not structure."""


def unregistered(module: nn.Module) -> list[tuple[str, Kind]]:
    """The attributes that hold what `state_dict` and `.to(device)` miss, each once."""
    return list(dict.fromkeys((place, kind) for place, kind, _ in held(module)))


def held(module: nn.Module) -> Iterator[tuple[str, Kind, Any]]:
    """Every tensor and module in plain attributes that is not registered elsewhere.

    Modules without parameters and buffers (an activation in a list) lose nothing by that.
    """
    known = {id(child) for child in module.modules()}
    known |= {id(one) for one in (*module.parameters(), *module.buffers())}
    for prefix, child in module.named_modules():
        for name, value in vars(child).items():
            if name not in _OWN:
                place = f"{prefix}.{name}" if prefix else name
                for kind, one in _contents(value, DEPTH):
                    if id(one) not in known:
                        yield place, kind, one


_OWN = frozenset(vars(nn.Module()))


def _contents(value: Any, depth: int) -> Iterator[tuple[Kind, Any]]:
    if isinstance(value, nn.Parameter):
        yield "parameter", value
    elif isinstance(value, Tensor):
        yield "tensor", value
    elif isinstance(value, nn.Module):
        if any(True for _ in (*value.parameters(), *value.buffers())):
            yield "module", value
    elif depth and isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _contents(item, depth - 1)
    elif depth and isinstance(value, dict):
        for item in value.values():
            yield from _contents(item, depth - 1)
