"""Every repair on its case files, and what holds for all of them on any text."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_cli.mend.repairs import Repair, all_repairs
from fusion_cli.model.levels import DEEP

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
REPAIRS = {repair.name: repair for repair in all_repairs()}
MARK = "# output\n"


def case(path: Path) -> tuple[Repair, str, str]:
    given, output = path.read_text(encoding="utf-8").split(MARK)
    return REPAIRS[path.stem.rpartition("_")[0]], given, output


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    repair, given, output = case(path)
    assert repair.apply(given) == output


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_output_of_a_case_has_nothing_left_to_mend(path: Path) -> None:
    repair, _, output = case(path)
    assert repair.apply(output) == output


@pytest.mark.parametrize("repair", REPAIRS.values(), ids=REPAIRS)
def test_repair_has_a_case_and_knows_its_checks(repair: Repair) -> None:
    assert any(path.stem.startswith(repair.name) for path in CASES)
    assert repair.summary
    assert repair.for_checks and set(repair.for_checks) <= set(DEEP)


@pytest.mark.parametrize("repair", REPAIRS.values(), ids=REPAIRS)
@pytest.mark.parametrize(
    "text", ["", "\n", "class", "def f(:\n", "x = 1", "# only\r\n", "\ufeff\n"]
)
def test_text_without_a_fault_is_left_alone(repair: Repair, text: str) -> None:
    assert repair.apply(text) == text


CONSTRUCTOR = (
    "self.act = nn.ReLU(inplace=True)",
    "self.layers = [nn.Conv2d(8, 8, 1), nn.ReLU()]",
    "self.steps = torch.arange(8).float()",
    "self.noise = torch.randn(8)",
    "self.conv = nn.Conv2d(8, 8, 1).cuda()",
    "self.cuda()",
    "self.conv.register_full_backward_hook(self._hook)",
    "self.size = 8  # a number",
)
FORWARD = (
    "x += 1",
    "x.mul_(2)",
    "x[:, 0] = 1",
    "x = self.act(x)",
    "y = x",
    "y += x",
    "if self.training:\n            x += 1\n        else:\n            x = x * 2",
    "for layer in self.layers:\n            x = layer(x)",
    "x = x.view(x.shape[0], -1)",
    "a = torch.zeros(4)",
    "a = torch.arange(4).float()",
    "a = torch.linspace(0, 1, 4,\n            # even\n        )",
    "a, b = torch.meshgrid(torch.arange(x.size(2)), torch.arange(x.size(3)), indexing='xy')",
    "b = x.type(x.data.type())",
    "b = x.type('torch.cuda.FloatTensor').cuda()",
    "c = math.sqrt(2) * F.relu(x)",
    "return rearrange(x, 'b c h w -> b (h w) c')",
)
HOOK = """
    def _hook(self, module, grad_input, grad_output):
        grad_input = tuple(grad_input)
"""


@st.composite
def modules(draw: st.DrawFn) -> str:
    """The text of a module, put together of sound and faulty statements."""
    building = draw(st.lists(st.sampled_from(CONSTRUCTOR), max_size=6))
    running = draw(st.lists(st.sampled_from(FORWARD), min_size=1, max_size=8))
    head = draw(st.sampled_from(("", "import torch\nfrom torch import nn\n\n\n", "# head\n\n")))
    lines = ["super().__init__()", *building]
    return (
        f"{head}class M(nn.Module):\n    def __init__(self):\n"
        + "".join(f"        {line}\n" for line in lines)
        + HOOK
        + "\n    def forward(self, x):\n"
        + "".join(f"        {line}\n" for line in running)
    )


@pytest.mark.parametrize("repair", REPAIRS.values(), ids=REPAIRS)
@given(text=modules())
@settings(max_examples=40, deadline=None)
def test_a_second_time_changes_nothing(repair: Repair, text: str) -> None:
    once = repair.apply(text)
    ast.parse(once)
    assert repair.apply(once) == once


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_repairs_agree_in_any_order(examples: int) -> None:
    settings(max_examples=examples, deadline=None)(given(text=modules())(agree))()


def agree(text: str) -> None:
    """One after another, they leave nothing that any of them would mend, and comments stay."""
    for _ in range(3):
        for repair in REPAIRS.values():
            text = repair.apply(text)
    ast.parse(text)
    assert all(repair.apply(text) == text for repair in REPAIRS.values())


SOUND = """import torch
from torch import nn


class Sound(nn.Module):
    '''Keeps its  odd   spacing.'''

    def __init__( self,dim ):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(dim,dim)])   # registered
        self.register_buffer('steps', torch.arange(dim))
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.layers[0](x)
        y = self.act(y); y += 1
        n = torch.arange(x.shape[-1], device = x.device)
        return (x + y+n).reshape(x.shape)
"""


@pytest.mark.parametrize("repair", REPAIRS.values(), ids=REPAIRS)
def test_sound_module_stays_as_it_is_to_the_byte(repair: Repair) -> None:
    assert repair.apply(SOUND) == SOUND
    windows = SOUND.replace("\n", "\r\n")
    assert repair.apply(windows) == windows
