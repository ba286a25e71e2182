"""Gates: what is one as it is, and what has to be made one."""

from __future__ import annotations

import pytest

from tests.test_construct import see

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
