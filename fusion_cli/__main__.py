"""The front door: `fuse` and `python -m fusion_cli`.

A command that will need the worker starts it before anything else is imported, since the worker's
import of torch takes longer than all that the command does meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence


def main() -> int:
    """Run the command line of this process and return its exit code."""
    words = sys.argv[1:]
    try:
        with _worker_ahead() if _needs_worker(words) else contextlib.nullcontext():
            from fusion_cli.command import cli

            return cli.main(words)
    except KeyboardInterrupt:
        from fusion_cli.model.errors import ExitCode

        return ExitCode.INTERRUPTED


def _needs_worker(words: Sequence[str]) -> bool:
    """Whether more is asked than a text: a help, a listing, a completion."""
    runs = bool(words) and words[0] != "list" and not words[0].startswith("-")
    return runs and "_FUSE_COMPLETE" not in os.environ and not {"-h", "--help"} & set(words)


@contextlib.contextmanager
def _worker_ahead() -> Iterator[None]:
    """A worker that is started first, and ended at the end if nobody has taken it."""
    from fusion_cli.worker import spawn

    spawn.ahead()
    try:
        yield
    finally:
        if spawn.waits():
            from fusion_cli.worker.client import Worker

            Worker.start().close()


if __name__ == "__main__":
    sys.exit(main())
