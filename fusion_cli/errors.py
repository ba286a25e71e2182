"""Every way in which `fuse` can end: the exit codes and the errors that carry them."""

from __future__ import annotations

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


class FuseError(Exception):
    """What the user is told: `message` says what and where, `hint` says what next.

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
    """An option or argument that cannot be meant."""


class UnknownName(UsageError):
    """A zoo name, file, class, site or pattern that does not exist."""


class BadFile(UsageError):
    """A file that cannot be read as Python, or holds no usable module class."""


class BadPattern(UsageError):
    """A pattern file that cannot be loaded."""


class BadRecipe(UsageError):
    """A recipe that cannot be meant."""


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


class InternalFault(FuseError):
    """A fault of `fuse` itself."""

    exit_code = ExitCode.FAULT
