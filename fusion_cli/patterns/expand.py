"""The two blocks of a pattern, as text for one fusion."""

from __future__ import annotations

import re
import textwrap

from fusion_cli.model.errors import BadPattern
from fusion_cli.model.pattern import Pattern
from fusion_cli.model.placeholders import (
    ARG,
    CALL,
    INIT,
    SECOND,
)
from fusion_cli.model.plan import PatternContext, Rendered
from fusion_cli.patterns.blocks import environment
from fusion_cli.syntax.tree import plain_arguments

_PART = re.compile(r"\w*__site_\w+")


def render_pattern(pattern: Pattern, plan: PatternContext) -> Rendered:
    """The declarations and the expression that a pattern makes of a plan.

    Raises:
        BadPattern: a block fails, or does not give Python.
    """
    import libcst as cst

    init, call = (_block(pattern, name, plan) for name in ("init", "call"))
    try:
        cst.parse_module(init)
        cst.parse_expression(call)
    except cst.ParserSyntaxError as error:
        raise BadPattern(
            f"{pattern.path}: the pattern does not give Python: {error.message}",
            "`init` must give statements, `call` one expression",
            lines=f"{init}\n{call}",
        ) from None
    _demand_apart(pattern, init, call)
    if plan.zero:
        init += f"self.{plan.zero} = nn.Parameter(torch.zeros(1))\n"
    return Rendered(plain_arguments(init), call)


def _demand_apart(pattern: Pattern, init: str, call: str) -> None:
    """Refuse a name that a part of the site has run into: filled in, it would be none of the two."""
    lines = [line.strip() for line in init.splitlines()]
    words = [*(line for line in lines if INIT in line), *_PART.findall(f"{init} {call}")]
    if strange := [word for word in words if word not in (INIT, CALL, ARG, SECOND)]:
        raise BadPattern(
            f"{pattern.path}: a part of the site runs into what stands beside it: `{strange[0]}`",
            "give `{{ plan.site.init }}` and `{% for … %}` lines of their own: "
            "the line's end behind `%}` is dropped",
        )


def _block(pattern: Pattern, name: str, plan: PatternContext) -> str:
    template = environment().from_string(pattern.source)
    context = template.new_context({"plan": plan})
    try:
        text = "".join(template.blocks[name](context))
    except Exception as error:  # whatever a user's template raises
        raise BadPattern(f"{pattern.path}: block `{name}` fails: {error}") from error
    if name == "call":
        return " ".join(text.split("\n")).strip()
    lines = [line for line in textwrap.dedent(text).splitlines() if line.strip()]
    return "\n".join(lines) + "\n"
