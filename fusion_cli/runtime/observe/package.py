"""The arguments with which the networks around a class build it, noted while they are built.

Networks are the modules of the same file that name the class, and the functions that say they return a
module. They are built without data, as far as they need no arguments that are not known.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from fusion_cli.model.basics import Arguments
from fusion_cli.runtime.global_state import seeded
from fusion_cli.runtime.observe.alternatives import completed
from fusion_cli.runtime.observe.attempt import Probe
from fusion_cli.runtime.trace.constructions import Constructions

MOST_NETWORKS = 6  # classes, and functions
MOST_CALLS = 12


def calls_around(cls: type[nn.Module], namespace: Mapping[str, Any]) -> list[Arguments]:
    """The different arguments with which networks of a file, whose names these are, build its class."""
    probe = Probe(cls, namespace)
    notes = Constructions({probe.cls}, probe.namespace)
    with notes.watched():
        for build in _networks(probe):
            # A network that cannot be built has built some of its parts before.
            with contextlib.suppress(Exception, SystemExit), torch.device("meta"), seeded(0):
                build()
    calls: dict[object, Arguments] = {tuple(call.items()): call for call in notes.calls}
    return [*calls.values()][:MOST_CALLS]


def packaged(
    cls: type[nn.Module], namespace: Mapping[str, Any], module: str | None
) -> tuple[type[nn.Module], Mapping[str, Any]]:
    """The class and the names of the module that its package imports, where it is one of a package's.

    Of a text that differs from the package's own, the statements that differ are executed beside it.
    """
    imported = vars(sys.modules[module]) if module in sys.modules else {}
    original = imported.get(cls.__name__)
    return (original, imported) if isinstance(original, type) else (cls, namespace)


def _networks(probe: Probe) -> Iterator[Callable[[], object]]:
    """What builds a network: classes with guessed arguments where they have no defaults, functions."""
    for kind in (_from_class, _from_function):
        made = (kind(probe, name, value) for name, value in [*probe.namespace.items()])
        yield from itertools.islice(filter(None, made), MOST_NETWORKS)


def _from_class(probe: Probe, name: str, value: Any) -> Callable[[], object] | None:
    if not (isinstance(value, type) and issubclass(value, nn.Module)) or value is probe.cls:
        return None
    if value.__module__ != probe.cls.__module__ or not _names(value, probe.cls):
        return None
    other = Probe(value, probe.namespace)
    return lambda: other.build(completed(other, {}))


def _from_function(probe: Probe, name: str, value: Any) -> Callable[[], object] | None:
    """A function that names the class, is annotated to return a module and needs no arguments."""
    if not inspect.isfunction(value) or value.__module__ != probe.cls.__module__:
        return None
    signature = inspect.signature(value)
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty and parameter.kind not in optional
    ]
    returned = _returned(signature, probe.namespace)
    if needed or not _names(value, probe.cls) or _loads_weights(signature):
        return None
    return value if isinstance(returned, type) and issubclass(returned, nn.Module) else None


def _loads_weights(signature: inspect.Signature) -> bool:
    """Whether a function would fetch weights unless it is told not to."""
    names = ("weights", "pretrained")
    values = (
        parameter.default for name, parameter in signature.parameters.items() if name in names
    )
    return any(values)


def _returned(signature: inspect.Signature, namespace: Mapping[str, Any]) -> Any:
    kind = signature.return_annotation
    return namespace.get(kind) if isinstance(kind, str) else kind


def _names(value: Any, cls: type[nn.Module]) -> bool:
    """Whether the source of a class or a function names a class."""
    try:
        return bool(re.search(rf"\b{cls.__name__}\b", inspect.getsource(value)))
    except (OSError, TypeError):
        return False
