"""The battery: which checks there are, in which order they run, and how one is run.

Every check is a file of `checks/` named after it, with one function `check(context) -> Outcome`; no
other file lies there.
"""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Iterable

from fusion_cli.model.jobs import CheckBegun, Emit, SlowForward
from fusion_cli.model.levels import NEED_HOST
from fusion_cli.model.report import CheckResult
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    failed,
    skipped,
    warned,
    where,
)
from fusion_cli.runtime.battery.pace import TooSlow, paced
from fusion_cli.runtime.global_state import watched

NEED_TRAINING = frozenset({"pure", "finite", "gradients", "dtypes", "serialises"})
NEED_NO_FORWARD = frozenset({"parses", "imports", "constructs", "forward", "device"})

NEED_NO_BACKWARD = NEED_NO_FORWARD | {"gradients"}


def run_checks(
    context: Context,
    names: Iterable[str],
    emit: Emit[CheckBegun | SlowForward | CheckResult] = lambda event: None,
) -> tuple[CheckResult, ...]:
    """Run the named checks in order and give their rows.

    `emit` hears of a check before it begins, and then its row, so that the end of this process,
    should it come, can be laid to the check that ran.
    """
    rows = []
    with paced(emit) as pace:
        for name in names:
            emit(CheckBegun(name))
            pace.restart()
            row = run_check(context, name)
            rows.append(row)
            emit(row)
    return tuple(rows)


def run_check(context: Context, name: str) -> CheckResult:
    """One row, whatever happens in the check; settings that the module changes are put back."""
    started = time.perf_counter()
    with warnings.catch_warnings(), watched():
        warnings.simplefilter("ignore")
        try:
            outcome = _outcome(context, name)
        except TooSlow as slow:
            outcome = skipped(str(slow))
    seconds = time.perf_counter() - started
    return CheckResult(name, outcome.status, outcome.detail, outcome.hint, round(seconds, 4))


def _outcome(context: Context, name: str) -> Outcome:
    """A check's outcome; what it raises fails it where the user's code raised.

    What arises outside the user's code is a doubt that could not be settled, hence a warning.
    """
    if name in NEED_HOST and context.host is None:
        return skipped("no host: this module was not fused from one")
    if name not in NEED_NO_FORWARD and context.broken:
        return skipped(f"forward does not run: {context.told(context.broken)}")
    if name in NEED_TRAINING and context.broken_training:
        return skipped(f"training does not run: {context.told(context.broken_training)}")
    try:
        check = importlib.import_module(f"{__package__}.checks.{name}").check
        outcome: Outcome = check(context)
    except (Exception, SystemExit) as error:
        text = context.told(error)
        if where(error, context.subject):
            return failed(text)
        if name not in NEED_NO_BACKWARD and context.broken_backward:
            return skipped(f"backward does not run: {context.told(context.broken_backward)}")
        return warned(f"could not be settled: {text}")
    return outcome
