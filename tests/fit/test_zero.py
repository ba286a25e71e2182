"""`--init zero`: a new block with its host's weights computes what the host computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.jobs import ToVerify
from tests.fusing import HereWorker, demand_ok, facts_of, fuse_here, request_of, rewritten, row_of

# A donor that draws random numbers before a host that does.
DROPOUT = """
from torch import nn


class Noise(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return self.conv(self.drop(x))


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return x + self.drop(self.conv(x))
"""

# For each command: what breaks the promise, as the text that was written and that in its place.
BREAKS = {
    "parallel Bottleneck AKConv SE": ("torch.zeros(1)", "torch.full((1,), 1e-6)"),
    "serial ResNetBottleneck SE CBAM --at bn3": (
        "y = self.bn3(out)\n",
        "y = self.bn3(out) * 1.001\n",
    ),
    "concat ConvNeXtBlock CBAM": ("torch.zeros(1)", "torch.ones(1)"),
    "gate Bottleneck AKConv": ("torch.zeros(1)", "torch.ones(1)"),
    "merge Bottleneck AFF": ("torch.zeros(1)", "torch.ones(1)"),
    "residual ConvNeXtBlock SE": ("torch.zeros(1)", "torch.ones(1)"),
    "split ResNetBottleneck SE CBAM": ("torch.zeros(1)", "torch.ones(1)"),
    "serial C2f CBAM": (" + self.scale *", " + 1.0 *"),
    "serial C2f here:Noise --at m.*.cv1": ("torch.zeros(1)", "torch.ones(1)"),
    "gate Bottleneck SE": ("torch.zeros(1)", "torch.ones(1)"),
    "residual Bottleneck AKConv SE": ("torch.zeros(1)", "torch.ones(1)"),
    "serial here:Block here:Noise --at conv": ("torch.zeros(1)", "torch.ones(1)"),
}


def question_of(command: str, folder: Path) -> ToVerify:
    """What the battery is given for a fusion with `--init zero`."""
    file = folder / "here.py"
    file.write_text(DROPOUT, encoding="utf-8")
    words = request_of(command.replace("here:", f"{file}:"))
    fuse_here(
        str(words["pattern"]),
        str(words["host"]),
        *words["donors"],  # type: ignore[misc]
        init="zero",
        verify="off",
        dry_run=True,
        **words["options"],  # type: ignore[arg-type]
    )
    return HereWorker.verified


@pytest.mark.parametrize("command", BREAKS, ids=[one.replace(" ", "-") for one in BREAKS])
def test_a_block_begins_as_its_host(command: str, tmp_path: Path) -> None:
    question = question_of(command, tmp_path)
    assert "starts_as_host" in facts_of(question).guarantees
    row = row_of("guarantees", question)
    assert row.status == "passed", row.detail
    right, wrong = BREAKS[command]
    text: str = question.subject.source.text
    assert text.count(right) >= 1
    source = text.replace(right, wrong)
    row = row_of("guarantees", rewritten(question, source))
    assert row.status == "failed" and "starts_as_host" in row.detail


@pytest.mark.parametrize("check", ["equivalence", "gradients"])
def test_the_donor_is_there_all_the_same(check: str, tmp_path: Path) -> None:
    row = row_of(check, question_of("serial Bottleneck AKConv", tmp_path))
    assert row.status == "passed", row.detail


def test_a_pattern_that_leaves_nothing_of_the_host_is_refused() -> None:
    with pytest.raises(CannotFuse, match="nothing at `cv1` computes"):
        fuse_here("replace", "Bottleneck", "AKConv", init="zero")


def test_a_pattern_that_does_not_say_what_it_adds_is_refused(tmp_path: Path) -> None:
    text = (
        '{#\nsummary = "mine"\ndonor = "site.output -> site.output"\nat = "block"\n#}\n'
        "{% block init %}{{ plan.site.init }}\n"
        "self.{{ plan.donors[0].attr }} = {{ plan.donors[0].new }}{% endblock %}\n"
        "{% block call %}self.{{ plan.donors[0].attr }}({{ plan.site.call }}){% endblock %}\n"
    )
    (tmp_path / "mine.py.j2").write_text(text, encoding="utf-8")
    with pytest.raises(CannotFuse, match="does not say what of it is to start at zero"):
        fuse_here("mine", "Bottleneck", "SE", init="zero", templates=(str(tmp_path),))


def test_a_name_that_the_host_has_is_not_taken(tmp_path: Path) -> None:
    host = tmp_path / "scaled.py"
    host.write_text(DROPOUT.replace("self.drop", "self.scale"), encoding="utf-8")
    outcome = fuse_here("parallel", f"{host}:Block", "SE", init="zero", dry_run=True)
    demand_ok(outcome)
    assert "self.scale2 * self.se(x)" in outcome.source
    assert "fuse parallel scaled.py:Block SE --init zero\n" in outcome.source
