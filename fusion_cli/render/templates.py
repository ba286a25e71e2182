"""The file around the fused class, from its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion_cli.patterns.blocks import environment
from fusion_cli.patterns.files import templates_folder


@dataclass(frozen=True)
class ModuleText:
    """All that the skeleton of a written file has places for."""

    summary: str
    header: Sequence[tuple[str, str]]
    imports: str
    definitions: str
    fused: str
    build: str  # the call that builds the block in the smoke test
    feed: Mapping[str, str]  # the inputs by name
    tensors: Sequence[str]  # those of the names that have a shape
    call: str
    shapes: str  # the output's shapes, as an expression

    @property
    def width(self) -> int:
        return max(len(key) for key, _ in self.header)


def render_module(parts: ModuleText) -> str:
    """The whole file, not yet formatted."""
    source = (templates_folder() / "module.py.j2").read_text(encoding="utf-8")
    context: Mapping[str, ModuleText] = {"module": parts}
    return environment().from_string(source).render(context)
