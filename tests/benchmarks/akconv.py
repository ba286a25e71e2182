"""AKConv against the gather formulation: time and peak memory on the CPU.

    python tests/benchmarks/akconv.py

Both run forward and backward at 1×64×80×80 on equal weights, on one thread and on all. The times are
medians of interleaved runs; the peak memory is what each adds to a process of its own (Linux only).
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from fusion_cli.zoo.donors.akconv import AKConv

SHAPE = (1, 64, 80, 80)
RUNS = 25


class GatherAKConv(AKConv):
    """AKConv with its samples gathered at the four corners of each place, as the published code does.

    The place is clamped to the map, so that the weights of the corners sum to 1 at the border too.
    """

    def _sample(self, x: Tensor, offset: Tensor) -> Tensor:
        c, h, w = x.shape[1:]
        row, col = (place.permute(0, 2, 3, 1) for place in self._places(offset))  # b h' w' n
        row, col = row.clamp(0, h - 1), col.clamp(0, w - 1)
        top, left = row.detach().floor(), col.detach().floor()
        bottom, right = (top + 1).clamp(max=h - 1), (left + 1).clamp(max=w - 1)
        down, across = row - top, col - left
        samples = torch.zeros((), dtype=x.dtype)
        for r, vertical in ((top, 1 - down), (bottom, down)):
            for q, horizontal in ((left, 1 - across), (right, across)):
                index = (r * w + q).long().flatten(1).unsqueeze(1).expand(-1, c, -1).contiguous()
                corner = x.flatten(2).gather(2, index).unflatten(2, row.shape[1:])
                samples = samples + (vertical * horizontal).unsqueeze(1) * corner
        return samples.transpose(3, 4).flatten(2, 3)  # b c (h' n) w'


FORMULATIONS: dict[str, type[AKConv]] = {"gather": GatherAKConv, "ours": AKConv}


def step(cls: type[AKConv]) -> Callable[[], None]:
    """Return what runs one forward and backward of a formulation."""
    torch.manual_seed(0)
    module = cls(SHAPE[1], SHAPE[1])
    x = torch.randn(SHAPE, requires_grad=True)

    def run() -> None:
        module(x).sum().backward()

    return run


def seconds() -> dict[str, float]:
    """Return the median time of each formulation over interleaved runs."""
    steps = {name: step(cls) for name, cls in FORMULATIONS.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for run in steps.values():
        run()
    for _ in range(RUNS):
        for name, run in steps.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(of) for name, of in times.items()}


def high_water() -> int:
    """Return the peak memory of this process in bytes; unlike `ru_maxrss`, not that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def added_bytes(name: str) -> int:
    """Return by how much one step of a formulation raises the peak memory of this process."""
    run = step(FORMULATIONS[name])
    before = high_water()
    run()
    return high_water() - before


def peak_bytes() -> dict[str, int]:
    """Return the peak memory that each formulation adds, each measured in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return {name: pool.apply(added_bytes, (name,)) for name in FORMULATIONS}


def main() -> None:
    peaks = peak_bytes()
    print(f"AKConv{SHAPE[1], SHAPE[1]}, forward and backward at {'×'.join(map(str, SHAPE))}")
    print("threads       gather         ours    ratio")
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        times = {name: 1e3 * of for name, of in seconds().items()}
        print(row(str(threads), times, "ms"))
    print(row("peak", {name: of / 2**20 for name, of in peaks.items()}, "MiB"))


def row(label: str, found: dict[str, float], unit: str) -> str:
    """Return a line of the table; the ratio is the gather formulation's figure over ours."""
    cells = "".join(f"{found[name]:8.1f} {unit:<4}" for name in FORMULATIONS)
    return f"{label:<7}{cells}{found['gather'] / found['ours']:7.2f} ×"


if __name__ == "__main__":
    main()
