"""Fuse two PyTorch modules into one new, verified block of source.

>>> from fusion_cli import check, fuse
>>> outcome = fuse("replace", "Bottleneck", "AKConv", dry_run=True)
>>> print(outcome.source)
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fusion_cli.model.outcomes import CheckOutcome, FuseOutcome

__all__ = ["__version__", "check", "fuse"]
__version__ = "0.1.0"


def fuse(
    pattern: str, host: str | PathLike[str], *donors: str | PathLike[str], **options: Any
) -> FuseOutcome:
    """Fuse `donors` into `host` by `pattern`, as the command of that name does.

    Options are those of the command with underscores, such as `at="cv1"`, `verify="quick"` or
    `dry_run=True`; `fusion_cli.model.requests.FuseRequest` lists them with their defaults. The outcome
    holds the source, the report and where the file stands.

    Raises:
        FuseError: whatever ends the command with another exit code than 0 and 1.
    """
    from fusion_cli.command import entry
    from fusion_cli.model.options import accepted
    from fusion_cli.model.requests import FuseRequest

    references = tuple(fspath(donor) for donor in donors)
    request = FuseRequest(pattern, fspath(host), references, **accepted(FuseRequest, options))
    return entry.fuse(request, on_stage=_silent)


def check(ref: str | PathLike[str], **options: Any) -> CheckOutcome:
    """Run the battery on the module that `ref` names, as `fuse check` does.

    Options are `args`, `verify`, `strict`, `allow`, `device`, `require_cuda` and `timeout`.

    Raises:
        FuseError: whatever ends the command with another exit code than 0 and 1.
    """
    from fusion_cli.command import entry
    from fusion_cli.model.options import accepted
    from fusion_cli.model.requests import CheckRequest

    request = CheckRequest(fspath(ref), **accepted(CheckRequest, options))
    return entry.check(request, on_stage=_silent)


def _silent(stage: str) -> None:
    """In a notebook nobody hears of the stages."""
