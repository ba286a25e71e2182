"""How many blocks of real libraries can be fused: `python -m tests.interop.fusions [-v] [--verify LEVEL] [NAME…]`.

For every class on maps (one input `b c h w`, one output; whole classifiers are among them) that has
submodules, `fuse serial CLASS SE` and `fuse parallel CLASS CBAM`. Prints the share of each stage apart,
and for each fusion that is not verified what a user would be told. Nothing is written.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterable

from fusion_cli import pipeline
from fusion_cli.model.contract import parse
from fusion_cli.model.errors import CannotConstruct, FuseError
from fusion_cli.model.outcomes import ShowOutcome
from fusion_cli.model.requests import FuseRequest, ShowRequest
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session
from tests.interop.coverage import LIBRARIES, classes

FUSIONS = (("serial", "SE"), ("parallel", "CBAM"))
STAGES = ("tried", "fused", "verified")
FAULT = "FAULT"


def main() -> None:
    """Print a table for each library named (the first three where none is)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="*", default=list(LIBRARIES)[:3])
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--verify", default="full")
    parser.add_argument("--only", default="", help="part of the names of the classes")
    parser.add_argument("--sample", type=int, help="so many of the classes, drawn by chance")
    parser.add_argument("--seed", type=int, default=0, help="of that chance")
    options = parser.parse_args()
    with Worker.start() as worker:
        for library in options.libraries:
            refs = drawn(references(library, options.only), options.sample, options.seed)
            counts = sweep(worker, refs, options.verify, options.verbose)
            print(library, "  ".join(f"{stage} {count}" for stage, count in counts.items()))


def references(library: str, only: str = "") -> list[str]:
    """The public classes of a library, those with `only` in their names."""
    return [f"{module}:{cls}" for module, cls in classes(LIBRARIES[library]) if only in cls]


def drawn(refs: list[str], count: int | None, seed: int = 0) -> list[str]:
    """So many of them by chance, in their order; all where no number is given."""
    if count is None or count >= len(refs):
        return refs
    return sorted(random.Random(seed).sample(refs, count), key=refs.index)


def sweep(worker: Worker, refs: Iterable[str], verify: str, verbose: bool = False) -> Counter[str]:
    """How many of these classes reach each stage; what stops the others is printed."""
    counts: Counter[str] = Counter()
    for ref in refs:
        _one_class(worker, ref, counts, verify, verbose)
    return counts


def _one_class(worker: Worker, ref: str, counts: Counter[str], verify: str, verbose: bool) -> None:
    counts["found"] += 1
    try:
        shown = pipeline.show(Session(worker, ShowRequest(ref)))
    except FuseError as error:
        if not isinstance(error, CannotConstruct):
            print(f"  {ref}: {type(error).__name__}: {error.message}", flush=True)
        return
    counts["run"] += 1
    if not on_maps(shown):
        return
    counts["on maps"] += 1
    for pattern, donor in FUSIONS:
        begin = time.monotonic()
        request = FuseRequest(pattern, ref, (donor,), dry_run=True, verify=verify)
        stage, says = attempt(worker, request)
        for reached in STAGES[: STAGES.index(stage) + 1]:
            counts[f"{pattern} {donor} {reached}"] += 1
        counts["faults of fuse"] += says.startswith(FAULT)
        if verbose or stage != "verified":
            took = time.monotonic() - begin
            print(f"  {pattern} {ref} {donor} ({took:.1f} s) {stage}: {says}", flush=True)


def on_maps(shown: ShowOutcome) -> bool:
    """Whether a class makes one tensor of one map and has submodules."""
    contract = parse(shown.contract)
    single = len(contract.inputs) == len(contract.outputs) == 1
    return single and contract.layout == "nchw" and bool(shown.sites)


def attempt(worker: Worker, request: FuseRequest) -> tuple[str, str]:
    """The stage that a fusion reaches, and what stood in the way of the next."""
    try:
        outcome = pipeline.fuse(Session(worker, request))
    except FuseError as error:
        return "tried", f"{type(error).__name__}: {error.message}"
    except Exception as error:
        return "tried", f"{FAULT} {type(error).__name__}: {error}"
    bad = outcome.report.rejected_by(False)
    if bad:
        rows = "; ".join(f"{row.name}: {row.detail}"[:200] for row in bad)
        return "fused", f"at {outcome.site.path}: {rows}"
    return "verified", f"at {outcome.site.path}"


if __name__ == "__main__":
    main()
