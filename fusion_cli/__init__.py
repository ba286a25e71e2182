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

_REPEATED = ("allow", "donor_args", "expose", "templates")


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
    from fusion_cli.model.requests import FuseRequest

    references = tuple(fspath(one) for one in donors)
    request = FuseRequest(pattern, fspath(host), references, **_texts(options))
    return entry.fuse(request, on_stage=_silent)


def check(ref: str | PathLike[str], **options: Any) -> CheckOutcome:
    """Run the battery on the module that `ref` names, as `fuse check` does.

    Options are `args`, `verify`, `strict`, `allow`, `device`, `require_cuda` and `timeout`.

    Raises:
        FuseError: whatever ends the command with another exit code than 0 and 1.
    """
    from fusion_cli.command import entry
    from fusion_cli.model.requests import CheckRequest

    return entry.check(CheckRequest(fspath(ref), **_texts(options)), on_stage=_silent)


def _silent(stage: str) -> None:
    """A notebook is told nothing on the way."""


def _texts(options: dict[str, Any]) -> dict[str, Any]:
    """The options with paths as text, and one string where several may stand as a tuple of it."""
    return {
        name: _tuple(value) if name in _REPEATED else _text(value)
        for name, value in options.items()
    }


def _tuple(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str | PathLike):
        return (_text(value),)
    return tuple(_text(one) for one in value)


def _text(value: Any) -> Any:
    return fspath(value) if isinstance(value, PathLike) else value
