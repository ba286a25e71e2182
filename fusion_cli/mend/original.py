"""A file as it lies on the disk beside the text that it is read as, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fusion_cli.mend.patch import changes, with_hunks
from fusion_cli.model.errors import CannotWrite
from fusion_cli.syntax.read import content, decoded, python_in


@dataclass(frozen=True)
class Original:
    """`data` is what the file holds, `text` the Python that `read` finds in it."""

    path: Path
    data: bytes
    text: str
    notes: tuple[str, ...]

    @classmethod
    def open(cls, path: Path) -> Original:
        """Read a file.

        Raises:
            UnknownName: There is no such file.
            BadFile: It cannot be read, is empty, binary, or no Python.
        """
        data = content(path)
        return cls(path, data, *python_in(data, path))

    @property
    def encoding(self) -> str:
        """The encoding of the file."""
        return decoded(self.data, self.path)[1]

    def holding(self, text: str) -> str:
        """What the file must hold to be read as `text`: all that is not changed stays as it is.

        Raises:
            CannotWrite: The file has changed, or would not be read as `text`.
        """
        if content(self.path) != self.data:
            raise CannotWrite(f"{self.path} has changed since it was read", "run fuse again")
        raw, encoding = decoded(self.data, self.path)
        new = with_hunks(raw, changes(self.text, text))
        if python_in(new.encode(encoding), self.path)[0] != text:
            raise CannotWrite(
                f"{self.path} cannot take the mended lines among lines that are no Python",
                "--diff shows them",
            )
        return new
