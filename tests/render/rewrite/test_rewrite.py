"""Source as people have it, and what a fusion must make of it: one file a case.

A case begins with `# fuse: <words of the command>`, where `here` is the case's own file, and has
its expected class behind a line `# expected`. `pytest --remake` writes the expectations anew; read
the difference before you keep it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fusing import CASES, demand_ok, fuse_here, fused_class, request_of

MARK = "\n# expected\n"
FILES = sorted(CASES.glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[one.stem for one in FILES])
def test_the_class_is_written_as_expected(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = path.read_text(encoding="utf-8")
    source, _, expected = text.partition(MARK)
    first, _, body = source.partition("\n")
    words = request_of(first.removeprefix("# fuse: "))
    host = tmp_path / "host.py"
    host.write_text(body, encoding="utf-8")
    reference = f"{host}:{words['host']}"
    outcome = fuse_here(
        str(words["pattern"]),
        reference,
        *(one.replace("here:", f"{host}:") for one in words["donors"]),  # type: ignore[attr-defined]
        output=str(tmp_path),
        verify="quick",
        **words["options"],  # type: ignore[arg-type]
    )
    found = fused_class(outcome)
    demand_ok(outcome)
    if request.config.getoption("--remake"):
        path.write_text(source + MARK + found, encoding="utf-8")
    assert found == expected
