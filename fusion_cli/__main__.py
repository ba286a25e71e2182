"""The front door: `fuse` and `python -m fusion_cli`.

A command that will need the worker starts it before anything else is imported, since the worker's
import of torch takes longer than all that the command does meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence


def main() -> int:
    """Run the command line of this process and return its exit code."""
    words = sys.argv[1:]
    try:
        with _worker_for(words):
            from fusion_cli import cli

            return cli.main(words)
    except KeyboardInterrupt:
        from fusion_cli.errors import ExitCode

        return ExitCode.INTERRUPTED


def _worker_for(words: Sequence[str]) -> contextlib.AbstractContextManager[None]:
    """A worker started ahead, unless the answer is but a text: a help, a listing, a completion."""
    runs = bool(words) and words[0] != "list" and not words[0].startswith("-")
    if not runs or "_FUSE_COMPLETE" in os.environ or {"-h", "--help"}.intersection(words):
        return contextlib.nullcontext()
    from fusion_cli.runtime.spawn import ahead

    return ahead()


if __name__ == "__main__":
    sys.exit(main())
