"""The look of a written file: black's default style, whatever project it will live in."""

from __future__ import annotations

from fusion_cli.model.errors import InternalFault


def prepare() -> None:
    """Import black while there is something to wait for."""
    import black  # noqa: F401


def formatted(text: str) -> str:
    """The text as black leaves it.

    Raises:
        InternalFault: it is no Python, or black is not content with its own result.
    """
    import black
    from black.mode import TargetVersion
    from black.parsing import InvalidInput

    mode = black.Mode(target_versions={TargetVersion.PY310})
    try:
        result = black.format_str(text, mode=mode)
        if black.format_str(result, mode=mode) != result:
            raise InternalFault("black does not leave the written file alone")
    except InvalidInput as error:
        raise InternalFault(f"the written file is no Python: {error}") from error
    return result
