"""Outcomes as the pipeline gives them, for the tests of what is printed."""

from __future__ import annotations

from fusion_cli.model.outcomes import CheckOutcome, FuseOutcome, ModuleUse, ShowOutcome, SiteRow
from fusion_cli.model.report import CheckResult, Cost, Report

REJECTED_ROW = CheckResult(
    "gradients", "failed", "no gradient reaches ak.weight", hint="use it or drop it"
)
ROWS = (
    CheckResult("parses", "passed", "compiles", seconds=0.00012),
    CheckResult("forward", "passed", "7 shapes"),
    CheckResult("sizes", "warned", "height and width must be multiples of 4"),
    CheckResult("onnx", "skipped", "needs the extra `onnx`"),
    CheckResult("dtypes", "allowed", "float64 fails", hint="drop `.float()`"),
)
FUSED = FuseOutcome(
    name="Bottleneck_AKConv",
    pattern="replace",
    host=ModuleUse("Bottleneck", "Bottleneck", {"c1": "64", "c2": "64", "act": "nn.SiLU()"}),
    donors=(ModuleUse("papers/ak.py:AKConv", "AKConv", {"c1": "64", "c2": "32"}),),
    site=SiteRow("cv1", "b c1 h w -> b c2 h w", ((2, 64, 16, 16),), ((2, 32, 16, 16),)),
    file="generated/bottleneck_replace_akconv.py",
    file_state="written",
    source="class Bottleneck_AKConv:\n    pass\n",
    adapters=("a 1×1 convolution after AKConv: 32 → 64 channels",),
    report=Report(
        "cpu", "2.9.0", ROWS, {"host": Cost(23_296, 5_963_776), "fused": Cost(12_100, 832)}
    ),
    notes=("`math` was used and never imported",),
    seconds=1.94,
)
CHECKED = CheckOutcome(
    name="AKConv",
    ref="papers/ak.py",
    args={"c1": "64", "*": "(1, 2)"},
    contract="b c1 h w -> b c2 h w",
    path="/home/me/papers/ak.py",
    line=12,
    report=Report("cuda:0", "2.9.0", ROWS[:1], {"module": Cost(1_000_000, 0)}),
    seconds=0.5,
)
SHOWN = ShowOutcome(
    ref="Bottleneck",
    name="Bottleneck",
    signature="Bottleneck(c1, c2, shortcut=True)",
    args={"c1": "64", "c2": "64"},
    contract="b c1 h w -> b c2 h w",
    sites=(
        SiteRow("cv1", "b c1 h w -> b c2 h w", ((2, 64, 16, 16),), ((2, 32, 16, 16),), "Conv", 2),
        SiteRow("block", "b c h w -> b c h w", ((2, 8, 4, 4), (2, 8)), ((2, 8, 4, 4),), "B"),
    ),
)
