"""The proof of a fusion must see through a wrong rewriting: what was written is broken by hand here.

A break replaces a text that stands exactly once in the written file, and `equivalence` must find
that the output differs; an error, which any check would find, does not count. The file as it was
written passes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from fusion_cli.model.jobs import ToVerify
from fusion_cli.model.report import CheckResult
from tests.fusing import CASES, HereWorker, fuse_here, request_of, rewritten, row_of

# A submodule that is called with a keyword; the other hosts are of the zoo and of `tests/cases`.
KEYWORD = """
import torch
from torch import nn


class Mix(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x, scale=1.0):
        return self.conv(x) * scale


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.mix = Mix(dim)

    def forward(self, x):
        return x + self.mix(torch.tanh(x), scale=0.5)
"""

# What stands between the last norm of a ResNet's block and its end.
REST = """

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
"""

# For each command: what is broken, the text as it was written, and the text in its place.
BREAKS = {
    "parallel Bottleneck AKConv": (
        ("first-arm-missed", "x + y if", "x + self.cv2(self.cv1(x)) if"),
        ("second-arm-missed", "else y\n", "else self.cv2(self.cv1(x))\n"),
        ("shortcut-dropped", "x + y if", "y if"),
        ("shortcut-doubled", "x + y if", "x + x + y if"),
        ("donor-applied-twice", "+ self.akconv(x)\n", "+ self.akconv(x) + self.akconv(x)\n"),
        ("donor-subtracted", "+ self.akconv(x)\n", "- self.akconv(x)\n"),
        ("site-missed", "y = self.cv2(self.cv1(x)) + ", "y = "),
        (
            "donor-fed-the-output",
            "+ self.akconv(x)\n",
            "+ self.akconv(self.cv2(self.cv1(x)))\n",
        ),
    ),
    "parallel Bottleneck AKConv --at cv2": (
        (
            "argument-computed-twice",
            "self.cv2(y) + self.akconv(y)",
            "self.cv2(y) + self.akconv(self.cv1(x))",
        ),
        ("donor-missed-in-the-other-arm", "else y\n", "else self.cv2(self.cv1(x))\n"),
    ),
    "parallel Bottleneck AKConv SE": (
        ("second-donor-missed", "+ self.akconv(x) + self.se(x)", "+ self.akconv(x)"),
        ("first-donor-missed", "+ self.akconv(x) + self.se(x)", "+ self.se(x)"),
        (
            "one-donor-for-the-other",
            "+ self.akconv(x) + self.se(x)",
            "+ self.akconv(x) + self.akconv(x)",
        ),
        (
            "donors-multiplied",
            "+ self.akconv(x) + self.se(x)",
            "+ self.akconv(x) * self.se(x)",
        ),
    ),
    "residual Bottleneck AKConv": (
        ("donor-fed-the-input", "self.akconv(y)", "self.akconv(x)"),
        ("site-dropped", "y = y + self.akconv(y)", "y = self.akconv(y)"),
    ),
    "gate Bottleneck AKConv": (
        ("sigmoid-missed", "* torch.sigmoid(self.akconv(x))", "* self.akconv(x)"),
        ("second-arm-missed", "else y\n", "else self.cv2(self.cv1(x))\n"),
    ),
    "split ConvNeXtBlock AKConv SE": (
        ("share-of-the-other", "self.se(y[:, -self.share :])", "self.se(y[:, : self.share])"),
        ("nothing-left-as-it-is", "[:, : -2 * self.share],", "[:, : -2 * self.share] * 0,"),
        ("donor-fed-the-input", "self.se(y[", "self.se(x["),
    ),
    "merge Bottleneck AFF": (
        ("operands-swapped", "self.aff(x, y)", "self.aff(y, x)"),
        ("shortcut-added-too", "self.aff(x, y)", "x + self.aff(x, y)"),
    ),
    "merge BasicBlock AFF": (
        ("one-operand-twice", "self.aff(out, identity)", "self.aff(out, out)"),
        (
            "added-in-place",
            "out = self.aff(out, identity)",
            "out = self.aff(out.add_(identity), identity)",
        ),
    ),
    "concat Bottleneck AKConv": (
        (
            "order-swapped",
            "[self.cv2(self.cv1(x)), self.akconv(x)]",
            "[self.akconv(x), self.cv2(self.cv1(x))]",
        ),
        (
            "one-branch-twice",
            "[self.cv2(self.cv1(x)), self.akconv(x)]",
            "[self.akconv(x), self.akconv(x)]",
        ),
        ("shortcut-within-the-mix", "torch.cat([self.cv2", "torch.cat([x + self.cv2"),
    ),
    "serial Bottleneck AKConv": (
        ("first-arm-missed", "x + y if", "x + self.cv2(self.cv1(x)) if"),
        ("second-arm-missed", "else y\n", "else self.cv2(self.cv1(x))\n"),
        (
            "donor-in-training-only",
            "self.cv2(self.akconv(self.cv1(x)))",
            "self.cv2(self.akconv(self.cv1(x)) if self.training else self.cv1(x))",
        ),
        (
            "donor-in-evaluation-only",
            "self.cv2(self.akconv(self.cv1(x)))",
            "self.cv2(self.cv1(x) if self.training else self.akconv(self.cv1(x)))",
        ),
    ),
    "serial ResNetBottleneck SE --at bn3": (
        ("donor-before-its-site", "self.se(self.bn3(out))", "self.bn3(self.se(out))"),
        (
            "donor-behind-the-addition",
            "out = self.se(self.bn3(out))" + REST,
            "out = self.bn3(out)" + REST + "        out = self.se(out)\n",
        ),
        (
            "donor-behind-the-block",
            "return self.relu(out)",
            "return self.se(self.relu(out))",
        ),
        ("activation-lost", "return self.relu(out)", "return out"),
        ("addition-lost", "out += identity", "out + identity"),
        (
            "norm-and-activation-swapped",
            "out = self.bn1(out)\n        out = self.relu(out)",
            "out = self.relu(out)\n        out = self.bn1(out)",
        ),
    ),
    "parallel BasicBlock SE": (
        (
            "order-of-additions",
            "out = self.bn2(out) + self.se(x)" + REST,
            "out = self.bn2(out)" + REST + "        out = out + self.se(x)\n",
        ),
    ),
    "serial C2f CBAM": (
        ("site-twice", "self.cbam(self.cv1(x))", "self.cbam(self.cbam(self.cv1(x)))"),
        ("chunks-swapped", ".chunk(2, 1))", ".chunk(2, 1))[::-1]"),
        ("loop-fed-the-first-chunk", "m(stages[-1])", "m(stages[0])"),
    ),
    "parallel twice_parallel SE --at conv": (
        ("first-call-missed", "self.conv(x) + self.se(x)", "self.conv(x)"),
        ("second-call-missed", "(self.conv(y2) + self.se(y2))", "self.conv(y2)"),
        ("second-call-fed-the-first-argument", "+ self.se(y2)", "+ self.se(x)"),
        ("part-of-the-argument-bound", "+ self.se(y2)", "+ self.se(self.act(y))"),
    ),
    "parallel inplace_parallel SE --at act": (
        ("clone-missing", "identity = y.clone()", "identity = y"),
        (
            "donor-fed-the-output",
            "y = self.act(y) + self.se(identity)",
            "y = self.act(y) + self.se(y)",
        ),
    ),
    "parallel layer_scale_parallel SE": (
        (
            "donor-fed-an-overwritten-name",
            "+ self.se(input)",
            "+ self.se(x.permute(0, 3, 1, 2))",
        ),
        ("shortcut-lost", "return input + x", "return x"),
        (
            "wrong-end-of-the-span",
            "+ self.se(input)\n        return input + x",
            "\n        return input + x + self.se(input + x)",
        ),
        ("scale-lost", "x = self.gamma * x", "x = x"),
    ),
    "parallel returns_parallel_block SE --at block": (
        ("first-return-missed", "return y + self.se(x)", "return y"),
        ("second-return-missed", "return x * y + self.se(identity)", "return x * y"),
        ("donor-fed-an-overwritten-name", "+ self.se(identity)", "+ self.se(x)"),
    ),
    "parallel sequential_parallel_item CBAM --at body.1": (
        ("clone-missing", "y.clone()", "y"),
        ("item-run-twice", "self.body[2:](", "self.body[1:]("),
        ("donor-fed-the-output", "self.cbam(y)", "self.cbam(self.body[1](y))"),
    ),
    "replace argument_replace_span AKConv --at a..b": (
        ("rest-of-the-expression-lost", "self.akconv(x) + x", "self.akconv(x)"),
        (
            "donor-applied-twice",
            "self.akconv(x) + x",
            "self.akconv(self.akconv(x)) + x",
        ),
    ),
    "replace tutorial_replace_chain AKConv SE": (
        ("second-donor-missed", "self.cv2(self.se(self.cv1(x)))", "self.cv2(self.cv1(x))"),
        ("second-donor-missed-in-one-arm", "else y\n", "else self.cv2(self.cv1(x))\n"),
    ),
    "serial decorated_serial SE": (
        (
            "donor-behind-the-activation",
            "self.act(self.se(self.first(x)))",
            "self.se(self.act(self.first(x)))",
        ),
        (
            "donor-fed-the-input",
            "self.act(self.se(self.first(x)))",
            "self.act(self.first(self.se(x)))",
        ),
        (
            "donor-at-the-wrong-site",
            "return self.second(h) + x",
            "return self.se(self.second(h)) + x",
        ),
    ),
    "parallel helper_parallel CBAM": (
        (
            "donor-in-the-helper-too",
            "return self.expand(features)",
            "return self.cbam(self.expand(features))",
        ),
        (
            "helper-activation-lost",
            "features = F.relu(features)",
            "features = features",
        ),
    ),
    "serial keyword SE --at mix": (
        ("keyword-lost", ", scale=0.5", ""),
        ("argument-not-computed", "torch.tanh(x)", "x"),
    ),
}


@cache
def written(command: str, folder: Path) -> ToVerify:
    """What the battery is given for a fusion, with a host of `folder` where it has one so named."""
    words = request_of(command)
    host = folder / f"{words['host']}.py"
    fuse_here(
        str(words["pattern"]),
        f"{host}:Block" if host.exists() else str(words["host"]),
        *words["donors"],  # type: ignore[misc]
        verify="off",
        dry_run=True,
        **words["options"],  # type: ignore[arg-type]
    )
    return HereWorker.verified


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hosts as files: those of the case files, and the one of this file."""
    made = tmp_path_factory.mktemp("hosts")
    for case in CASES.glob("*.py"):
        host, _, _ = case.read_text(encoding="utf-8").partition("\n# expected\n")
        (made / case.name).write_text(host, encoding="utf-8")
    (made / "keyword.py").write_text(KEYWORD, encoding="utf-8")
    return made


