"""The zoo against the libraries it mirrors: their weights load, and the outputs are theirs."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from fusion_cli.zoo.donors.cbam import CBAM
from fusion_cli.zoo.donors.dwconv import DWConv
from fusion_cli.zoo.donors.eca import ECA
from fusion_cli.zoo.donors.inception_dwconv2d import InceptionDWConv2d
from fusion_cli.zoo.donors.se import SE
from fusion_cli.zoo.hosts.basic_block import BasicBlock
from fusion_cli.zoo.hosts.bottleneck import Bottleneck
from fusion_cli.zoo.hosts.c2f import C2f
from fusion_cli.zoo.hosts.c3 import C3
from fusion_cli.zoo.hosts.conv import Conv
from fusion_cli.zoo.hosts.convnext_block import ConvNeXtBlock
from fusion_cli.zoo.hosts.metanext_block import MetaNeXtBlock
from fusion_cli.zoo.hosts.resnet_bottleneck import ResNetBottleneck

REASON = "the extra `interop` is not installed"
yolo = pytest.importorskip("ultralytics.nn.modules", reason=REASON)
resnet = pytest.importorskip("torchvision.models.resnet", reason=REASON)
timm = pytest.importorskip("timm.layers", reason=REASON)
cbam = pytest.importorskip("timm.layers.cbam", reason=REASON)
convnext = pytest.importorskip("timm.models.convnext", reason=REASON)
inception = pytest.importorskip("timm.models.inception_next", reason=REASON)

pytestmark = pytest.mark.interop

Keys = dict[str, str]
Factory = Callable[..., nn.Module]


def randomised(module: nn.Module) -> nn.Module:
    """The module with nothing left at its start: scales, running statistics, zeros and ones."""
    torch.manual_seed(0)
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            value.normal_(0, 0.3) if value.ndim > 1 else value.uniform_(0.5, 1.5)
            if name.endswith("bias"):
                value.sub_(1)
    return module


def assert_same(ours: nn.Module, theirs: nn.Module, keys: Keys | None = None, c: int = 16) -> None:
    """Load their weights and compare outputs, input gradients and buffers in train and eval mode.

    `keys` gives what replaces the start of their keys.
    """
    state = randomised(theirs).state_dict()
    for old, new in (keys or {}).items():
        state = {new + k[len(old) :] if k.startswith(old) else k: v for k, v in state.items()}
    ours.load_state_dict(copy.deepcopy(state))
    for train in (True, False):
        results = []
        for module in (ours, theirs):
            x = torch.randn(2, c, 13, 10, generator=torch.Generator().manual_seed(1))
            x.requires_grad_()
            torch.manual_seed(2)  # stochastic depth
            y = module.train(train)(x.clone())
            y.square().sum().backward()
            results.append([y, x.grad, *module.state_dict().values()])
        torch.testing.assert_close(*results, rtol=1e-4, atol=1e-4)


def assert_same_signature(ours: type, theirs: type) -> None:
    def shape(cls: type) -> list[tuple[str, Any]]:
        return [(p.name, p.default) for p in inspect.signature(cls).parameters.values()]

    assert shape(ours) == shape(theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Conv, yolo.Conv),
        (DWConv, yolo.DWConv),
        (Bottleneck, yolo.Bottleneck),
        (C2f, yolo.C2f),
        (C3, yolo.C3),
        (BasicBlock, resnet.BasicBlock),
        (ResNetBottleneck, resnet.Bottleneck),
    ],
    ids=lambda cls: cls.__name__,
)
def test_signature_is_theirs(ours: type, theirs: type) -> None:
    assert_same_signature(ours, theirs)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"k": 3},
        {"k": 3, "s": 2},
        {"k": (5, 1), "s": (5, 1)},
        {"k": 2, "p": 0},
        {"k": 4},
        {"k": 3, "d": 2},
        {"k": (3, 5), "d": 2},
        {"k": 3, "g": 4, "act": False},
        {"k": 3, "act": nn.ReLU()},
    ],
)
def test_conv(arguments: dict[str, Any]) -> None:
    assert_same(Conv(16, 24, **arguments), yolo.Conv(16, 24, **arguments))


@pytest.mark.parametrize("arguments", [{"k": 3}, {"k": 5, "s": 2}, {"k": 3, "d": 2, "act": False}])
@pytest.mark.parametrize("c2", [16, 24])
def test_dwconv(c2: int, arguments: dict[str, Any]) -> None:
    assert_same(DWConv(16, c2, **arguments), yolo.DWConv(16, c2, **arguments))


@pytest.mark.parametrize(
    "arguments", [{}, {"shortcut": False}, {"g": 2}, {"k": (1, 3), "e": 1.0}, {"e": 0.3}]
)
@pytest.mark.parametrize("c2", [16, 24])
def test_bottleneck(c2: int, arguments: dict[str, Any]) -> None:
    assert_same(Bottleneck(16, c2, **arguments), yolo.Bottleneck(16, c2, **arguments))


@pytest.mark.parametrize(
    "arguments", [{}, {"n": 3}, {"n": 2, "shortcut": True}, {"shortcut": False, "g": 2, "e": 0.25}]
)
@pytest.mark.parametrize(("ours", "theirs"), [(C2f, yolo.C2f), (C3, yolo.C3)], ids=["C2f", "C3"])
def test_csp_blocks(ours: Factory, theirs: Factory, arguments: dict[str, Any]) -> None:
    assert_same(ours(16, 24, **arguments), theirs(16, 24, **arguments))


def downsample(inplanes: int, planes: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))


@pytest.mark.parametrize("arguments", [{}, {"norm_layer": nn.InstanceNorm2d}])
def test_basic_block(arguments: dict[str, Any]) -> None:
    assert_same(BasicBlock(16, 16, **arguments), resnet.BasicBlock(16, 16, **arguments))
    arguments["stride"] = 2
    ours = BasicBlock(16, 24, downsample=downsample(16, 24, 2), **arguments)
    theirs = resnet.BasicBlock(16, 24, downsample=downsample(16, 24, 2), **arguments)
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    "arguments", [{}, {"groups": 2, "base_width": 32}, {"base_width": 128}, {"dilation": 2}]
)
def test_resnet_bottleneck(arguments: dict[str, Any]) -> None:
    assert_same(ResNetBottleneck(16, 4, **arguments), resnet.Bottleneck(16, 4, **arguments))
    arguments["stride"] = 2
    ours = ResNetBottleneck(16, 6, downsample=downsample(16, 24, 2), **arguments)
    theirs = resnet.Bottleneck(16, 6, downsample=downsample(16, 24, 2), **arguments)
    assert_same(ours, theirs)


def test_expansion() -> None:
    assert BasicBlock.expansion == resnet.BasicBlock.expansion
    assert ResNetBottleneck.expansion == resnet.Bottleneck.expansion


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"kernel_size": 5, "mlp_ratio": 2},
        {"conv_mlp": True},
        {"conv_mlp": True, "norm_layer": nn.BatchNorm2d},
        {"act_layer": nn.ReLU},
        {"drop_path": 0.5},
    ],
)
def test_convnext_block(arguments: dict[str, Any]) -> None:
    assert_same(ConvNeXtBlock(16, **arguments), convnext.ConvNeXtBlock(16, **arguments))


@pytest.mark.parametrize(
    "arguments", [{}, {"mlp_ratio": 3, "act_layer": nn.ReLU}, {"drop_path": 0.5}]
)
def test_metanext_block(arguments: dict[str, Any]) -> None:
    assert_same(MetaNeXtBlock(16, **arguments), inception.MetaNeXtBlock(16, **arguments))


@pytest.mark.parametrize("norm", [nn.BatchNorm2d, timm.LayerNorm2d], ids=lambda c: c.__name__)
def test_convnext_block_with_an_inception_mixer_is_a_metanext_block(norm: Factory) -> None:
    ours = ConvNeXtBlock(16, conv_mlp=True, norm_layer=norm)
    ours.conv_dw = InceptionDWConv2d(16)
    assert_same(ours, inception.MetaNeXtBlock(16, norm_layer=norm), {"token_mixer": "conv_dw"})


@pytest.mark.parametrize(
    "arguments", [{}, {"square_kernel_size": 5, "band_kernel_size": 7, "branch_ratio": 0.25}]
)
def test_inception_dwconv(arguments: dict[str, Any]) -> None:
    assert_same(
        InceptionDWConv2d(24, **arguments), inception.InceptionDWConv2d(24, **arguments), c=24
    )


@pytest.mark.parametrize(("channels", "reduction"), [(16, 16), (64, 16), (24, 4)])
def test_se(channels: int, reduction: int) -> None:
    theirs = timm.SEModule(channels, rd_channels=channels // reduction)
    assert_same(SE(channels, reduction), theirs, c=channels)


@pytest.mark.parametrize("channels", [16, 64, 256])
def test_eca(channels: int) -> None:
    assert_same(ECA(channels), timm.EcaModule(channels), c=channels)


@pytest.mark.parametrize(("channels", "kernel_size"), [(16, 7), (64, 3)])
def test_cbam(channels: int, kernel_size: int) -> None:
    keys = {"channel.fc1": "channel.0", "channel.fc2": "channel.2", "spatial.conv": "spatial"}
    theirs = cbam.CbamModule(channels, spatial_kernel_size=kernel_size)
    assert_same(CBAM(channels, kernel_size=kernel_size), theirs, keys, c=channels)
