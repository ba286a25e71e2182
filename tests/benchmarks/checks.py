"""How long each check takes: median milliseconds, for a fusion and for sound modules alone.

    python tests/benchmarks/checks.py [RUNS]

The modules run in turn, RUNS times (5 unless told), so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import statistics
import sys

from fusion_cli import check, fuse
from fusion_cli.model.levels import FULL
from fusion_cli.model.outcomes import Verdict

FUSION = "Bottleneck × AKConv"
MODULES = ("SE", "CBAM", "ConvNeXtBlock", "C2f")


def outcomes() -> dict[str, Verdict]:
    """The fusion and every module, each put to the whole battery once."""
    fused: Verdict = fuse("replace", "Bottleneck", "AKConv", dry_run=True)
    return {FUSION: fused, **{ref: check(ref) for ref in MODULES}}


def milliseconds(runs: list[dict[str, Verdict]], column: str) -> dict[str, float]:
    """The median of each check's time; a check that does not apply to the module has none."""
    rows = [{row.name: row for row in run[column].report.checks} for run in runs]
    return {
        name: 1e3 * statistics.median(one[name].seconds for one in rows)
        for name, row in rows[0].items()
        if row.status != "skipped"
    }


def main(runs: int) -> None:
    measured = [outcomes() for _ in range(runs)]
    columns = {name: milliseconds(measured, name) for name in (FUSION, *MODULES)}
    print(f"| ms | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for check_name in FULL:
        print(row(check_name, [times.get(check_name) for times in columns.values()]))
    print(row("all", [sum(times.values()) for times in columns.values()]))


def row(name: str, times: list[float | None]) -> str:
    """One line of the table; `–` where there is no time."""
    cells = " | ".join("–" if time is None else f"{time:.0f}" for time in times)
    return f"| {name} | {cells} |"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
