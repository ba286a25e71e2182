"""How long the commands take, against the imports they cannot do without.

    python tests/benchmarks/figures.py [RUNS]

The commands of a group run in turn, RUNS times (9 unless told), so that a busy machine slows all
of them alike. Printed are the medians of the wall time in seconds and their ratio to the first.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUSE = ("-m", "fusion_cli")
# Each group: the import that is measured against, then commands with the ratio they may take.
GROUPS = (
    (("-c", "import typer"), ((*FUSE, "--help"), 4.0), ((*FUSE, "list"), 4.0)),
    (
        ("-c", "import torch"),
        ((*FUSE, "replace", "Bottleneck", "AKConv", "--force", "-o", "."), 1.5),
    ),
)


def seconds(words: tuple[str, ...], folder: str) -> float:
    """Wall time of one run of Python with these arguments in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, check=True
    )
    return time.perf_counter() - started


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for base, *budgeted in GROUPS:
            commands = [base, *(words for words, _ in budgeted)]
            rounds = [[seconds(words, folder) for words in commands] for _ in range(runs)]
            medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
            print(f"{medians[0]:6.3f} s  python {' '.join(base)}")
            for (words, budget), median in zip(budgeted, medians[1:], strict=True):
                ratio, command = median / medians[0], " ".join(words[len(FUSE) :])
                print(f"{median:6.3f} s  fuse {command}: {ratio:.2f} × (at most {budget:g} ×)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
