"""Names that stand for something until it is known: the site's parts, and the carried classes.

Rendering fills the site's parts in, where the host has them. The classes have their names only when
the whole file is put together, since a name that two files use can be given to one of them.
"""

from __future__ import annotations

INIT, CALL, ARG = "__site_init__", "__site_call__", "__site_arg__"
SECOND = "__site_second_arg__"  # of a join, whose first operand is `ARG`

FUSED = "__fused__"  # the fused class itself
INSIDE = "__inside__"  # the fused class of what the host contains
DOCSTRING = "__docstring__"


def carried(index: int) -> str:
    """The class of the donor of that number, counted from 0."""
    return f"__donor_{index}__"


def adapter(name: str) -> str:
    """The class of an adapter, by its name in its own file."""
    return f"__adapter_{name}__"
