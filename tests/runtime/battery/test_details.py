"""What a finding says beyond its status: the law of the sizes, the divisor, the name, the line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fusion_cli.runtime.battery.registry import run_check
from tests.conftest import TESTS
from tests.runtime.battery.planted import context_of

DEFECTS = TESTS / "defects"

SAID = {
    "sizes/window_multiple": ("only multiples of 4 work", "pad to the multiple"),
    "sizes/square_only": ("only square maps work", ""),
    "sizes/position_table": ("only 12×12 works", "interpolate"),
    "sizes/odd_grows": ("only multiples of 2 work: 11×9 refused", ""),
    "sizes/norm_behind_pool": ("a training batch of 1 raises ValueError", "GroupNorm"),
    "constructs/width_multiple": ("width 24 refused", ""),
    "constructs/width_heads": ("multiples of 24 work", ""),
    "constructs/late_super_init": ("with dim=16 it raises AttributeError", "super().__init__()"),
    "forward/batch_in_view": ("a batch of 1 raises RuntimeError", "x.shape[0]"),
    "forward/width_before_height": ("12×24 input: expected `b c h w`, found 2×16×24×12", ""),
    "parses/missing_import": ("missing_import.py:16)", "add `import math`"),
    "imports/prints": ('prints "module loaded"', "__main__"),
    "imports/writes_into_folder": ("importing writes logs/debug.log", "__main__"),
    "imports/silences_warnings": ("importing changes the filters of warnings", "program"),
    "pure/seeds_in_constructor": ("the constructor seeds the random generator of numpy", ""),
    "pure/mutable_default": ("`__init__` (", "default to None"),
    "pure/default_filled_once": ("`__init__` (", "default to None"),
    "pure/writes_slice": ("changes its input in place (", "into a new tensor"),
    "pure/shared_default_norm": ("two instances share `norm.weight`", ""),
    "finite/root_gradient": ("the gradient of `conv.weight` and 1 more has NaN", ""),
    "gradients/needed_for_backward": ("it is needed as it was by ", "what backward still needs"),
    "gradients/unused_parameter": ("parameter `norm2.weight`, parameter `norm2.bias`", ""),
    "gradients/plain_list": ("`branches` holds modules", "nn.ModuleList"),
    "gradients/dead_hook": ("hook on `offset` returns nothing", "leave the hook out"),
    "modes/tuple_in_train": ("train mode gives (2×16×12×12, scalar), eval mode 2×16×12×12", ""),
    "modes/functional_dropout": ("in eval mode the output is random", "training=self.training"),
    "modes/buffer_updated_in_eval": ("changes `mean`", "if self.training"),
    "dtypes/identity_matrix": ("float64 weights: RuntimeError", "dtype=x.dtype"),
    "memory_format/view_of_input": ("view_of_input.py:", "reshape"),
    "device/plain_tensor": ("`sub` of a tensor on the device", "register_buffer"),
    "device/item_in_forward": ("`.item()` (", "torch.where"),
    "serialises/cached_attention": (
        "keeps part of the graph: deepcopy after a training step raises",
        "detach",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_finding_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    detail, hint = SAID[name]
    row = run_check(context_of(DEFECTS / f"{name}.py", "Defect"), name.partition("/")[0])
    assert detail in row.detail
    assert hint in row.hint


def test_a_file_that_registers_itself_is_not_accused() -> None:
    text = (
        "import torch\nfrom torch import nn\n"
        "if hasattr(torch, 'planted'):\n    raise ValueError('is registered already')\n"
        "torch.planted = True\n"
        "class Once(nn.Conv2d):\n    def __init__(self):\n        super().__init__(16, 16, 1)\n"
    )
    try:
        row = run_check(context_of(Path("once.py"), "Once", text), "imports")
    finally:
        del torch.planted
    assert row.status == "skipped"
    assert "once in a process: ValueError: is registered already" in row.detail


def test_what_others_write_in_the_working_directory_is_not_laid_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file itself writes into a folder that is not its working directory, as others do."""
    monkeypatch.chdir(tmp_path)
    text = (
        "from pathlib import Path\nfrom torch import nn\n"
        f"Path({str(tmp_path / 'another.log')!r}).write_text('of another process')\n"
        "class Block(nn.Conv2d):\n    def __init__(self):\n        super().__init__(16, 16, 1)\n"
    )
    row = run_check(context_of(Path("block.py"), "Block", text), "imports")
    assert row.status == "passed"
