"""What published modules fail: `python -m tests.interop.clean_sweep [-v] [NAME…]`.

Runs the battery, as `fuse check` does, on every class of the libraries named (timm.layers and
torchvision.ops where none is) that maps b c h w to b c h w. Prints a line for each failed check, with
-v also for each warning, and how often each check failed and warned.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections import Counter
from pathlib import Path

from tests.interop.coverage import LIBRARIES, classes, in_child

MAPS = ("h", "w")


def main(arguments: list[str]) -> None:
    verbose = "-v" in arguments
    named = [one for one in arguments if one != "-v"] or ["timm.layers", "torchvision.ops"]
    counts, modules = Counter[tuple[str, str]](), 0
    for library in named:
        for module, cls in classes(LIBRARIES[library]):
            rows = in_child(module, cls, battery)
            stage = rows.pop("stage", "")
            if stage == "found":
                print(f"{module}:{cls}: {rows['says']}", flush=True)
            modules += stage == "checked"
            for check, text in rows.items() if stage == "checked" else ():
                status, _, detail = text.partition(" ")
                counts[status, check] += 1
                if status == "failed" or verbose:
                    print(f"{module}:{cls} {status} {check}: {detail}", flush=True)
    print(
        f"{modules} modules",
        *(f"{key[0]} {key[1]}: {n}" for key, n in counts.most_common()),
        sep="\n",
    )


def battery(module: str, cls: str) -> dict[str, str]:
    """The rows of one class that did not pass; nothing of one that cannot be built or has no map."""
    from fusion_cli.model.errors import FuseError
    from fusion_cli.model.levels import FULL, NEED_HOST
    from fusion_cli.resolve.evidence import read_evidence
    from fusion_cli.runtime.battery.context import Context
    from fusion_cli.runtime.battery.registry import run_checks
    from fusion_cli.runtime.load import load
    from fusion_cli.runtime.observe.search import observe
    from fusion_cli.runtime.subject import Subject

    path = str(inspect.getsourcefile(importlib.import_module(module)))
    text = Path(path).read_text()
    try:
        namespace = load(text, path, module)
        seen = observe(namespace[cls], namespace, read_evidence(text, cls))
    except FuseError:
        return {"stage": "not run"}
    context = Context(Subject(namespace[cls], namespace, seen, text, Path(path).name))
    if not context.subject.axes() or context.subject.axes()[0][2:] != MAPS:
        return {"stage": "no map"}
    rows = run_checks(context, [name for name in FULL if name not in NEED_HOST])
    wrong = {row.name: row for row in rows if row.status in ("failed", "warned")}
    return {"stage": "checked"} | {
        name: f"{row.status} {row.detail} [{seen.contract}; {dict(seen.base.args)}]"
        for name, row in wrong.items()
    }


if __name__ == "__main__":
    main(sys.argv[1:])
