"""What TorchScript takes it still takes when it is fused: a local is bound in a statement."""

from __future__ import annotations

import pytest
import torch

from fusion_cli.model.pattern import Pattern
from fusion_cli.patterns.files import load_pattern, pattern_files
from fusion_cli.runtime.load import load
from tests.fusing import fuse_here

PATTERNS = [load_pattern(file.name) for file in pattern_files()]


@pytest.mark.parametrize("pattern", PATTERNS, ids=[pattern.name for pattern in PATTERNS])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_class_that_can_be_scripted_can_be_scripted_when_fused(pattern: Pattern) -> None:
    donor = "AFF" if pattern.at == "join" else "SE"  # it takes what the host adds
    outcome = fuse_here(pattern.name, "Bottleneck", donor, verify="off", dry_run=True)
    block = load(outcome.source, outcome.file)[outcome.name](16, 16).eval()
    x = torch.randn(1, 16, 8, 8)
    torch.testing.assert_close(torch.jit.script(block)(x), block(x))
