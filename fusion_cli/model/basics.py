"""Names for plain data that many values are made of.

Constructor arguments are kept as source text by parameter name (`{"c1": "64", "act": "nn.SiLU()"}`):
text crosses the pipe to the worker, survives into the written file and means the same in all three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Arguments = Mapping[str, str]


JSON = dict[str, Any]


Stage = Callable[[str], None]  # hears the name of each stage of a command as it begins


Shape = tuple[int, ...]


def arguments_text(args: Arguments) -> str:
    """Arguments as a call writes them: `c1=64, c2=128`, with what fills `*args` first."""
    starred = [f"*{args['*']}"] if "*" in args else []
    return ", ".join([*starred, *(f"{name}={text}" for name, text in args.items() if name != "*")])


def with_arguments(args: Arguments) -> str:
    """How a message begins that is about one configuration: `with c1=64, c2=128`."""
    return f"with {arguments_text(args) or 'its defaults'}"
