"""`aligned` finds every misplaced map, and none where there is none."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import parse
from fusion_cli.model.infer import infer
from fusion_cli.model.observation import Observation, Run
from fusion_cli.runtime.battery.alignment import judge
from fusion_cli.runtime.battery.checks.aligned import check
from fusion_cli.runtime.battery.context import Context, Outcome, tensors
from fusion_cli.runtime.battery.dependence import PIXELS, dependences, uneven_places
from fusion_cli.runtime.battery.places import homes_of
from fusion_cli.runtime.subject import Subject
from tests.conftest import TESTS
from tests.runtime.battery import sound_maps

DEFECTS = sorted((TESTS / "defects" / "aligned").glob("*.py"))


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SOUND = sound_maps.CASES


def subject(
    cls: type[nn.Module],
    args: Mapping[str, object],
    shapes: Sequence[Shape],
    names: Sequence[str] | None = None,
) -> Subject:
    """The class with what is observed of it at the given shapes and at a few larger ones."""
    names = names or ["b c h w"] * len(shapes)
    texts = {name: repr(value) for name, value in args.items()}
    blank = Subject(cls, {}, Observation("", (), {}, parse("b -> b")), "", "block.py")
    runs = []
    for batch, down, right in ((0, 0, 0), (1, 0, 0), (0, 4, 8), (0, 8, 8), (0, 12, 12)):
        grown = tuple(
            _grown(*pair, (batch, down, right)) for pair in zip(shapes, names, strict=True)
        )
        try:
            outputs = tensors(blank.build(texts).eval()(*map(torch.randn, grown)))
        except RuntimeError:
            continue
        runs.append(Run(texts, grown, tuple(tuple(one.shape) for one in outputs)))
    return Subject(cls, {}, Observation("", tuple(runs), {}, infer(runs, names)), "", "block.py")


def _grown(shape: Shape, names: str, by: tuple[int, int, int]) -> Shape:
    more = dict(zip("bhw", by, strict=True))
    return tuple(
        (round(length**0.5) + by[1]) ** 2 if name == "n" and by[1] else length + more.get(name, 0)
        for length, name in zip(shape, names.split(), strict=True)
    )


def outcome(module: ModuleType, name: str) -> Outcome:
    shapes = getattr(module, "INPUTS", None) or (module.INPUT,)
    return check(Context(subject(getattr(module, name), module.EXAMPLE, shapes)))


@pytest.mark.parametrize("path", DEFECTS, ids=lambda path: path.stem)
def test_defect_is_found_and_its_twin_passes(path: Path) -> None:
    module = load(path)
    found = outcome(module, "Defect")
    assert found.status == "failed", found
    assert found.hint
    clean = outcome(module, "Clean")
    assert clean.status == "passed", clean


@pytest.mark.parametrize("name", SOUND)
def test_sound_module_is_not_accused(name: str) -> None:
    cls, args, shapes, names, deserves = SOUND[name]
    found = check(Context(subject(cls, args, shapes, names)))
    assert found.status == deserves, found
    assert found.detail


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("grid_half_as_wide", "zoomed by 2 about the middle"),
        ("akconv", "axes swapped"),
        ("attention_swapped", "(5, 1) → (0, 26): axes swapped"),
        ("flip_rows", "(0, 17) → (20, 17): rows reversed"),
        ("turned", "turned by 180°"),
        ("rot90", "turned by 90°"),
        ("shift_by_one", "shifted by 1 column"),
        ("crop_from_the_wrong_end", "shifted by 4 rows and 4 columns"),
        ("second_input_flipped", "input 2: "),
        ("attention_branch_swapped", "among other places, "),
        ("pixel_shuffle_view", "no rule fits"),
        ("channels_last_in_branch", "channels taken for places"),
        ("shift_behind_wide_kernels", "shifted by 2 columns"),
    ],
)
def test_detail_names_the_map(name: str, says: str) -> None:
    assert says in outcome(load(TESTS / "defects" / "aligned" / f"{name}.py"), "Defect").detail


class _Batches(nn.Conv2d):
    """A convolution that notes the batch of each forward."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.batch = len(x)
        return super().forward(x)


@pytest.mark.parametrize(("size", "batch"), [((24, 32), PIXELS), ((64, 96), 2)])
def test_a_large_map_is_not_copied_for_every_pixel(size: tuple[int, int], batch: int) -> None:
    """Attention over 6144 places takes 8 GiB for a dozen copies; what is found is the same."""
    module = _Batches(4, 4, 3, padding=1)
    plain = parse("b c h w -> b c h w")
    (found,) = dependences(module, [torch.randn(2, 4, *size)], plain, size)
    assert module.batch == batch
    places = [np.argwhere(one).mean(axis=0).round() for one in found.maps > 0]
    inside = (found.pixels > 0).all(axis=1) & (found.pixels < np.array(size) - 1).all(axis=1)
    assert np.array_equal(np.array(places)[inside], found.pixels[inside])


def test_output_that_nothing_reaches_is_skipped() -> None:
    found = judge(np.zeros((12, 9, 9)), uneven_places((9, 9)), (9, 9))
    assert found.kind == "silent"


@given(st.integers(8, 24), st.integers(8, 24), st.sampled_from((1, 2, 3, 4)), st.integers(0, 3))
def test_home_of_a_strided_convolution_is_in_the_middle_of_its_window(
    height: int, width: int, stride: int, reach: int
) -> None:
    """Unless pixels are left out at the end, as `homes_of` allows for."""
    size = 2 * reach + 1
    sides = (height, width)
    assume(not any(-(-side // stride) == -(-side // s) for side in sides for s in range(1, stride)))
    out = tuple((side - 1) // stride + 1 for side in sides)
    pixels = uneven_places((out[0], out[1]))
    homes, slack = homes_of(pixels, (out[0], out[1]), (height, width))
    centres = pixels * stride - reach + (size - 1) / 2
    assert (np.abs(homes - centres) <= slack + 1e-9).all()


@given(st.integers(1, 40), st.integers(1, 40))
def test_places_are_distinct_and_inside(height: int, width: int) -> None:
    places = uneven_places((height, width))
    assert len(np.unique(places, axis=0)) == len(places)
    assert (places >= 0).all() and (places < (height, width)).all()


@given(st.permutations(range(12)), st.floats(0.01, 100))
def test_verdict_depends_on_neither_order_nor_scale(order: list[int], scale: float) -> None:
    pixels = uneven_places((13, 17))
    dependence = np.zeros((len(pixels), 13, 17))
    dependence[range(len(pixels)), pixels[:, 0], 16 - pixels[:, 1]] = 1
    order = [index for index in order if index < len(pixels)]
    found = judge(scale * dependence[order], pixels[order], (13, 17))
    assert found.kind == "flipped"
