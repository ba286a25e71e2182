"""How many classes of real libraries are built and run without help: `python -m tests.interop.coverage [-v] [NAME…]`.

Prints the share of each stage apart for every library (found, loaded, built, run), then of the
classes that count, those on one tensor that are built of plain values (`countable.py`), how many
run. For each class that is not run it prints the error a user would see. A class runs in a process
of its own.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.countable import left_out

LIBRARIES = {
    "ultralytics": ("ultralytics.nn.modules.block", "ultralytics.nn.modules.conv"),
    "torchvision.ops": ("torchvision.ops",),
    "timm.layers": ("timm.layers",),
    "torchvision.models": ("torchvision.models",),
    "timm.models": ("timm.models",),
}
STAGES = ("found", "loaded", "built", "run")
SECONDS = 120.0  # on the clock: a busy machine is slow


@dataclass
class Tally:
    """How far the classes of a library came."""

    reached: Counter[str] = field(default_factory=Counter)  # all classes, by stage
    counted: Counter[bool] = field(default_factory=Counter)  # those that count: whether they ran
    left_out: Counter[str] = field(default_factory=Counter)  # the others, by reason

    @property
    def share(self) -> float:
        """Of the classes that count, those that run."""
        return self.counted[True] / max(self.counted.total(), 1)

    def __str__(self) -> str:
        stages = "  ".join(f"{stage} {self.reached[stage]}" for stage in STAGES)
        ran = f"{self.counted[True]} of {self.counted.total()} that count run ({self.share:.1%})"
        out = ", ".join(f"{count} {reason}" for reason, count in self.left_out.most_common())
        return f"{stages}\n  {ran}; {self.left_out.total()} are left out: {out or 'none'}"


def main(arguments: list[str]) -> None:
    """Print the tally of the libraries named (the first three where none is)."""
    named = [one for one in arguments if one != "-v"] or list(LIBRARIES)[:3]
    for library in named:
        tally = measure(classes(LIBRARIES[library]), "-v" in arguments)
        print(library, tally, flush=True)


def measure(subjects: Iterable[tuple[str, str]], verbose: bool = False) -> Tally:
    """Try each class; what stops one that counts is printed, with `verbose` what all of them do."""
    tally = Tally()
    for module, name in subjects:
        begin = time.monotonic()
        result = in_child(module, name, attempt)
        runs = result["stage"] == "run"
        reason = left_out(getattr(importlib.import_module(module), name))
        tally.reached.update(STAGES[: STAGES.index(result["stage"]) + 1])
        if reason:
            tally.left_out[reason] += 1
        else:
            tally.counted[runs] += 1
        if verbose or not (runs or reason):
            note = f" [left out: {reason}]" if reason else ""
            took = time.monotonic() - begin
            print(f"  {module}:{name} ({took:.1f} s){note}: {result['says']}", flush=True)
    return tally


def classes(roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The public module classes that are defined in these modules and those below them."""
    from torch import nn

    for root in roots:
        package = importlib.import_module(root)
        below = pkgutil.walk_packages(getattr(package, "__path__", []), f"{root}.")
        for name in [root, *(one.name for one in below)]:
            try:
                module = importlib.import_module(name)
            except Exception:
                continue
            for key, value in sorted(vars(module).items()):
                own = inspect.isclass(value) and value.__module__ == name
                if own and issubclass(value, nn.Module) and not key.startswith("_"):
                    yield name, key


def in_child(module: str, cls: str, action: Callable[[str, str], dict[str, str]]) -> dict[str, str]:
    """What `action` tells of one class, from a child that is killed after some seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)  # C++ writes there too
        with os.fdopen(writer, "w") as pipe:
            json.dump(action(module, cls), pipe)
        os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], SECONDS)
    if not ready:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    result: dict[str, str] = json.loads(text or '{"stage": "found", "says": "died or hung"}')
    return result


def attempt(module: str, cls: str) -> dict[str, str]:
    """Load, build and run one class, as `fuse` does."""
    from fusion_cli.model.errors import CannotConstruct, FuseError
    from fusion_cli.resolve.evidence import read_evidence
    from fusion_cli.runtime.load import load
    from fusion_cli.runtime.observe.search import observe

    path = str(inspect.getsourcefile(importlib.import_module(module)))
    text = Path(path).read_text()
    stage = "found"
    try:
        namespace = load(text, path, module)
        stage = "loaded"
        seen = observe(namespace[cls], namespace, read_evidence(text, cls))
    except CannotConstruct as error:
        stage = "built" if "cannot be run" in error.message else "loaded"
        return {"stage": stage, "says": f"{error.message} | {error.hint}"}
    except FuseError as error:
        return {"stage": stage, "says": error.message}
    except BaseException as error:
        return {"stage": stage, "says": f"FAULT {type(error).__name__}: {error}"}
    says = f"{seen.contract} {dict(seen.base.args)} {dict(seen.roles)} [{seen.source}]"
    return {"stage": "run", "says": says}


if __name__ == "__main__":
    main(sys.argv[1:])
