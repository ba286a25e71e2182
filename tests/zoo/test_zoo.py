"""The zoo: what every entry must be, and what the entries with more to say promise."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import fusion_cli.zoo
from fusion_cli.zoo.donors.aff import AFF
from fusion_cli.zoo.donors.akconv import AKConv
from fusion_cli.zoo.donors.eca import ECA
from fusion_cli.zoo.donors.inception_dwconv2d import InceptionDWConv2d
from fusion_cli.zoo.donors.se import SE
from fusion_cli.zoo.hosts.basic_block import BasicBlock
from fusion_cli.zoo.hosts.conv import Conv
from fusion_cli.zoo.hosts.convnext_block import ConvNeXtBlock
from fusion_cli.zoo.layers import DropPath
from tests.benchmarks.akconv import GatherAKConv

ZOO = Path(fusion_cli.zoo.__file__).parent
ENTRIES = sorted(p for room in ("hosts", "donors") for p in (ZOO / room).glob("[!_]*.py"))
IMPORTABLE = {"torch", "einops", "math", "typing"}
SOURCE = re.compile(r"^[A-Z][^:]+: .+ \([A-Z].+, \d{4}, arXiv:\d{4}\.\d{5}\)\.$")

each_entry = pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def example(path: Path) -> dict[str, Any]:
    assigned = {
        node.targets[0].id: node.value
        for node in tree(path).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    value = ast.literal_eval(assigned["EXAMPLE"])
    assert isinstance(value, dict)
    return value


def public_class(path: Path) -> type[nn.Module]:
    names = [node.name for node in tree(path).body if isinstance(node, ast.ClassDef)]
    (name,) = (name for name in names if not name.startswith("_"))
    module = importlib.import_module(f"fusion_cli.zoo.{path.parent.name}.{path.stem}")
    cls: type[nn.Module] = getattr(module, name)
    return cls


def at_width(arguments: Mapping[str, Any], width: int) -> dict[str, Any]:
    """The arguments of an example, which takes 64 channels, for another number of channels."""
    return {k: v * width // 64 if type(v) is int and v >= 16 else v for k, v in arguments.items()}


@each_entry
def test_entry_names_its_source(path: Path) -> None:
    summary = (ast.get_docstring(tree(path)) or "").splitlines()[0]
    assert SOURCE.match(summary)


@each_entry
def test_entry_imports_only_torch_and_the_zoo(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= IMPORTABLE
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").partition(".")[0] in IMPORTABLE


@each_entry
def test_entry_is_found_under_the_name_of_its_class(path: Path) -> None:
    assert public_class(path).__name__.lower() == path.stem.replace("_", "")


@each_entry
def test_entry_documents_every_argument(path: Path) -> None:
    cls = public_class(path)
    parameters = set(cls.__init__.__annotations__) - {"return"}
    documented = (cls.__doc__ or "").partition("Args:\n")[2].partition("\n\n")[0]
    names = re.findall(r"^ {8}(\w[\w, ]*):", documented, re.MULTILINE)
    assert {one for line in names for one in line.split(", ")} == parameters


def maps(module: nn.Module, *shape: int, **options: Any) -> list[Tensor]:
    """One map of that shape for each input of a module."""
    return [torch.randn(shape, **options) for _ in inspect.signature(module.forward).parameters]


@each_entry
@pytest.mark.parametrize("width", [16, 24, 48, 64])
def test_entry_trains_at_any_width(path: Path, width: int) -> None:
    module = public_class(path)(**at_width(example(path), width))
    x, *others = maps(module, 2, width, 9, 12, requires_grad=True)
    y = module(x, *others)
    assert y.shape == x.shape
    y.square().sum().backward()
    gradients = {name: p.grad for name, p in module.named_parameters()} | {"x": x.grad}
    assert [n for n, g in gradients.items() if g is None or not g.isfinite().all()] == []


@each_entry
def test_entry_keeps_every_dtype(path: Path) -> None:
    for dtype in (torch.float64, torch.bfloat16):
        module = public_class(path)(**example(path)).to(dtype)
        assert module(*maps(module, 2, 64, 5, 6, dtype=dtype)).dtype == dtype


@each_entry
def test_entry_makes_no_tensor_on_the_cpu(path: Path) -> None:
    module = public_class(path)(**example(path)).to("meta")
    assert module(*maps(module, 2, 64, 5, 6, device="meta")).device.type == "meta"


def test_aff_is_its_formula() -> None:
    torch.manual_seed(0)
    module = AFF(8).double().eval()
    x, y = torch.randn(2, 2, 8, 5, 6, dtype=torch.float64)
    weight = torch.sigmoid(module.local(x + y) + module.wide((x + y).mean((2, 3), keepdim=True)))
    expected = 2 * (weight * x + (1 - weight) * y)
    torch.testing.assert_close(module(x, y), expected)


def akconv(cls: type[AKConv] = AKConv, c1: int = 4, **options: int) -> AKConv:
    """An AKConv in float64 whose offsets depend on the input and reach beyond the border."""
    torch.manual_seed(0)
    module = cls(c1, 6, **options).double()
    nn.init.normal_(module.p_conv.weight, std=0.5)
    return module.eval()


def sample_at(x: Tensor, offset: Tensor, **options: int) -> Tensor:
    """What AKConv reads from `x` at given offsets: `b c h w n`."""
    module = AKConv(x.shape[1], 1, **options)
    samples = module._sample(x, offset)
    return samples.unflatten(2, (-1, module.num_param)).transpose(3, 4)


def coordinates(h: int, w: int) -> Tensor:
    """A map whose two channels are the row and the column of each pixel: `1 2 h w`."""
    rows, columns = torch.arange(h).double(), torch.arange(w).double()
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None]


@pytest.mark.parametrize(
    ("num_param", "places"),
    [
        (1, [(0, 0)]),
        (2, [(0, 0), (1, 0)]),
        (3, [(0, 0), (0, 1), (1, 0)]),
        (5, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]),
        (6, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]),
        (7, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0)]),
    ],
)
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_akconv_samples_fill_a_grid_row_by_row(
    num_param: int, places: list[tuple[int, int]], stride: int
) -> None:
    offset = torch.zeros(1, 2 * num_param, 3, 4, dtype=torch.float64)
    samples = sample_at(coordinates(20, 30), offset, stride=stride, num_param=num_param)
    for i in range(3):
        for j in range(4):
            expected = [(i * stride + r, j * stride + c) for r, c in places]
            found = samples[0, :, i, j].T.tolist()
            assert found == [pytest.approx(place) for place in expected]


def test_akconv_offsets_move_rows_first_then_columns() -> None:
    offset = torch.rand(2, 10, 4, 5, dtype=torch.float64)
    x = coordinates(9, 11).expand(2, -1, -1, -1)
    moved = sample_at(x, offset) - sample_at(x, torch.zeros_like(offset))
    expected = offset.unflatten(1, (2, 5)).permute(0, 1, 3, 4, 2)
    torch.testing.assert_close(moved, expected)


def test_akconv_weights_sum_to_one_beyond_the_border() -> None:
    offset = 20 * torch.randn(2, 10, 7, 9)
    samples = sample_at(torch.ones(2, 3, 7, 9), offset)
    torch.testing.assert_close(samples, torch.ones_like(samples))


@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"num_param": 4}, {"num_param": 9}])
@pytest.mark.parametrize("size", [(8, 8), (7, 12), (13, 5)])
def test_akconv_equals_the_gather_formulation(
    options: dict[str, int], size: tuple[int, int]
) -> None:
    results = []
    for cls in (AKConv, GatherAKConv):
        module = akconv(cls, **options)
        x = torch.randn(
            2, 4, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
        )
        x.requires_grad_()
        y = module(x)
        y.square().sum().backward()
        results.append([y, x.grad, *(p.grad for p in module.parameters())])
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-9)


def test_akconv_equals_the_gather_formulation_in_float32() -> None:
    ours, gather = akconv(c1=16).float(), akconv(GatherAKConv, c1=16).float()
    x = torch.randn(1, 16, 24, 32)
    torch.testing.assert_close(ours(x), gather(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("num_param", [4, 5])
def test_akconv_loads_published_weights_by_the_documented_map(num_param: int) -> None:
    published = nn.ModuleDict(
        {
            "conv": nn.Sequential(
                nn.Conv2d(4, 6, (num_param, 1), (num_param, 1), bias=False),
                nn.BatchNorm2d(6),
                nn.SiLU(),
            ),
            "p_conv": nn.Conv2d(4, 2 * num_param, 3, padding=1),
        }
    )
    published["conv"][1].running_var.uniform_(1, 2)
    state = {
        re.sub(r"^conv\.1\.", "conv.bn.", re.sub(r"^conv\.0\.", "conv.conv.", key)): value
        for key, value in published.state_dict().items()
    }
    module = AKConv(4, 6, num_param=num_param)
    module.load_state_dict(state)
    samples = torch.randn(2, 4, 7 * num_param, 8)
    torch.testing.assert_close(module.eval().conv(samples), published.eval()["conv"](samples))


def test_akconv_starts_without_learned_offsets_or_hooks() -> None:
    p_conv = AKConv(8, 8).p_conv
    assert not p_conv.weight.any()
    assert not p_conv._backward_hooks


def test_akconv_places_are_exact_in_half_precision() -> None:
    x = torch.randn(1, 2, 3, 700).bfloat16()
    offset = torch.rand(1, 10, 3, 700).bfloat16()
    exact = sample_at(x.double(), offset.double())
    torch.testing.assert_close(sample_at(x, offset).double(), exact, rtol=0.01, atol=0.01)


def test_akconv_under_autocast_equals_float32() -> None:
    module = akconv(c1=8).float()
    nn.init.zeros_(module.p_conv.weight)
    x = torch.randn(1, 8, 4, 700)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = module(x)
    torch.testing.assert_close(half.float(), module(x), rtol=0.05, atol=0.05)


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (6, 1)])
def test_akconv_reads_maps_of_one_row_or_column(size: tuple[int, int]) -> None:
    x = torch.randn(2, 4, *size, dtype=torch.float64, requires_grad=True)
    y = akconv()(x)
    y.sum().backward()
    torch.testing.assert_close(y, akconv(GatherAKConv)(x))
    assert x.grad is not None and x.grad.isfinite().all()


def test_akconv_in_channels_last_equals_contiguous() -> None:
    x = torch.randn(2, 16, 7, 9, dtype=torch.float64)
    module = akconv(c1=16)
    torch.testing.assert_close(module(x.to(memory_format=torch.channels_last)), module(x))


def test_akconv_compiles_and_exports_for_all_sizes() -> None:
    module = akconv(c1=16)
    x, other = (torch.randn(2, 16, *s, dtype=torch.float64) for s in ((7, 9), (12, 5)))
    compiled = torch.compile(module, fullgraph=True, dynamic=True, backend="eager")
    sizes = {2: torch.export.Dim("h", min=2), 3: torch.export.Dim("w", min=2)}
    program = torch.export.export(module, (x,), dynamic_shapes=(sizes,))
    for one in (x, other):
        torch.testing.assert_close(compiled(one), module(one))
        torch.testing.assert_close(program.module()(one), module(one))


@pytest.mark.parametrize(("channels", "branch"), [(3, 1), (7, 1), (12, 1), (16, 2), (64, 8)])
def test_inception_branches_take_an_eighth_each(channels: int, branch: int) -> None:
    module = InceptionDWConv2d(channels)
    x = torch.randn(1, channels, 12, 12)
    y = module(x)
    assert [c.in_channels for c in (module.dwconv_hw, module.dwconv_w, module.dwconv_h)] == [
        branch
    ] * 3
    assert torch.equal(y[:, : channels - 3 * branch], x[:, : channels - 3 * branch])


@pytest.mark.parametrize("options", [{"in_channels": 2}, {"in_channels": 8, "branch_ratio": 0.5}])
def test_inception_refuses_branches_that_do_not_fit(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="do not fit into"):
        InceptionDWConv2d(**options)


def test_se_keeps_a_hidden_channel() -> None:
    assert SE(8).fc1.out_channels == 1
    assert SE(64).fc1.out_channels == 4


@pytest.mark.parametrize(("channels", "size"), [(16, 3), (64, 3), (128, 5), (512, 5), (2048, 7)])
def test_eca_kernel_grows_with_the_channels(channels: int, size: int) -> None:
    assert ECA(channels).conv.kernel_size == (size,)


@given(
    k=st.tuples(st.sampled_from([1, 3, 5, 7]), st.sampled_from([1, 3, 5, 7])),
    d=st.integers(1, 3),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
@settings(max_examples=30, deadline=None)
def test_conv_keeps_the_size_under_odd_kernels(
    k: tuple[int, int], d: int, size: tuple[int, int]
) -> None:
    x = torch.randn(1, 1, *size)
    assert Conv(1, 1, k, d=d).eval()(x).shape == x.shape
    assert Conv(1, 1, k[0], d=d).eval()(x).shape == x.shape


def test_conv_takes_its_activation_as_it_is_given() -> None:
    relu = nn.ReLU()
    assert isinstance(Conv(4, 4).act, nn.SiLU)
    assert Conv(4, 4, act=relu).act is relu
    assert isinstance(Conv(4, 4, act=False).act, nn.Identity)


@pytest.mark.parametrize("options", [{"groups": 2}, {"base_width": 32}, {"dilation": 2}])
def test_basic_block_refuses_what_it_cannot_be(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="BasicBlock has only"):
        BasicBlock(16, 16, **options)


def test_convnext_mlp_of_convolutions_equals_linear_layers() -> None:
    linear = ConvNeXtBlock(8, ls_init_value=1.0)
    conv = ConvNeXtBlock(8, ls_init_value=1.0, conv_mlp=True)
    shapes = {name: value.shape for name, value in conv.state_dict().items()}
    conv.load_state_dict({n: v.view(shapes[n]) for n, v in linear.state_dict().items()})
    x = torch.randn(2, 8, 9, 7)
    torch.testing.assert_close(conv(x), linear(x))


def test_drop_path_drops_whole_samples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    x = torch.rand(4000, 1, 2, 2) + 1
    y = DropPath(0.25)(x)
    kept = (y != 0).flatten(1)
    assert torch.equal(kept.all(1), kept.any(1))
    torch.testing.assert_close(y[kept.all(1)], x[kept.all(1)] / 0.75)
    assert y.mean().item() == pytest.approx(x.mean().item(), rel=0.05)
    assert torch.equal(DropPath(0.25).eval()(x), x)
