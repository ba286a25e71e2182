"""The fused class as text, its own name and those of the carried classes still under stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from fusion_cli.fit.guard import Guard
from fusion_cli.fit.plan import AtSite, Enclosure, Exchange, Plan
from fusion_cli.model.placeholders import DOCSTRING, FUSED, INSIDE
from fusion_cli.render.rewrite.finish import Rename, without_copies
from fusion_cli.render.rewrite.method_docs import without_stale_docs
from fusion_cli.render.rewrite.rewrite import Rewriter
from fusion_cli.render.rewrite.signature import with_keywords
from fusion_cli.study.views import HostView
from fusion_cli.syntax.edits import Apply, Edits
from fusion_cli.syntax.tree import expression, keyword_argument

_DOCSTRING = f'"""{DOCSTRING}"""'


def fused_class(plan: Plan) -> str:
    """The source of the host's class with the change that the plan makes to it."""
    host, change = plan.fusion.host, plan.change
    if isinstance(change, AtSite):
        rewriter = Rewriter(host, plan.placement.site, change.rendered, plan.guard)
        text = rewriter.rewrite(FUSED, _DOCSTRING)
    elif isinstance(change, Exchange):
        text = _renamed(host, _exchanged(host, change, plan.guard))
    else:
        text = _renamed(host, _enclosing(host, change))
    tree = without_stale_docs(cst.parse_module(text), host.source)
    return with_keywords(tree.code, plan.keywords)


def _renamed(host: HostView, tree: cst.Module) -> str:
    return tree.visit(Rename(host.file.name, FUSED, _DOCSTRING)).code


def _exchanged(host: HostView, change: Exchange, guard: Guard | None) -> cst.Module:
    """The host, building the donor in the place of the layers."""
    edits = Edits()
    for call, new in change.new.items():
        edits.expressions[call] = _in_place_of(new, guard)
    return host.source.tree.visit(Apply(edits))


def _in_place_of(
    new: cst.BaseExpression, guard: Guard | None
) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
    """Put `new` in the place of a call, where the donors are."""
    if guard is None:
        return lambda original: new
    test = expression(guard.test)
    return lambda original: cst.IfExp(test=test, body=new, orelse=original)


def _enclosing(host: HostView, change: Enclosure) -> cst.Module:
    """The host, building the fused class of what it contains."""
    edits = Edits()
    for reference in change.part.references:
        edits.expressions[reference] = lambda _: cst.Name(INSIDE)
    for call in change.calls:
        edits.expressions[call] = _handing_on(change.handed)
    return without_copies(host.source.tree.visit(Apply(edits)), host.source)


def _handing_on(
    handed: Mapping[str, str],
) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
    """Give a call the keywords of the fused class."""

    def edit(call: cst.BaseExpression) -> cst.BaseExpression:
        built = cst.ensure_type(call, cst.Call)
        more = [keyword_argument(name, expression(value)) for name, value in handed.items()]
        return built.with_changes(args=[*built.args, *more])

    return edit
