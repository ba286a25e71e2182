"""Writing a file: whole or not at all, and nothing left behind."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli import write
from fusion_cli.model.errors import CannotWrite, OutputExists
from fusion_cli.write import diff, target, write_atomic

OLD, NEW = "old = 1\n", "new = 2\n" * 1000
SYSTEM_CALLS = ("mkdir", "open", "fchown", "fchmod", "fsync", "link", "replace", "unlink", "close")


@pytest.fixture(params=["unnamed", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to write: where there are files without a name, and where there are none."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE")
    return str(request.param)


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("given_output", "expected"),
    [
        ("generated", "generated/block.py"),
        ("generated/", "generated/block.py"),
        (".", "block.py"),
        ("deep/mine.py", "deep/mine.py"),
        ("notes.txt", "notes.txt/block.py"),
        ("a.py/b", "a.py/b/block.py"),
    ],
)
def test_target(given_output: str, expected: str) -> None:
    assert target(given_output, "block.py") == Path(expected)


def test_target_is_in_a_directory_whose_name_ends_in_py(tmp_path: Path) -> None:
    (tmp_path / "odd.py").mkdir()
    assert target(str(tmp_path / "odd.py"), "block.py") == tmp_path / "odd.py" / "block.py"


def test_new_file_in_new_directories(tmp_path: Path, way: str) -> None:
    path = tmp_path / "a" / "b" / "block.py"
    assert write_atomic(path, NEW, force=False)
    assert content(path.parent) == {"block.py": NEW}
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()


def test_equal_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "block.py"
    path.write_text(OLD)
    os.utime(path, (1, 1))
    assert not write_atomic(path, OLD, force=True)
    assert path.stat().st_mtime == 1


def test_different_file_stays_unless_forced(tmp_path: Path, way: str) -> None:
    path = tmp_path / "block.py"
    path.write_text(OLD)
    path.chmod(0o640)
    with pytest.raises(OutputExists, match=r"block\.py exists and differs"):
        write_atomic(path, NEW, force=False)
    assert content(tmp_path) == {"block.py": OLD}
    assert write_atomic(path, NEW, force=True)
    assert content(tmp_path) == {"block.py": NEW}
    assert path.stat().st_mode & 0o777 == 0o640


def test_symbolic_link_is_followed(tmp_path: Path, way: str) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "block.py"
    link.symlink_to(tmp_path / "real" / "block.py")
    write_atomic(link, OLD, force=False)  # it dangles still
    write_atomic(link, NEW, force=True)
    assert link.is_symlink()
    assert content(tmp_path / "real") == {"block.py": NEW}


def test_line_ends_and_characters_are_written_as_they_are(tmp_path: Path) -> None:
    write_atomic(tmp_path / "block.py", "# 卷积 × 2\n", force=False)
    assert (tmp_path / "block.py").read_bytes() == "# 卷积 × 2\n".encode()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("directory", "is a directory"),
        ("file.py/block.py", "not a directory"),
        ("file.py/deeper/block.py", "not a directory"),
        ("n" * 300 + ".py", "file name too long"),
        ("loop.py", "too many levels of symbolic links"),
        ("pipe.py", "not a regular file"),
    ],
)
def test_impossible_places(tmp_path: Path, way: str, name: str, reason: str) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file.py").write_text(OLD)
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    os.mkfifo(tmp_path / "pipe.py")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CannotWrite, match=reason) as caught:
        write_atomic(tmp_path / name, NEW, force=True)
    assert name in caught.value.message and "-o" in caught.value.hint
    assert sorted(tmp_path.rglob("*")) == before


def test_disk_full(tmp_path: Path, way: str) -> None:
    """A write that the system cuts off, as it does on a full disk, leaves nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(CannotWrite, match="file too large"):
            write_atomic(tmp_path / "new" / "block.py", NEW, force=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert content(tmp_path) == {}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize(
    ("call", "old"),
    [(call, old) for call in ("open", "fsync", "link") for old in (None, OLD)] + [("replace", OLD)],
)
def test_failing_system_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, old: str | None
) -> None:
    """The error names what the system said, and what was there before is there."""
    folder = tmp_path / "generated"
    if old is not None:
        folder.mkdir()
        (folder / "block.py").write_text(old)

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch, pytest.raises(CannotWrite) as caught:
        patch.setattr(os, call, refuse)
        write_atomic(folder / "block.py", NEW, force=True)
    assert os.strerror(code).lower() in caught.value.message
    assert ("free some space" in caught.value.hint) == (code in (errno.ENOSPC, errno.EDQUOT))
    if old is None:
        assert not folder.exists()
    else:
        assert content(folder) == {"block.py": old}


