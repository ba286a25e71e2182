"""What the stand-in for CUDA sees in a forward, and what it must not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.runtime.battery.checks.device import DRY_RUN, dry_run
from fusion_cli.runtime.battery.context import Outcome
from tests.runtime.battery.planted import context_of

HEAD = """
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 4}
INPUT = (2, 4, 6, 6)
LIMIT = torch.tensor(2.0)
TABLE = torch.ones(6)
TAPS = torch.ones(3)


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.plain = torch.ones(6)
        self.nested = {"a": [torch.ones(6)]}
        self.register_buffer("known", torch.ones(6))
        self.alias = self.known

    def forward(self, x):
"""

SOUND = {
    "device of the input": "return x + torch.ones(6, device=x.device)",
    "device of a weight": "return x + torch.ones(6, device=self.conv.weight.device)",
    "likes": "return x + torch.ones_like(x) + x.new_zeros(6) + torch.rand_like(x)",
    "moved": "return x + torch.ones(6).to(x) + torch.ones(6).type_as(x)",
    "moved by device": "return x + torch.arange(6).to(x.device)",
    "moved by keyword": "return x + torch.arange(6).to(device=x.device, dtype=x.dtype)",
    "moved by type": "return x + torch.arange(6).type(x.type())",
    "a scalar tensor": "return x * torch.tensor(3.0) + LIMIT",
    "a buffer under another name": "return x + self.alias",
    "a plain tensor moved": "return x + self.plain.to(x.device)",
    "CPU indices": "return x[:, torch.arange(3, -1, -1)]",
    "written from the CPU": "y = x * 1\n        y[:, 0] = torch.ones(6, 6)\n        return y",
    "copied from the CPU": "y = torch.empty_like(x)\n        y.copy_(torch.ones(6))\n        return y",
    "constants among themselves": "n = (torch.arange(6) * torch.ones(6)).sum().item()\n        return x * n",
    "if on the device": "return x if x.is_cuda else x + torch.ones(6)",
    "a device that is compared": "assert x.device.type == 'cuda'\n        return x",
    "view of the input": "return x.data.flatten(2).transpose(1, 2).T.T.transpose(1, 2).reshape(x.shape)",
    "attention of torch": "return nn.MultiheadAttention(6, 2).to(x.device)(x[0], x[0], x[0])[0]",
    "autocast": "with torch.autocast(x.device.type, enabled=False):\n            return self.conv(x)",
    "no_grad": "with torch.no_grad():\n            return self.conv(x.detach())",
    "shape only": "return x * torch.zeros(2, 4).shape[0]",
}

FAULTS = {
    "added": ("return x + torch.ones(6)", "on the CPU"),
    "in place": ("y = x * 1\n        y += torch.ones(6)\n        return y", "on the CPU"),
    "concatenated": ("return torch.cat([x, torch.zeros(x.shape)])", "on the CPU"),
    "in a list argument": ("return torch.stack([x, torch.zeros(x.shape)]).sum(0)", "on the CPU"),
    "by keyword": ("return torch.where(x > 0, input=x, other=torch.zeros(6))", "on the CPU"),
    "functional": ("return F.conv2d(x, torch.ones(4, 4, 1, 1))", "on the CPU"),
    "grid sample": ("return F.grid_sample(x, torch.zeros(2, 6, 6, 2))", "on the CPU"),
    "plain attribute": ("return x + self.plain", "on the CPU"),
    "nested attribute": ("return x + self.nested['a'][0]", "on the CPU"),
    "module constant": ("return x + TABLE", "on the CPU"),
    "moved and thrown away": (
        "self.plain.to(x.device)\n        return x + self.plain",
        "on the CPU",
    ),
    "named CPU": ("return x + torch.ones(6, device='cpu')", "on the CPU"),
    "brought to the CPU": ("return x + (x.cpu() * 2)", "on the CPU"),
    "derived": ("return x + torch.arange(6).float().view(1, 6).expand(6, 6)", "on the CPU"),
    "indexed by the device": ("return x + self.plain[(x > 0).long()]", "a CPU tensor indexed"),
    "random": ("return x * torch.rand(x.shape)", "on the CPU"),
    "new of a constant": ("return x + torch.ones(1).new_ones(6)", "on the CPU"),
    "from numpy": ("return x + torch.from_numpy(np.ones(6, dtype='float32'))", "on the CPU"),
    "numpy": ("return x + float(np.mean(x.numpy()))", "numpy"),
    "numpy by protocol": ("return x + float(np.asarray(x).mean())", "numpy"),
    "cuda method": ("return x + torch.ones(6).cuda()", "names the device"),
    "cuda string": ("return x + torch.ones(6).to('cuda')", "names the device"),
    "cuda keyword": ("return x + torch.ones(6, device='cuda')", "names the device"),
    "cuda device": ("return x + torch.ones(6, device=torch.device('cuda'))", "names the device"),
}

WAITS = {
    "item": "return x * x.sum().item()",
    "tolist": "return x * sum(x.sum((0, 2, 3)).tolist())",
    "branch": "return x if x.sum() > 0 else -x",
    "float": "return x * float(x.sum())",
    "index": "return x[: max(1, int(x.sum() > 1e9))].expand_as(x)",
    "to the CPU and back": "return x + x.mean().cpu().to(x.device)",
}


def row(body: str, tmp_path: Path) -> Outcome:
    path = tmp_path / "block.py"
    path.write_text(f"{HEAD}        {body}\n", encoding="utf-8")
    return dry_run(context_of(path, "Block"))


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND)
def test_sound_placement_passes(body: str, tmp_path: Path) -> None:
    outcome = row(body, tmp_path)
    assert (outcome.status, outcome.detail) == ("passed", DRY_RUN)


@pytest.mark.parametrize(("body", "word"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found_with_its_line(body: str, word: str, tmp_path: Path) -> None:
    outcome = row(body, tmp_path)
    first = len(HEAD.splitlines()) + 1
    lines = range(first, first + 1 + body.count("\n"))
    assert outcome.status == "failed"
    assert any(f"block.py:{line})" in outcome.detail for line in lines)
    assert DRY_RUN in outcome.detail
    assert word in outcome.detail


@pytest.mark.parametrize("body", WAITS.values(), ids=WAITS)
def test_waiting_for_the_device_warns(body: str, tmp_path: Path) -> None:
    outcome = row(body, tmp_path)
    assert outcome.status == "warned"
    assert "waits for the GPU" in outcome.detail


def test_where_the_run_stops_nothing_is_claimed(tmp_path: Path) -> None:
    outcome = row("return torch.ops.nowhere.kernel(x)", tmp_path)
    assert outcome.status == "skipped"
    assert "stopped" in outcome.detail
