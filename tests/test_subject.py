"""A class with its arguments: built twice, it is the same."""

from __future__ import annotations

import torch
from torch import nn

from fusion_cli.model import Observation, Run
from fusion_cli.runtime.subject import Subject


def test_a_module_among_the_arguments_has_the_same_weights_each_time() -> None:
    run = Run({"*": "(nn.Linear(3, 3),)"}, ((2, 3),), ((2, 3),))
    observation = Observation("test", (run,), {}, "b 3 -> b 3")
    subject = Subject(nn.Sequential, {"nn": nn}, observation, "", "x.py")
    first, second = (subject.build() for _ in range(2))
    assert torch.equal(first[0].weight, second[0].weight)  # type: ignore[index]
