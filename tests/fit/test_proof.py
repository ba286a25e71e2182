"""Numbers of channels as expressions: true with all arguments of the host, not those of one run."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from fusion_cli.model.outcomes import FuseOutcome
from fusion_cli.runtime.load import load
from fusion_cli.runtime.observe.package import calls_around
from tests.fusing import fuse_here

HOSTS = """
import torch
from torch import nn


class Two(nn.Module):
    def __init__(self, c1, c2, c3):
        super().__init__()
        self.a = nn.Conv2d(c1, c2, 1)
        self.b = nn.Conv2d(c1, c3, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(torch.cat([self.a(x), self.b(x)], 1))


class Four(nn.Module):
    def __init__(self, c1, c2, c3, c4):
        super().__init__()
        self.a = nn.Conv2d(c1, c2, 1)
        self.b = nn.Sequential(nn.Conv2d(c1, c3, 1), nn.Conv2d(c3, 2 * c3, 3, padding=1))
        self.c = nn.Conv2d(c1, c4 // 2, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(torch.cat([x, self.a(x), self.b(x), self.c(x)], 1))


class Dense(nn.Module):
    def __init__(self, layers, channels, growth):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv2d(channels + index * growth, growth, 3, padding=1) for index in range(layers)
        )

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


class Repeated(nn.Module):
    def __init__(self, c1, c2, n=1):
        super().__init__()
        self.c = c2
        self.first = nn.Conv2d(c1, c2, 1)
        self.rest = nn.ModuleList(nn.Conv2d(c2, c2, 3, padding=1) for _ in range(n))
        self.mix = nn.Conv2d((1 + n) * self.c, c2, 1)

    def forward(self, x):
        y = [self.first(x)]
        for layer in self.rest:
            y.append(layer(y[-1]))
        return self.mix(torch.cat(y, 1))


class Scaled(nn.Module):
    def __init__(self, dim, init=1e-6):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.gamma = nn.Conv2d(dim, dim, 1) if init is not None else None

    def forward(self, x):
        y = self.conv(x)
        if self.gamma is not None:
            y = self.gamma(y)
        return x + y


class Stuck(nn.Module):
    def __init__(self, dim, parts=4):
        super().__init__()
        assert parts == 4
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(Fixed(48, 5, 48), Fixed(48, 7, 48))

    def forward(self, x):
        return self.body(x)


class Fixed(nn.Module):
    def __init__(self, dim, kernel, hidden):
        super().__init__()
        assert kernel in (3, 5, 7) and hidden == dim
        self.conv = nn.Conv2d(dim, hidden, kernel, padding=kernel // 2)

    def forward(self, x):
        return self.conv(x)
"""
DONOR = """
from torch import nn


class Mix(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.mix = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x):
        return self.mix(x)
"""
WIDTHS = (8, 12, 20, 28)


@pytest.mark.parametrize(
    ("host", "pattern", "at", "calls"),
    [
        ("Two", "serial", "act", list(itertools.permutations(WIDTHS, 3))[:8]),
        ("Two", "residual", "block", list(itertools.permutations(WIDTHS, 3))[:8]),
        ("Four", "serial", "act", list(itertools.permutations(WIDTHS, 4))[:8]),
        ("Four", "replace", "act", list(itertools.permutations(WIDTHS, 4))[:8]),
        ("Dense", "serial", "block", [(1, 8, 4), (2, 12, 8), (3, 4, 12), (6, 64, 32)]),
        ("Repeated", "serial", "mix", [(8, 12, 1), (12, 20, 2), (20, 8, 3), (8, 28, 4)]),
    ],
)
def test_a_donor_behind_a_join_has_its_channels_whatever_the_arguments(
    tmp_path: Path, host: str, pattern: str, at: str, calls: list[tuple[int, ...]]
) -> None:
    fused = _fused(tmp_path, host, pattern, at)
    for call in calls:
        channels = call[1] if host == "Dense" else call[0]
        assert fused(*call)(torch.randn(2, channels, 8, 8)).shape[0] == 2, call


def test_a_site_that_a_flag_takes_away_is_told_with_the_flag(tmp_path: Path) -> None:
    notes = _outcome(tmp_path, "Scaled", "serial", "gamma").notes
    assert any("init=None" in one and "`gamma` does not run" in one for one in notes), notes


def test_a_site_that_always_runs_is_told_nothing_of(tmp_path: Path) -> None:
    notes = _outcome(tmp_path, "Scaled", "serial", "conv").notes
    assert not any("does not run" in one for one in notes), notes


def test_what_could_not_be_varied_is_told(tmp_path: Path) -> None:
    notes = _outcome(tmp_path, "Stuck", "serial", "conv").notes
    assert "Stuck ran with no other value of `parts`" in notes


def test_the_networks_of_a_file_say_how_a_class_is_built(tmp_path: Path) -> None:
    path = tmp_path / "hosts.py"
    path.write_text(HOSTS, encoding="utf-8")
    namespace = load(HOSTS, str(path))
    calls = calls_around(namespace["Fixed"], namespace)
    assert calls == [
        {"dim": "48", "kernel": "5", "hidden": "48"},
        {"dim": "48", "kernel": "7", "hidden": "48"},
    ]


def _outcome(folder: Path, host: str, pattern: str, at: str) -> FuseOutcome:
    (folder / "hosts.py").write_text(HOSTS, encoding="utf-8")
    (folder / "donor.py").write_text(DONOR, encoding="utf-8")
    places = f"{folder / 'hosts.py'}:{host}", f"{folder / 'donor.py'}:Mix"
    outcome = fuse_here(pattern, *places, at=at, dry_run=True, verify="quick")
    assert outcome.ok, outcome.report
    return outcome


def _fused(folder: Path, host: str, pattern: str, at: str) -> Callable[..., nn.Module]:
    outcome = _outcome(folder, host, pattern, at)
    names = load(outcome.source, str(folder / "fused.py"))
    made: Callable[..., nn.Module] = names[outcome.name]
    return made
