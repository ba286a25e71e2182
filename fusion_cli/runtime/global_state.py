"""The state of the process that a module has no business to change."""

from __future__ import annotations

import contextlib
import os
import random
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch


def _set_environment(value: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(value)


READERS: dict[str, Callable[[], Any]] = {
    "the default dtype": torch.get_default_dtype,
    "the default device": torch.get_default_device,
    "the number of threads": torch.get_num_threads,
    "whether gradients are recorded": torch.is_grad_enabled,
    "anomaly detection": torch.is_anomaly_enabled,
    "deterministic algorithms": torch.are_deterministic_algorithms_enabled,
    "cudnn.benchmark": lambda: torch.backends.cudnn.benchmark,
    "cudnn.deterministic": lambda: torch.backends.cudnn.deterministic,
    "cudnn.enabled": lambda: torch.backends.cudnn.enabled,
    "the float32 matmul precision": torch.get_float32_matmul_precision,
    "the recursion limit": sys.getrecursionlimit,
    "the working directory": os.getcwd,
    "the environment": lambda: dict(os.environ),
}
RESTORE: dict[str, Callable[[Any], Any]] = {
    "the default dtype": torch.set_default_dtype,
    "the default device": torch.set_default_device,
    "the number of threads": torch.set_num_threads,
    "whether gradients are recorded": torch.set_grad_enabled,
    "anomaly detection": torch.set_anomaly_enabled,
    "deterministic algorithms": torch.use_deterministic_algorithms,
    "cudnn.benchmark": lambda value: setattr(torch.backends.cudnn, "benchmark", value),
    "cudnn.deterministic": lambda value: setattr(torch.backends.cudnn, "deterministic", value),
    "cudnn.enabled": lambda value: setattr(torch.backends.cudnn, "enabled", value),
    "the float32 matmul precision": torch.set_float32_matmul_precision,
    "the recursion limit": sys.setrecursionlimit,
    "the working directory": os.chdir,
    "the environment": _set_environment,
}


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Give what of the global state differs after the body, and put it back as it was."""
    before = {name: read() for name, read in READERS.items()}
    changed: list[str] = []
    try:
        yield changed
    finally:
        for name, read in READERS.items():
            if read() != before[name]:
                changed.append(name)
                RESTORE[name](before[name])


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run the body from a fixed random state and leave the global one as it was."""
    kept = _states()
    try:
        _seed(seed)
        yield
    finally:
        _restore(kept)


def reseeded(action: Callable[[], Any]) -> list[str]:
    """The random generators that `action` seeds with a number of its own.

    Run from two different states, an action that merely draws ends in two different states; one
    that seeds ends in the same. The states are put back.
    """
    ends = []
    kept = _states()
    try:
        for seed in (11, 12):
            _seed(seed)
            action()
            ends.append(_states())
    finally:
        _restore(kept)
    return [name for name in ends[0] if _same(ends[0][name], ends[1][name])]


def _seed(seed: int) -> None:
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(seed)


def _states() -> dict[str, Any]:
    states = {"torch": torch.default_generator.get_state(), "random": random.getstate()}
    if "numpy.random" in sys.modules:
        states["numpy"] = sys.modules["numpy.random"].get_state()
    return states


def _restore(states: Mapping[str, Any]) -> None:
    torch.default_generator.set_state(states["torch"])
    random.setstate(states["random"])
    if "numpy" in states:
        sys.modules["numpy.random"].set_state(states["numpy"])


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return torch.equal(value, other)
    return repr(value) == repr(other)


@contextlib.contextmanager
def patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Another value for an attribute while the body runs (unittest.mock is slow to import)."""
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


@contextlib.contextmanager
def importable(name: str, namespace: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Have `sys.modules[name]` be a module with this namespace: pickle and dataclasses look there.

    Gives the module's own dictionary.
    """
    kept = sys.modules.get(name)
    module = types.ModuleType(name)
    module.__dict__.update(namespace)
    sys.modules[name] = module
    try:
        yield module.__dict__
    finally:
        if kept is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = kept