def equivalence(question: ToVerify) -> CheckResult:
    """The row of the check."""
    return row_of("equivalence", question)


@pytest.mark.parametrize("command", BREAKS)
def test_what_was_written_is_equal(command: str, folder: Path) -> None:
    row = equivalence(written(command, folder))
    assert row.status == "passed", row.detail


@pytest.mark.parametrize(
    ("command", "right", "wrong"),
    [
        pytest.param(command, right, wrong, id=f"{command.replace(' ', '-')}-{name}")
        for command, breaks in BREAKS.items()
        for name, right, wrong in breaks
    ],
)
def test_a_wrong_rewriting_is_found(command: str, right: str, wrong: str, folder: Path) -> None:
    question = written(command, folder)
    text: str = question.subject.source.text
    assert text.count(right) == 1
    source = text.replace(right, wrong)
    row = equivalence(rewritten(question, source))
    assert row.status == "failed"
    assert "the output differs" in row.detail


def test_what_cannot_be_compared_is_not_taken_for_proven(folder: Path) -> None:
    question = written("serial Bottleneck AKConv", folder)
    assert question.fused
    application = replace(question.fused.facts.application, call="nowhere")
    facts = replace(question.fused.facts, application=application)
    row = equivalence(replace(question, fused=replace(question.fused, facts=facts)))
    assert row.status == "failed"
    assert "nowhere" in row.detail


