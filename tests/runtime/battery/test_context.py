"""The tools that the checks share."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fusion_cli.model.contract import parse
from fusion_cli.model.observation import Observation, Run
from fusion_cli.runtime.battery.context import (
    difference,
    enliven,
    failed,
    passed,
    projection,
    skipped,
    structure,
    tensors,
    warned,
    worst,
)
from fusion_cli.runtime.battery.cost import cost
from fusion_cli.runtime.battery.plain import unregistered
from fusion_cli.runtime.subject import Subject
from tests.conftest import TESTS
from tests.runtime.battery.planted import context_of

CLEAN = TESTS / "defects" / "clean"


def test_tensors_are_found_in_order() -> None:
    a, b, c = (torch.tensor(float(i)) for i in range(3))
    assert [float(one) for one in tensors({"x": [a, (b, None)], "y": c, "z": "text"})] == [0, 1, 2]


@dataclass
class Output:
    map: torch.Tensor
    aux: torch.Tensor | None = None


def test_a_dataclass_is_looked_into_as_a_mapping_is() -> None:
    one = torch.zeros(2, 3)
    assert [id(found) for found in tensors([Output(one)])] == [id(one)]
    assert structure(Output(one)) == "{map: 2×3, aux: NoneType}"


def test_structure_tells_nesting_and_shapes() -> None:
    one = torch.zeros(2, 3)
    assert structure((one, [one, None])) == "(2×3, (2×3, NoneType))"
    assert structure({"a": torch.tensor(1.0)}) == "{a: scalar}"


def test_the_gravest_finding_comes_first() -> None:
    outcome = worst([passed("fine"), warned("w", "hint w"), failed("f", "hint f")], passed())
    assert (outcome.status, outcome.detail, outcome.hint) == (
        "failed",
        "f; w; fine",
        "hint f; hint w",
    )
    assert worst([], skipped("none")).status == "skipped"


@pytest.mark.parametrize(
    ("found", "expected", "at_least", "at_most"),
    [
        (torch.ones(4), torch.ones(4), 0.0, 0.0),
        (torch.ones(4) * 1.01, torch.ones(4), 0.0099, 0.0101),
        (torch.ones(4), torch.ones(5), float("inf"), float("inf")),
        (torch.full((4,), float("nan")), torch.ones(4), float("inf"), float("inf")),
        (torch.ones(4, dtype=torch.complex64) * 1j, torch.ones(4) + 0j, 1.41, 1.42),
        (torch.ones(4, dtype=torch.bfloat16), torch.ones(4), 0.0, 0.0),
    ],
)
def test_difference(
    found: torch.Tensor, expected: torch.Tensor, at_least: float, at_most: float
) -> None:
    assert at_least <= difference([found], [expected]) <= at_most


def test_projection_sees_what_a_sum_cancels() -> None:
    x = torch.randn(2, 5, requires_grad=True)
    loss = projection([x.softmax(1)])
    assert loss is not None
    torch.autograd.backward(loss)
    assert x.grad is not None
    assert x.grad.abs().max() > 1e-3
    assert projection([torch.ones(2)]) is None


def test_enliven_moves_constants_only() -> None:
    module = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
    nn.init.zeros_(module[0].bias)
    kept = module[0].weight.detach().clone()
    enliven(module)
    assert torch.equal(module[0].weight, kept)
    assert module[0].bias.abs().min() > 0
    assert (module[1].weight - 1).abs().max() < 0.5
    assert module[1].weight.std() > 0


def test_plain_attributes_are_told_apart() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 1)
            self.again = [self.conv, self.conv.weight]
            self.layers = {"a": [nn.Linear(2, 2)]}
            self.scale = (nn.Parameter(torch.ones(1)),)
            self.grid = torch.ones(2)
            self.acts = [nn.ReLU()]

    assert unregistered(Block()) == [
        ("layers", "module"),
        ("scale", "parameter"),
        ("grid", "tensor"),
    ]


def test_cost_counts_a_multiplication_and_an_addition_as_two() -> None:
    subject = subject_of(nn.Conv2d, {"in_channels": "4", "out_channels": "8", "kernel_size": "3"})
    found = cost(subject)
    assert found.params == 4 * 8 * 9 + 8
    assert found.flops == 2 * 4 * 8 * 9 * 6 * 6


@pytest.mark.parametrize("name", ["global_attention", "upsample", "stride", "einops_layers"])
def test_cost_is_what_the_flop_counter_of_torch_counts(name: str) -> None:
    subject = context_of(CLEAN / f"{name}.py", "Clean").subject
    module = subject.build().eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*subject.inputs(batch=1))
    assert cost(subject).flops == counter.get_total_flops() > 0


def subject_of(cls: type[nn.Module], args: dict[str, str]) -> Subject:
    run = Run(args, ((2, 4, 8, 8),), ())
    return Subject(
        cls, {}, Observation("test", (run,), {}, parse("b c h w -> b c2 h-2 w-2")), "", "x.py"
    )


def test_inputs_given_as_a_list_reach_forward_as_one() -> None:
    class Concat(nn.Module):
        def forward(self, xs: list[torch.Tensor]) -> torch.Tensor:
            return torch.cat(xs, 1)

    run = Run({}, ((2, 3, 4, 4), (2, 5, 4, 4)), ())
    contract = parse("[b c1 h w, b c2 h w] -> b c1+c2 h w")
    subject = Subject(Concat, {}, Observation("test", (run,), {}, contract), "", "x.py")
    assert subject.build()(*subject.inputs(batch=1, size=(6, 2))).shape == (1, 8, 6, 2)


def test_numbers_follow_the_size_of_the_map() -> None:
    context = context_of(CLEAN / "height_and_width.py", "Clean")
    tokens, height, width = context.subject.inputs(size=(3, 5))
    assert (tokens.shape, height, width) == ((2, 15, 16), 3, 5)
    assert context.subject.inputs()[1:] == (8, 8)
