"""`fuse check` on several modules: what is printed, when and where."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Sequence

from fusion_cli.command import console
from fusion_cli.command.formats import Format, module_name, rejection_of
from fusion_cli.command.outcome_text import error_text, mended_diff
from fusion_cli.model.errors import ExitCode, InternalFault, fault_of
from fusion_cli.model.outcomes import Checked, Missed
from fusion_cli.model.requests import CheckRequest


def check(requests: Sequence[CheckRequest], each: bool, layout: Format, diffs: bool) -> int:
    """Check, print as results come, and return the exit code.

    What repairs change is printed with `diffs`: then, with `--diff`, that alone stands on stdout.
    """
    from fusion_cli.command import entry

    started = time.perf_counter()
    stream = "stderr" if diffs and requests[0].diff else "stdout"
    paint = console.paint_for(getattr(sys, stream))

    def say(text: str) -> None:
        console.write(text, getattr(sys, stream))  # while there is a bar, what stands above it

    try:
        with console.bar() as advance:

            def hear(result: Checked, total: int) -> None:
                if diffs and not isinstance(result, Missed):
                    console.write(mended_diff(result), sys.stdout, end="")
                if text := layout.each(result, paint):
                    say(text)
                _debug(result)
                advance(total, module_name(result))

            results = entry.check_each(requests, each, hear)
    except BrokenPipeError as error:
        raise fault_of(error) from error
    say(layout.end(results, time.perf_counter() - started, paint))
    if rejection := rejection_of(results):
        console.write(error_text(rejection, console.paint_for(sys.stderr)), sys.stderr)
        return rejection.exit_code
    return ExitCode.DONE


def _debug(result: Checked) -> None:
    fault = result.error if isinstance(result, Missed) else None
    if isinstance(fault, InternalFault) and os.environ.get("FUSE_DEBUG"):
        traceback.print_exception(fault)
