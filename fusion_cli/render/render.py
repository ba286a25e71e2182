"""A plan as the text of a file, with all that its class needs."""

from __future__ import annotations

import ast
from dataclasses import replace

from fusion_cli.fit.adapters.glue import REARRANGE
from fusion_cli.fit.plan import Enclosure, Fusion, Plan
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.errors import UsageError
from fusion_cli.model.placeholders import DOCSTRING, FUSED, INSIDE, adapter, carried
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render import heading, smoke
from fusion_cli.render.carried_names import CarriedClass, named
from fusion_cli.render.carry.closure import Carried
from fusion_cli.render.docstring import docstring
from fusion_cli.render.fused import fused_class
from fusion_cli.render.rewrite.idle import Idle, idle, without_arguments
from fusion_cli.render.templates import ModuleText
from fusion_cli.render.written import Written
from fusion_cli.resolve.references import resolve
from fusion_cli.syntax.names import free_names

# What a pattern may use without the host's file importing it.
_PRELUDE = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import rearrange
from einops.layers.torch import Rearrange
"""


def render(plan: Plan) -> Written:
    """Write the file of one fusion.

    Raises:
        UsageError: `--name` is a name that the file needs for something else.
    """
    fusion, change = plan.fusion, plan.change
    inner = render(change.plan) if isinstance(change, Enclosure) else None
    prelude = ModuleSource("", "", _PRELUDE, fusion.pattern.path)
    parts = _classes(plan, prelude) if inner is None else _inside(inner, fusion.host.file)
    text = fused_class(plan)
    without = idle(fusion.host.source.tree.code, text)
    dropped = _dropped(without, fusion)
    text = without_arguments(text, dropped)
    args = fusion.host.observation.base.args
    given = {name: value for name, value in args.items() if name not in dropped}
    build = f"{FUSED}({arguments_text(given)})"
    naming = named(
        f"{text}\n\n{build}\ntorch\n", fusion.host.file, parts, prelude, fusion.request.style
    )
    if inner is not None:
        naming = replace(naming, carried=_with_remarks(naming.carried, inner.carried))
    _demand_free(fusion.name, text, naming.carried)
    fused = (
        naming.code(text)
        .replace(FUSED, fusion.name)
        .replace(DOCSTRING, naming.text(docstring(plan, without, dropped)))
    )
    feed = smoke.feed(fusion.host.observation)
    body = ModuleText(
        summary=heading.summary(plan),
        header=heading.rows(plan, naming.carried.licences),
        imports="\n".join(naming.carried.imports),
        definitions="\n\n\n".join(naming.carried.definitions),
        fused=fused,
        build=naming.code(build).replace(FUSED, fusion.name),
        tensors=[name for name in feed if name in smoke.INPUTS],
        feed=feed,
        call=smoke.call(fusion.host.observation, list(feed)),
        shapes=smoke.SHAPES[fusion.host.flows[0].packed],
    )
    donors = tuple(naming.parts[carried(index)] for index in range(len(fusion.donors)))
    return Written(plan, donors, body, naming.carried, without, dropped)


def _dropped(without: Idle, fusion: Fusion) -> tuple[str, ...]:
    """The arguments that the fused class does not take."""
    asked = fusion.request.drop_dead_args
    return tuple(name for name, items in without.items() if asked and not items)


def _classes(plan: Plan, prelude: ModuleSource) -> list[CarriedClass]:
    """The donors and the adapters around them."""
    donors = enumerate(donor.source for donor in plan.fusion.donors)
    parts = [CarriedClass(carried(index), source.name, source) for index, source in donors]
    for name in plan.placement.adapter_classes:
        file = prelude if name == REARRANGE else resolve(name, ("adapters",))
        parts.append(CarriedClass(adapter(name), name, file))
    return parts


def _inside(inner: Written, host: ModuleSource) -> list[CarriedClass]:
    """The fused class of what the host contains, and with it the donors that it holds."""
    name, body = inner.name, inner.body
    text = f"{body.imports}\n\n\n{body.definitions}\n\n\n{body.fused}\n"
    file = ModuleSource(name, name, text, host.path.with_name(f"{name}.py"))
    donors = enumerate(inner.donors)
    return [
        CarriedClass(INSIDE, name, file),
        *(CarriedClass(carried(index), cls, file) for index, cls in donors),
    ]


def _with_remarks(outer: Carried, inner: Carried) -> Carried:
    """What the outer file carries, with what was said of the files that the inner one was made of."""
    return replace(
        outer,
        notes=tuple(dict.fromkeys([*outer.notes, *inner.notes])),
        licences=tuple(dict.fromkeys([*outer.licences, *inner.licences])),
    )


def _demand_free(name: str, fused: str, carried: Carried) -> None:
    """Refuse a name for the fused class that the file needs for something else."""
    defined = _defined("\n\n".join([*carried.imports, *carried.definitions]))
    if name in defined | free_names(fused) | smoke.BOUND:
        raise UsageError(
            f"--name: `{name}` is the name of something that the file needs",
            "choose a name that neither the host's nor the donors' files define",
        )


def _defined(text: str) -> set[str]:
    """The names that the statements of a file bind at its top level."""
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            names |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return names
