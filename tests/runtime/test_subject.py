"""A class with its arguments: built twice, it is the same."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from fusion_cli.model.contract import parse
from fusion_cli.model.observation import Observation, Run
from fusion_cli.runtime.subject import Subject
from tests.fusing import fuse_here


def test_a_module_among_the_arguments_has_the_same_weights_each_time() -> None:
    run = Run({"*": "(nn.Linear(3, 3),)"}, ((2, 3),), ((2, 3),))
    observation = Observation("test", (run,), {}, parse("b 3 -> b 3"))
    subject = Subject(nn.Sequential, {"nn": nn}, observation, "", "x.py")
    first, second = (subject.build() for _ in range(2))
    assert torch.equal(first[0].weight, second[0].weight)  # type: ignore[index]


def test_a_host_that_does_not_return_itself_is_told_so(tmp_path: Path) -> None:
    """`eval()` gives nothing there, which is the module's fault and stops nothing before `modes`."""
    file = tmp_path / "here.py"
    file.write_text(
        "from torch import nn\n\n\nclass Host(nn.Module):\n"
        "    def __init__(self, dim):\n"
        "        super().__init__()\n"
        "        self.conv = nn.Conv2d(dim, dim, 1)\n\n"
        "    def train(self, mode=True):\n"
        "        super().train(mode)\n\n"
        "    def forward(self, x):\n"
        "        return self.conv(x)\n",
        encoding="utf-8",
    )
    outcome = fuse_here("serial", str(file), "SE", dry_run=True, verify="full")
    assert [row.name for row in outcome.report.checks if row.status == "failed"] == ["modes"]
