"""How often `aligned` accuses sound random blocks, and how often it finds a misplaced piece.

`python -m pytest -m slow -s tests/runtime/battery/test_aligned_rates.py` prints the figures.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from fusion_cli.runtime.battery.checks.aligned import check
from fusion_cli.runtime.battery.context import Context, Outcome
from tests.runtime.battery.random_maps import MOVES, Block, Maker
from tests.runtime.battery.test_aligned import subject

SIZES = ((12, 12), (16, 12), (20, 20))
SOUND = 400
MOVED = 600

# Whole maps and turned or transposed branches are found but for those whose windows are wider than
# the displacement or cover the map; a scramble is drowned by a wide kernel before or after it.
FLOORS = {
    "flip rows": 0.95,
    "flip columns": 0.95,
    "turn by 180": 0.95,
    "transpose": 0.95,
    "view as (w, h)": 0.9,
    "shift": 0.3,
    "roll": 0.35,
    "channels last read as first": 0.75,
    "channels first read as last": 0.7,
}


def outcome(text: str, random: Random) -> Outcome:
    return check(Context(subject(Block, {"text": text}, ((2, 16, *random.choice(SIZES)),))))


@pytest.mark.slow
def test_random_sound_blocks_are_not_accused() -> None:
    found = []
    for number in range(SOUND):
        random = Random(number)
        text = Maker(random).sound()
        row = outcome(text, random)
        found.append((row.status, row.detail, text))
    counts = Counter(status for status, _, _ in found)
    print(dict(counts))
    assert not [one for one in found if one[0] == "failed"]
    assert counts["passed"] >= 0.9 * SOUND


@pytest.mark.slow
def test_random_misplaced_pieces_are_found() -> None:
    made, found = Counter[str](), Counter[str]()
    for number in range(MOVED):
        random = Random(number)
        name = random.choice(list(MOVES))
        text = Maker(random).misplaced(name, _by(name, random), random.choice(PLACES))
        made[name] += 1
        found[name] += outcome(text, random).status == "failed"
    rates = {name: found[name] / made[name] for name in MOVES}
    print({name: f"{found[name]} of {made[name]}" for name in MOVES})
    assert not {name: rate for name, rate in rates.items() if rate < FLOORS[name]}


PLACES = ("chain", "Sum", "Product", "Concat")


def _by(name: str, random: Random) -> tuple[int, ...]:
    """How far a shift goes, in rows and columns: one to four of either or both."""
    if name not in ("shift", "roll"):
        return ()
    far = random.choice((1, 2, 3, 4))
    return random.choice(((far, 0), (0, far), (-far, 0), (0, -far), (far, -far)))
