"""`compiles`: torch.compile takes the module whole and the result is the same."""

from __future__ import annotations

import torch

from fusion_cli.runtime.battery.context import (
    SAME,
    Context,
    Outcome,
    call,
    difference,
    failed,
    last_line,
    passed,
    tensors,
    warned,
)

BACKEND = "aot_eager"

HINT = "compute with tensors: torch.where for a branch on values; no print, numpy or `.item()`"


def check(context: Context) -> Outcome:
    """Compile with `fullgraph=True` by the backend `aot_eager`.

    It captures and lowers the graph as inductor does, which is where a module can fail, without the
    minute that a C++ compiler takes. A graph break warns, with its line: the module still runs, only
    slower. Another result fails.
    """
    module, inputs = context.module(lively=True), context.subject.inputs()
    try:
        with torch.no_grad():
            expected = tensors(call(module, inputs))
            compiled = torch.compile(module, fullgraph=True, backend=BACKEND)
            found = tensors(call(compiled, inputs))
    except Exception as error:
        return warned(f"torch.compile(fullgraph=True) refuses it: {reason(context, error)}", HINT)
    distance = difference(found, expected)
    if distance > SAME:
        return failed(f"compiled by {BACKEND} it computes something else ({distance:.1%})")
    return passed(f"one graph, equal results (backend {BACKEND})")


def reason(context: Context, error: BaseException) -> str:
    """What a compiler's message says first or explains, and the last line of the user's in it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    explained = [line for line in lines if line.startswith("Explanation: ")]
    said = [*(line.removeprefix("Explanation: ") for line in explained), *lines, ""][0]
    place = last_line(str(error), context.subject)
    return f"{type(error).__name__}: {said[:200]}" + (f" ({place})" if place else "")
