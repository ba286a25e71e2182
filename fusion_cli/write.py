"""Write a file whole or not at all, and show what would change.

A new file is written without a name and then given one, so a process killed at any moment leaves
nothing. To take the place of an old file the new one needs a name for the instant between two system
calls; it is a hidden one, and whoever next writes to that place removes it. Where a file system has
no files without a name, the hidden one holds from the start.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import io
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

from fusion_cli.model.errors import CannotWrite, OutputExists

try:
    import fcntl
except ImportError:  # Windows: two runs at one moment are not kept apart
    fcntl = None  # type: ignore[assignment]

_NO_UNNAMED_FILES = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}
_HINTS = {
    errno.ENOSPC: "free some space, or choose another place with -o",
    errno.EDQUOT: "free some space, or choose another place with -o",
}


def from_here(text: str) -> str:
    """A message with the paths below the working directory as people name them: from there."""
    return text.replace(f"{Path.cwd()}{os.sep}", "")


def target(output: str, default_name: str) -> Path:
    """The file that `-o` means: itself if it ends in `.py`, else `default_name` in that directory."""
    path = Path(output)
    return path if path.suffix == ".py" and not path.is_dir() else path / default_name


def write_atomic(path: Path, text: str, force: bool, encoding: str = "utf-8") -> bool:
    """Make `path` hold `text`; tell whether anything had to be written.

    A missing directory is made, and removed again if the write fails. A symbolic link is followed.
    An old file keeps its mode. Raises `OutputExists` if a different file is there, unless `force`;
    `CannotWrite` if the system refuses.
    """
    place = Path(os.path.realpath(path))
    data = text.encode(encoding)
    try:
        with _folder(place.parent), _locked(place.parent):
            old = regular(place)
            if old and place.read_bytes() == data:
                return False
            if old and not force:
                raise _exists(path)
            _put(place, data, old)
    except FileExistsError as error:  # it has appeared since
        raise _exists(path) from error
    except OSError as error:
        raise _refused(path, error) from error
    return True


def demand_free(path: Path, text: str, force: bool) -> None:
    """Refuse early what `write_atomic` would refuse later. Raises `OutputExists`."""
    try:
        differs = regular(path) and path.read_bytes() != text.encode()
    except OSError as error:
        raise _refused(path, error) from error
    if differs and not force:
        raise _exists(path)


def diff(path: Path, text: str, encoding: str = "utf-8") -> str:
    """The unified diff from what `path` holds to `text`, which `patch` takes; empty if equal.

    Raises `CannotWrite` if there is something at `path` that is not a file that can be read.
    """
    try:
        old = path.read_bytes().decode(encoding, "replace") if regular(path) else None
    except OSError as error:
        raise CannotWrite(f"cannot read {path}: {(error.strerror or '').lower()}") from error
    start = "/dev/null" if old is None else str(path)
    lines = difflib.unified_diff(_lines(old or ""), _lines(text), start, str(path))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: `str.splitlines` would also split at a form feed."""
    return io.StringIO(text, newline="\n").readlines()


def _refused(path: Path, error: OSError) -> CannotWrite:
    reason = (error.strerror or str(error)).lower()
    hint = _HINTS.get(error.errno or 0, "choose another place with -o")
    return CannotWrite(f"cannot write {path}: {reason}", hint)


def _exists(path: Path) -> OutputExists:
    return OutputExists(
        f"{path} exists and differs", "--force overwrites it; --diff shows the difference"
    )


def regular(place: Path) -> os.stat_result | None:
    """The status of the file that is there, if one is.

    Raises:
        OSError: it is a folder, or what may never end or never begin: a device, a pipe.
    """
    try:
        status = place.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return status


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a directory if it is missing, and unmake it if the body fails."""
    made: list[Path] = []
    try:
        for part in (*reversed(folder.parents), folder):
            if not part.exists():
                with contextlib.suppress(FileExistsError):  # another process was faster
                    part.mkdir()
                    made.append(part)
        yield
    except BaseException:
        for part in reversed(made):
            with contextlib.suppress(OSError):
                part.rmdir()
        raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other runs from writing in the directory meanwhile, and afterwards make it durable."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        with contextlib.suppress(OSError):  # one that cannot sync a directory
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put(place: Path, data: bytes, old: os.stat_result | None) -> None:
    """Write the file and put it in its place, with the owner and mode of the old one."""
    hidden = place.with_name(f".fuse-{zlib.crc32(place.name.encode()):08x}")
    hidden.unlink(missing_ok=True)
    try:
        descriptor, named = _open(hidden)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if old:
                _keep(old, descriptor)
            os.fsync(descriptor)
            if not named:
                _name(descriptor, hidden if old else place)
        if named or old:
            hidden.replace(place)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise


def _open(hidden: Path) -> tuple[int, bool]:
    """A new file beside `hidden` to write to, and whether it bears that name or none."""
    if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").exists():
        try:
            return os.open(hidden.parent, os.O_WRONLY | os.O_TMPFILE, 0o666), False
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES:
                raise
    return os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), True


def _keep(old: os.stat_result, descriptor: int) -> None:
    """Give a new file the owner, if that is allowed, and the mode of the old one."""
    if hasattr(os, "fchmod"):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _name(unnamed: int, path: Path) -> None:
    """Give a name to a file without one, if that name is free."""
    # Given a directory descriptor, os.link calls linkat, which alone can follow the link in /proc.
    os.link(f"/proc/self/fd/{unnamed}", path, src_dir_fd=unnamed, follow_symlinks=True)