def test_a_weight_that_a_norm_computes_is_compared_too(tmp_path: Path) -> None:
    """Such a module cannot be copied."""
    path = tmp_path / "normed.py"
    path.write_text(
        "from torch import nn\nfrom torch.nn.utils import weight_norm\n\n\n"
        "class Normed(nn.Module):\n"
        "    def __init__(self, dim):\n"
        "        super().__init__()\n"
        "        self.conv = weight_norm(nn.Conv2d(dim, dim, 1))\n\n"
        "    def forward(self, x):\n"
        "        return x + self.conv(x)\n"
    )
    outcome = fuse_here("serial", str(path), "SE", dry_run=True, verify="full")
    rows = {row.name: row for row in outcome.report.checks}
    assert rows["equivalence"].status == "passed", rows["equivalence"].detail
    assert "parametrizations" in rows["serialises"].hint


def test_both_sides_get_values_laid_out_alike(tmp_path: Path) -> None:
    """`C2f` hands on a part of a wider map; how a sum is rounded may depend on that."""
    path = tmp_path / "packed.py"
    path.write_text(
        "from torch import nn\n\n\n"
        "class Packed(nn.Module):\n"
        "    def forward(self, x):\n"
        "        return x * (1 + x.is_contiguous())\n"
    )
    outcome = fuse_here("serial", "C2f", str(path), at="m.*.cv1", dry_run=True)
    other = fuse_here("replace", "C2f", str(path), at="m.*.cv1", dry_run=True)
    for report in (outcome.report, other.report):
        rows = {row.name: row for row in report.checks}
        assert rows["equivalence"].status == "passed", rows["equivalence"].detail
