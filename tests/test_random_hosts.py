"""What must hold for any host, tried on random ones: see `random_hosts`.

The seed is the test's parameter, so a failure names it: `-k "[7]"` runs it again. Dozens of hosts
are tried at once, thousands with `-m slow`.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.jobs import ToVerify
from fusion_cli.model.outcomes import FuseOutcome
from fusion_cli.patterns.files import load_pattern, pattern_files
from fusion_cli.runtime.battery.registry import run_checks
from fusion_cli.runtime.jobs import context_of
from fusion_cli.runtime.load import load
from tests.fusing import HereWorker, fuse_here
from tests.random_hosts import Host, random_host

PATTERNS = tuple(load_pattern(file.name) for file in pattern_files())
QUICK = 12
MANY = 700
SEEDS = [*range(QUICK), *(pytest.param(n, marks=pytest.mark.slow) for n in range(QUICK, MANY))]
# Configurations of the host: with the shortcut, without it for want of equal channels or by choice.
CONFIGURATIONS = ((16, 16), (16, 32), (16, 16, False), (16, 16, True, False))
# Every tenth may be refused: a site may be given to several widths, or by nothing that has a name.
MOST = 0.9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@cache
def tried(seed: int, folder: Path, **options: Any) -> tuple[FuseOutcome, ToVerify] | CannotFuse:
    """A fusion of the host of this seed, and what the battery is given for it; or why there is none."""
    host, rng = random_host(seed), random.Random(seed)
    path = folder / f"block{seed}.py"
    path.write_text(host.source, encoding="utf-8")
    chosen = rng.choice(PATTERNS)
    pattern = options.pop("pattern", chosen.name)
    donor = options.pop("donor", None) or rng.choice(("SE", "CBAM", "Conv"))
    at = options.pop("at", None) or (rng.choice(host.layers) if rng.random() < 0.5 else None)
    if pattern == chosen.name and chosen.at == "join":
        donor, at = "AFF", None  # it takes two inputs, where the host adds or concatenates
    reference = f"{path}:Conv" if donor == "Conv" else donor
    try:
        outcome = fuse_here(
            pattern, f"{path}:Block", reference, at=at, verify="off", dry_run=True, **options
        )
    except CannotFuse as reason:
        return reason
    return outcome, HereWorker.verified


def built(text: str, path: str, name: str, args: tuple[object, ...]) -> nn.Module:
    torch.manual_seed(1)
    module: nn.Module = load(text, path)[name](*args)
    return module


def outputs(module: nn.Module) -> list[Tensor]:
    """What a module gives in training and then in evaluation."""
    x = torch.randn(2, 16, 9, 12, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        return [module.train(mode)(x.clone()) for mode in (True, False)]


def demand_equal(host: Host, outcome: FuseOutcome, added: bool) -> None:
    """The fused class takes the host's weights and computes what the host computes."""
    for args in CONFIGURATIONS:
        own = built(host.source, "host.py", "Block", args)
        fused = built(outcome.source, outcome.file, outcome.name, args)
        missing, unknown = fused.load_state_dict(own.state_dict(), strict=False)
        assert not unknown
        assert added or not missing
        for expected, found in zip(outputs(own), outputs(fused), strict=True):
            torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pattern_equals_its_hook_version(seed: int, folder: Path) -> None:
    found = tried(seed, folder)
    if isinstance(found, CannotFuse):
        return
    rows = run_checks(context_of(found[1]), ("parses", "equivalence"))
    assert [row.status for row in rows] == ["passed", "passed"], rows


@pytest.mark.parametrize("seed", SEEDS)
def test_a_site_replaced_by_its_own_class_changes_nothing(seed: int, folder: Path) -> None:
    host = random_host(seed)
    if not host.own:
        return
    site = random.Random(seed).choice(host.own)
    found = tried(seed, folder, pattern="replace", donor="Conv", at=site)
    assert not isinstance(found, CannotFuse), found
    demand_equal(host, found[0], added=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_block_that_begins_as_its_host_computes_what_it_computes(seed: int, folder: Path) -> None:
    pattern = ("serial", "parallel", "gate", "residual")[seed % 4]
    found = tried(seed, folder, pattern=pattern, init="zero")
    if not isinstance(found, CannotFuse):
        demand_equal(random_host(seed), found[0], added=True)


@pytest.mark.parametrize(
    "count", [QUICK, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_most_are_fused(count: int, folder: Path) -> None:
    found = [tried(seed, folder) for seed in range(count)]
    refused = [f"{seed}: {one}" for seed, one in enumerate(found) if isinstance(one, CannotFuse)]
    assert len(refused) <= (1 - MOST) * count, "\n".join(refused)
