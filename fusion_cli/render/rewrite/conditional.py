"""What a fused class does only where its donors are, and the host's own elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from fusion_cli.fit.guard import Guard
from fusion_cli.study.analyse import HostClass
from fusion_cli.syntax.edits import Edits, applied

Statements = Sequence[cst.BaseStatement]


def branch(
    guard: Guard, host: HostClass, edits: Edits, parts: Mapping[cst.CSTNode, cst.CSTNode]
) -> None:
    """Give the statements of each site two branches: as they are edited, and the host's own.

    `parts` maps the node in which a site ends to the one in which it begins. Those that overlap are
    taken together.
    """
    ranges: dict[cst.CSTNode, tuple[int, int]] = {}
    for end, begin in parts.items():
        block, first, last = _common(host, begin, end)
        known = ranges.get(block, (first, last))
        ranges[block] = (min(first, known[0]), max(last, known[1]))
    arms: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
    for block, (first, last) in ranges.items():
        lines = cst.ensure_type(block, cst.IndentedBlock).body[first : last + 1]
        fused = [one for line in lines for one in applied(line, edits)]
        arms[lines[0]] = guard.branches(fused, lines)
        arms.update((line, []) for line in lines[1:])
    for line, arm in arms.items():
        edits.before.pop(line, None)  # stands in the arm
        edits.replaced[line] = arm


def _common(host: HostClass, begin: cst.CSTNode, end: cst.CSTNode) -> tuple[cst.CSTNode, int, int]:
    """The innermost block that holds two nodes, and which of its statements do."""
    above = {id(block): index for block, index in _blocks(host, begin)}
    block, last = next(block for block in _blocks(host, end) if id(block[0]) in above)
    return block, above[id(block)], last


def _blocks(host: HostClass, node: cst.CSTNode) -> Iterator[tuple[cst.IndentedBlock, int]]:
    """The blocks that a node stands in, innermost first, with the index of its statement."""
    while node in host.parents:
        parent = host.parents[node]
        if isinstance(parent, cst.IndentedBlock):
            yield parent, list(parent.body).index(node)  # type: ignore[arg-type]
        node = parent
