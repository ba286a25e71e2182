"""The names that stand for the site's parts in a rendered pattern, until they are filled in."""

INIT, CALL, ARG = "__site_init__", "__site_call__", "__site_arg__"
SECOND = "__site_second_arg__"  # of a join, whose first operand is `ARG`

# Stands for the class of a donor that is called as the host is, whose own name will change.
NAMESAKE = "__donor_class__"


def carried(index: int) -> str:
    """The class of the donor of that number, whose name is known when the file is put together."""
    return f"__donor_{index}__"


def adapter(name: str) -> str:
    """An adapter's class, likewise."""
    return f"__adapter_{name}__"