def test_interrupted_by_the_user(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(descriptor: int) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "new" / "block.py", NEW, force=False)
    assert content(tmp_path) == {}


def die_before(number: int, calls: Iterator[int]) -> Callable[[Callable[..., Any]], Any]:
    """Wrap system calls so that the process is killed before the `number`-th of them."""

    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return counted

    return wrap


def write_and_die(path: Path, number: int) -> bool:
    """Write in a child that is killed before its `number`-th system call; tell whether it was."""
    pid = os.fork()
    if pid == 0:
        wrap = die_before(number, iter(range(10_000)))
        for name in SYSTEM_CALLS:
            setattr(os, name, wrap(getattr(os, name)))
        try:
            write_atomic(path, NEW, force=True)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("old", [None, OLD])
def test_killed_before_any_system_call(tmp_path: Path, way: str, old: str | None) -> None:
    """There is the old file, the new one or none; never a part; and the next run finds its way."""
    folder, number, strays = tmp_path / "generated", 0, 0
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        if old is not None:
            folder.mkdir()
            (folder / "block.py").write_text(old)
        killed = write_and_die(folder / "block.py", number)
        found = content(folder) if folder.exists() else {}
        strays += len([name for name in found if name != "block.py"])
        assert found.get("block.py") in ((NEW, None) if old is None else (NEW, OLD))
        write_atomic(folder / "block.py", NEW, force=True)
        write_atomic(folder / "block.py", NEW + "\n", force=True)
        assert content(folder) == {"block.py": NEW + "\n"}
        if not killed:
            break
        number += 1
    assert number > 5
    if way == "unnamed":
        assert strays == (0 if old is None else 1)  # between link and replace alone


def test_many_writers_at_once(tmp_path: Path, way: str) -> None:
    """Whoever is last wins; every moment shows one writer's whole file."""
    path = tmp_path / "block.py"
    texts = [f"writer = {n}\n" * 2000 for n in range(8)]
    seen: set[str] = set()

    def write(text: str) -> None:
        for _ in range(10):
            write_atomic(path, text, force=True)
            seen.add(path.read_text())

    with ThreadPoolExecutor(len(texts)) as pool:
        list(pool.map(write, texts))  # raises what a thread raised
    assert seen <= set(texts)
    assert set(content(tmp_path)) == {"block.py"}


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "block.py"
    keep = write._open

    def slow(hidden: Path) -> tuple[int, bool]:
        path.write_text(OLD)
        return keep(hidden)

    monkeypatch.setattr(write, "_open", slow)
    with pytest.raises(OutputExists):
        write_atomic(path, NEW, force=False)
    assert content(tmp_path) == {"block.py": OLD}


lines = st.lists(st.sampled_from(["a", "b", "c\f", "  d", "\u2028e", ""]), max_size=8)


@given(old=lines, new=lines, ends=st.tuples(st.booleans(), st.booleans()))
def test_diff_is_what_patch_takes(
    tmp_path_factory: pytest.TempPathFactory,
    old: list[str],
    new: list[str],
    ends: tuple[bool, bool],
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    path = folder / "block.py"
    before, after = ("\n".join(old) + "\n" * ends[0], "\n".join(new) + "\n" * ends[1])
    path.write_text(before)
    patch = diff(path, after)
    assert (patch == "") == (before == after)
    if patch:
        subprocess.run(
            ["git", "apply", "-p0", "--unsafe-paths", "--directory", "", "-"],
            cwd=folder,
            input=patch.replace(str(path), "block.py").encode(),
            check=True,
        )
    assert path.read_text() == after


def test_diff_from_nothing(tmp_path: Path) -> None:
    patch = diff(tmp_path / "block.py", "x = 1\n")
    assert patch == f"--- /dev/null\n+++ {tmp_path}/block.py\n@@ -0,0 +1 @@\n+x = 1\n"


def test_diff_against_a_directory(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="is a directory"):
        diff(tmp_path, "x = 1\n")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
