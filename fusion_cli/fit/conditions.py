"""`--when` and `--switch`: where the donors are, and where the fused class is its host.

The condition is evaluated where the flag will be set, in a copy of the host's constructor, in every
configuration: a site counts only where it holds, so that a donor which keeps its channels needs no
adapter under `c1 == c2`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import libcst as cst

from fusion_cli.fit.anchors import anchors
from fusion_cli.fit.guard import Guard
from fusion_cli.fit.naming import Names
from fusion_cli.fit.sites import Site
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.errors import CannotFuse, UsageError
from fusion_cli.model.plan import PatternContext
from fusion_cli.model.requests import FuseRequest
from fusion_cli.study.views import HostView
from fusion_cli.syntax.modules import of_source
from fusion_cli.syntax.names import free_names
from fusion_cli.syntax.tree import expression, stores, walk


def demand_known(when: str, host: HostView) -> None:
    """Refuse a condition over names that the constructor does not have.

    Raises:
        UsageError: the message lists those that it has.
    """
    init = host.source.methods.get("__init__")
    own = _parameters(init) | stores(init.body) if init else set()
    unknown = free_names(when) - own - {"self"} - of_source(host.file).bindings.keys()
    if unknown:
        raise UsageError(
            f"--when: the constructor of {host.source.name} has no `{min(unknown)}`",
            f"it has {', '.join(sorted(own - {'self'})) or 'no names of its own'}",
        )


def _parameters(init: cst.FunctionDef) -> set[str]:
    params = init.params
    stars = [
        param for param in (params.star_arg, params.star_kwarg) if isinstance(param, cst.Param)
    ]
    named = [*params.posonly_params, *params.params, *params.kwonly_params, *stars]
    return {param.name.value for param in named}


def active(host: HostView, site: Site) -> tuple[bool, ...]:
    """Whether the donors are there, observed run by run; always, where there is no condition.

    Raises:
        UsageError: the condition cannot be evaluated where the site is declared.
        CannotFuse: it does not hold in the base run, which is the one that is shown and tried most.
    """
    return _held(host, site)[: len(host.observation.runs)]


def _held(host: HostView, site: Site) -> tuple[bool, ...]:
    """As `active`, for the further runs too."""
    if not host.conditions:
        return (True,) * len(host.runs)
    return _held_at(host, anchors(host, site)[0], site.path)


def active_for(host: HostView, calls: Iterable[cst.Call], path: str) -> tuple[bool, ...]:
    """Whether the condition holds where the constructor builds what `path` names, run by run.

    Raises:
        UsageError, CannotFuse: as `active`, or the condition changes between the calls.
    """
    if not host.conditions:
        return (True,) * len(host.observation.runs)
    found = {_held_at(host, _statement(host, call), path) for call in calls}
    if len(found) > 1:
        raise CannotFuse(
            f"--when: the condition changes between the lines that build `{path}`",
            "use what the constructor does not bind anew",
        )
    return found.pop()[: len(host.observation.runs)]


def _statement(host: HostView, call: cst.Call) -> cst.CSTNode:
    """The innermost statement of the constructor around a call."""
    around = [scope for scope in host.source.scopes.values() if call in walk(scope)]
    return min(around, key=lambda statement: len(list(walk(statement))))


def _held_at(host: HostView, line: cst.CSTNode, path: str) -> tuple[bool, ...]:
    """Whether the condition holds before a statement that declares what `path` names, run by run."""
    number = next(key for key, scope in host.source.scopes.items() if scope is line)
    values = [found.get(number, "the constructor does not come to it") for found in host.conditions]
    for value in values:
        if isinstance(value, str):
            raise UsageError(
                f"--when: where `{path}` is declared the condition raises {value}",
                "use the constructor's parameters, or what stands above that line",
            )
    if not values[0]:
        args = arguments_text(host.observation.base.args)
        raise CannotFuse(
            f"--when: the condition does not hold in {host.source.name}({args})",
            "give arguments with which it does: --host-args",
        )
    return tuple(value is True for value in values)


def where_held(host: HostView, site: Site) -> Site:
    """The site as if it ran only where the condition holds.

    Raises:
        UsageError, CannotFuse: as `active`.
    """
    runs = zip(site.runs, _held(host, site), strict=True)
    return replace(site, runs=tuple(run if on else None for run, on in runs))


def guard_of(
    request: FuseRequest, host: HostView, context: PatternContext, stem: str, taken: Iterable[str]
) -> Guard | None:
    """The flag of the fused class; None where the donors are always there.

    Raises:
        UsageError: the name of the switch is taken.
    """
    if not request.when and not request.switch:
        return None
    names = Names(host, context.attributes)
    if request.switch and (request.switch in taken or not names.is_free(request.switch)):
        raise UsageError(
            f"--switch: `{request.switch}` is a name that the class uses already",
            "choose another name",
        )
    flag = request.switch or names.free(f"use_{stem}")
    return Guard(flag, test_of(request, host) if request.when else flag)


def test_of(request: FuseRequest, host: HostView) -> str:
    """What the constructor computes of `--when`, and of `--switch` where there is one: a bool."""
    assert request.when
    condition, text = expression(request.when), request.when.strip()
    if not _is_boolean(condition, _switches(host.source.methods.get("__init__"))):
        text = f"bool({text})"
    elif isinstance(condition, cst.BooleanOperation) and isinstance(condition.operator, cst.Or):
        text = f"({text})" if request.switch else text
    return f"{request.switch} and {text}" if request.switch else text


def _switches(init: cst.FunctionDef | None) -> set[str]:
    """The parameters that are True or False unless they are given."""
    params = [*init.params.params, *init.params.kwonly_params] if init else []
    return {
        param.name.value
        for param in params
        if isinstance(param.default, cst.Name) and param.default.value in ("True", "False")
    }


def _is_boolean(node: cst.BaseExpression, switches: set[str]) -> bool:
    """Whether an expression is True or False by its form; a module as a flag would be a submodule."""
    if isinstance(node, cst.BooleanOperation):
        return _is_boolean(node.left, switches) and _is_boolean(node.right, switches)
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Not)
    return isinstance(node, cst.Comparison) or (
        isinstance(node, cst.Name) and node.value in switches
    )
