"""Of the classes of real libraries that count, nine in ten are built and run without help."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from typing import Any

import pytest
from torch import Tensor, nn

from tests.interop.countable import is_plain, left_out
from tests.interop.coverage import LIBRARIES, classes, measure

SEED = 3


@pytest.mark.interop
@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_nine_in_ten_are_built_and_run(library: str) -> None:
    if not importlib.util.find_spec(library.partition(".")[0]):
        pytest.skip(f"needs {library} (extra `interop`)")
    found = list(classes(LIBRARIES[library]))
    if len(found) > 300:
        found = random.Random(SEED).sample(found, 100)
    tally = measure(found)
    print(library, tally, f"(seed {SEED})")
    assert tally.counted.total() >= 10 and tally.share >= 0.9


class Config:
    """What only its library has."""


class NoForward(nn.Module):
    pass


class Two(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class NoInput(nn.Module):
    def forward(self) -> None:
        return None


class Several(nn.Module):
    def forward(self, xs: list[Tensor]) -> Tensor:
        return xs[0]


class ByName(nn.Module):
    def forward(self, x):  # type: ignore[no-untyped-def]
        return x["low"]


class Extends(nn.Module):
    def forward(self, x):  # type: ignore[no-untyped-def]
        x.append(1)
        return x


class OfConfig(nn.Module):
    def __init__(self, config: Config):
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return x


class OfAnyConfig(OfConfig):
    def __init__(self, cfg):  # type: ignore[no-untyped-def]
        super().__init__(cfg)
        self.width = cfg.width


class OfTable(OfConfig):
    def __init__(self, table):  # type: ignore[no-untyped-def]
        super().__init__(table["width"])


class OfText(OfConfig):
    def __init__(self, name, dim: int = 1, config: Config | None = None):  # type: ignore[no-untyped-def]
        super().__init__(Config())
        self.name = name.lower()


class Rebinds(nn.Module):
    def forward(self, x, scale=None):  # type: ignore[no-untyped-def]
        x = {"low": x.float()}
        return x["low"]


@pytest.mark.parametrize(
    ("cls", "reason"),
    [
        (NoForward, "have no forward"),
        (Two, "take several inputs"),
        (NoInput, "take no tensor"),
        (Several, "take something else than a tensor"),
        (ByName, "take something else than a tensor"),
        (Extends, "take something else than a tensor"),
        (OfConfig, "are built of objects"),
        (OfAnyConfig, "are built of objects"),
        (OfTable, "are built of objects"),
        (OfText, None),
        (Rebinds, None),
    ],
)
def test_what_counts_is_read_from_the_class(cls: type[nn.Module], reason: str | None) -> None:
    assert left_out(cls) == reason


@pytest.mark.parametrize(
    ("annotation", "plain"),
    [
        (int, True),
        (int | Config, True),
        (tuple[int, ...], True),
        (list[tuple[int, str]], True),
        (Callable[..., nn.Module], True),
        (type[nn.Module], True),
        (type[nn.Conv2d], True),
        (Any, True),
        (nn.Module, False),
        (nn.Module | None, False),
        (list[Config], False),
        (type[Config], False),
        (dict[str, int], False),
    ],
)
def test_annotations_of_plain_values(annotation: Any, plain: bool) -> None:
    assert is_plain(annotation) is plain
