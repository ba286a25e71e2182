"""Gates: what is one as it is, and what has to be made one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fusing import demand_ok, fuse_here, fused_class, request_of
from tests.runtime.observe.test_construct import IMPORTS, see

SQUEEZE = """
class M(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return {gate}
"""
BOUNDED = {
    "sigmoid": "torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True)))",
    "hard-sigmoid": "F.hardsigmoid(self.fc(x))",
    "softmax": "self.fc(x).softmax(1)",
    "relu6": "F.relu6(self.fc(x)) / 6",
}
UNBOUNDED = {
    "logits": "self.fc(x.mean((2, 3), keepdim=True))",
    "relu": "F.relu(self.fc(x))",
    "tanh": "self.fc(x).tanh()",
    "around-a-half": "0.5 + 0.01 * self.fc(x)",
    "small": "x.abs().mean(1, keepdim=True) / 10",
    "double": "2 * self.fc(x).sigmoid()",
    "none-of-two": "(self.fc(x).sigmoid(), self.fc(x))",
}


@pytest.mark.parametrize("name", BOUNDED)
def test_what_stays_between_0_and_1_is_a_gate_as_it_is(name: str) -> None:
    assert see(SQUEEZE.format(gate=BOUNDED[name])).bounded


@pytest.mark.parametrize("name", UNBOUNDED)
def test_what_does_so_by_chance_is_none(name: str) -> None:
    assert not see(SQUEEZE.format(gate=UNBOUNDED[name])).bounded


def test_weights_that_start_at_zero_do_not_make_a_gate() -> None:
    init = "nn.init.zeros_(self.fc.weight)\n        nn.init.zeros_(self.fc.bias)"
    body = SQUEEZE.replace("\n    def forward", f"        {init}\n\n    def forward")
    assert not see(body.format(gate="self.fc(x)")).bounded


DONORS = {
    "Squeeze": SQUEEZE.format(gate=BOUNDED["sigmoid"]).replace("class M", "class Squeeze"),
    "Logits": SQUEEZE.format(gate=UNBOUNDED["logits"]).replace("class M", "class Logits"),
    "Place": """
class Place(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 7, padding=3)

    def forward(self, x):
        return self.conv(x.mean(1, keepdim=True)).sigmoid()
""",
}
HOW = {
    "gate Bottleneck Squeeze --at cv2": (
        "y = self.cv1(x) y = self.cv2(y) * self.squeeze(y)",
        "self.squeeze = nn.Sequential(nn.Conv2d(c_, c2, 1",
    ),
    "gate Bottleneck Logits": (
        "* torch.sigmoid(self.logits(x))",
        "Logits(c2))",
    ),
    "gate ResNetBottleneck Place --at conv2": ("* self.place(", "ceil_mode=True), Place())"),
    "serial Bottleneck Squeeze": ("self.squeeze(self.cv1(x))", "self.squeeze = Gated(Squeeze(c_))"),
    "parallel Bottleneck Logits": (
        "+ self.logits(x)",
        "Gated(nn.Sequential(Logits(c1), nn.Sigmoid()))",
    ),
    "replace C2f Place": ("self.cv1(x)", "Gated(Place())"),
}


@pytest.mark.parametrize("command", HOW)
def test_a_gate_is_multiplied_and_said_so(command: str, tmp_path: Path) -> None:
    words = request_of(command)
    (name,) = words["donors"]  # type: ignore[misc]
    file = tmp_path / "gates.py"
    file.write_text(IMPORTS + DONORS[name], encoding="utf-8")
    outcome = fuse_here(
        str(words["pattern"]),
        str(words["host"]),
        f"{file}:{name}",
        dry_run=True,
        **words["options"],  # type: ignore[arg-type]
    )
    text = re.sub(r"\s+", " ", outcome.source).replace("( ", "(").replace(" )", ")")
    for part in HOW[command]:
        assert part in text, fused_class(outcome)
    demand_ok(outcome)
    gated = [one for one in outcome.adapters if one.startswith("Gated: x * ")]
    assert len(gated) == (words["pattern"] != "gate")
