"""Every way in which `fuse` can end: the exit codes and the errors that carry them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the command, fixed for scripts."""

    DONE = 0
    REJECTED = 1
    USAGE = 2
    CANNOT_FUSE = 3
    EXISTS = 4
    ENVIRONMENT = 5
    FAULT = 70
    INTERRUPTED = 130


_GRAVEST_FIRST = (
    *(ExitCode.FAULT, ExitCode.ENVIRONMENT, ExitCode.REJECTED),
    *(ExitCode.CANNOT_FUSE, ExitCode.EXISTS, ExitCode.USAGE, ExitCode.DONE),
)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that a command on several modules ends with.

    A rejected module stands above one that could not be judged; what is no module's fault (the
    environment, `fuse` itself) stands above both.
    """
    return min(codes, key=_GRAVEST_FIRST.index, default=ExitCode.DONE)


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """``did you mean `AKConv`?``, in any case of letters; nothing where no name is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(name.lower(), by_lower, n=most, cutoff=0.6)
    return f"did you mean {' or '.join(f'`{by_lower[name]}`' for name in near)}?" if near else ""


def did_you_mean(name: str, known: Collection[str]) -> str:
    """A hint that names the nearest of the known names, or all of them."""
    return nearest(name, known, most=1) or f"there are: {', '.join(known)}"


class FuseError(Exception):
    """What the user reads: `message` says what and where, `hint` says what next.

    `lines` are lines of the user's own file at fault, ready to be shown under the message.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, hint: str = "", lines: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.lines = lines

    @property
    def kind(self) -> str:
        """The name of the error in JSON: `UnknownName` is `unknown_name`."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


class UsageError(FuseError):
    """An option or argument that makes no sense."""


class UnknownName(UsageError):
    """A zoo name, file, class, site or pattern that does not exist."""


class BadFile(UsageError):
    """A file that cannot be read as Python, or holds no usable module class."""


class NoModule(BadFile):
    """A class that is no `nn.Module` once its file has run."""


class BadPattern(UsageError):
    """A pattern file that cannot be loaded."""


class BadRecipe(UsageError):
    """A recipe that is not valid."""


class Rejected(FuseError):
    """The battery found the module wanting."""

    exit_code = ExitCode.REJECTED


class CannotFuse(FuseError):
    """Host and donor cannot be fused as asked."""

    exit_code = ExitCode.CANNOT_FUSE


class CannotConstruct(CannotFuse):
    """A class that cannot be built or run with any arguments that were tried."""


class OutputExists(FuseError):
    """A different file stands where the result should go."""

    exit_code = ExitCode.EXISTS


class CannotWrite(FuseError):
    """The output cannot be written: permissions, a full disk."""

    exit_code = ExitCode.CANNOT_FUSE


class MissingDevice(FuseError):
    """The environment lacks what was demanded."""

    exit_code = ExitCode.ENVIRONMENT


class MissingResource(FuseError):
    """The system refuses what `fuse` needs: processes, open files, room for temporary ones."""

    exit_code = ExitCode.ENVIRONMENT


class Interrupted(FuseError):
    """Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED


class InternalFault(FuseError):
    """A fault of `fuse` itself."""

    exit_code = ExitCode.FAULT


def fault_of(error: Exception) -> InternalFault:
    """An exception that nobody expected, as an error with a message for the user."""
    fault = InternalFault(
        f"a fault of fuse itself: {type(error).__name__}: {error}",
        hint="please report it with this command and what it prints with FUSE_DEBUG=1 set",
    )
    fault.__cause__ = error
    return fault
