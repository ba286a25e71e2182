"""Put a donor in the place of layers of torch that the host calls through a list.

No call of theirs is the host's own, and their class has no source to write anew. So the donor is
fitted to the layer alone, in the terms of the layer's constructor, and the host's expressions that
build the layer build the donor instead: `nn.Conv2d(dim, dim, 3)` is `AKConv(dim, dim)`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import libcst as cst

from fusion_cli.fit.choose import Fit, choose
from fusion_cli.fit.conditions import active_for
from fusion_cli.fit.contained import Contained
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.placeholders import ARG
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.assemble import Fusion, Writer, assemble
from fusion_cli.render.rewrite.finish import Rename
from fusion_cli.render.rewrite.rewrite import Rendered
from fusion_cli.render.rewrite.signature import with_keywords
from fusion_cli.render.templates import render_pattern
from fusion_cli.render.written import Written
from fusion_cli.study.views import HostView
from fusion_cli.syntax.edits import Apply, Edits
from fusion_cli.syntax.precedence import substitute
from fusion_cli.syntax.tree import (
    code,
    expression,
    reads,
    walk,
)

View = Callable[[ModuleSource, Collection[str]], HostView]
Given = Mapping[str, cst.BaseExpression]  # what a call gives the parameters of the layer


def exchange(fusion: Fusion, part: Contained, view_of: View) -> Written:
    """Write the file of one fusion.

    `view_of` observes the layer, with those of the arguments that the host builds it with that are
    named.

    Raises:
        CannotFuse: the donor cannot serve the layer, or does not stand in its place alone.
    """
    host = fusion.host
    builds = {call: _bound(call, host, part) for call in _calls(fusion.view, host, part)}
    handed = _handed(part, list(builds.values()))
    own = {name for name, text in handed.items() if name == text}
    layer = view_of(_layer(host, part, own, handed), own)
    make = partial(_Exchanging, part=part, layer=layer, builds=builds)
    written = assemble(fusion, make)
    return replace(written, within=part.within, inner=part.name)


def _calls(view: HostView, host: ModuleSource, part: Contained) -> list[cst.Call]:
    """The calls that build the layers."""
    calls = part.builds(view.source.node)
    if len(calls) < len(part.references):
        raise CannotFuse(
            f"{host.name} hands {part.name} on, and what builds `{part.within}` is not its own",
            "choose a pattern that keeps the site, or the class that builds them",
        )
    return calls


def _bound(call: cst.Call, host: ModuleSource, part: Contained) -> Given:
    """The expressions that a call gives the layer's parameters, by itself or by their defaults."""
    names = [name for name, _ in part.parameters]
    if any(arg.star for arg in call.args):
        raise CannotFuse(
            f"{host.name} builds `{part.within}` with starred arguments: {code(call)}",
            "choose a pattern that keeps the site",
        )
    defaults = {name: expression(text) for name, text in part.parameters if text is not None}
    positional = [arg.value for arg in call.args if arg.keyword is None]
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    return {**defaults, **dict(zip(names, positional, strict=False)), **named}


def _handed(part: Contained, builds: Sequence[Given]) -> dict[str, str]:
    """What the layer's parameters are given, in the fewest terms that say all of the host's calls.

    What each call gives the same number stays that number; what each gives the same as an earlier
    parameter is that one: `nn.Conv2d(dim, dim, 3)` takes `in_channels` alone.
    """
    handed: dict[str, str] = {}
    known: dict[tuple[str, ...], str] = {}
    for name, _ in part.parameters:
        texts = tuple(code(one[name]) for one in builds)
        constant = len(set(texts)) == 1 and _is_constant(builds[0][name])
        handed[name] = texts[0] if constant else known.setdefault(texts, name)
    return handed


def _is_constant(value: cst.BaseExpression) -> bool:
    """Whether an expression reads no name: `True` and `None` are none to Python, but to libcst."""
    return {one.value for one in reads(value)} <= {"True", "False", "None"}


def _layer(
    host: ModuleSource, part: Contained, own: Collection[str], handed: Mapping[str, str]
) -> ModuleSource:
    """A class that is the layer and takes its `own` parameters, those that the host decides."""
    defaults = dict(part.parameters)
    signature = ", ".join(
        name if defaults[name] is None else f"{name}={defaults[name]}"
        for name, _ in part.parameters
        if name in own
    )
    given = {name: text for name, text in handed.items() if text != defaults[name]}
    text = (
        f"from torch import nn\n\n\nclass {part.name}(nn.{part.name}):\n"
        f"    def __init__(self, {signature}):\n        super().__init__({arguments_text(given)})\n\n"
        "    def forward(self, x):\n        return super().forward(x)\n"
    )
    path = host.path.with_name(f"{part.name}.py")
    return ModuleSource(f"torch.nn:{part.name}", part.name, text, path)


@dataclass(frozen=True, eq=False)
class _Exchanging(Writer):
    """Writes the host that builds the donor."""

    part: Contained
    layer: HostView
    builds: Mapping[cst.Call, Given]

    def _demand_reach(self) -> None:
        """Refuse a keyword where the donor is built in another method than the constructor.

        Raises:
            CannotFuse: the message names the keyword.
        """
        init = self.view.source.methods.get("__init__")
        inside = set(walk(init)) if init else set()
        wanted = [one.name for one in self.keywords] or ([self.guard.flag] if self.guard else [])
        if wanted and not self.builds.keys() <= inside:
            raise CannotFuse(
                f"{self.host.name} builds `{self.part.within}` elsewhere than in its constructor, "
                f"which could not hand on {wanted[0]}",
                "leave the option out, or let the constructor build them",
            )

    def chosen(self) -> Fit:
        """The donor in the terms of the layer's constructor, at the place of the layers."""
        fit = choose(self.layer, self.donors, self.pattern, "block")
        donor = fit.plan.donors[0]
        alone = code(expression(render_pattern(self.pattern, fit.plan).call))
        if len(fit.plan.donors) > 1 or alone != f"self.{donor.attr}({ARG})":
            raise CannotFuse(
                f"`{self.part.within}` of {self.host.name} is torch's own {self.part.name}, called "
                "through a list: one donor can stand in its place, and nothing else",
                "give one donor, or choose a pattern that keeps the site",
            )
        held = replace(donor, attr=self.part.within.split(".")[0])
        site = replace(fit.site, path=self.part.within, modules=("",))
        return replace(fit, site=site, plan=replace(fit.plan, donors=(held,)))

    @cached_property
    def rendered(self) -> Rendered:
        return Rendered("", f"self({ARG})")

    @property
    def added(self) -> tuple[str, ...]:
        return ("",)

    @cached_property
    def active(self) -> tuple[bool, ...]:
        return active_for(self.view, self.builds, self.part.within)

    def fused_as(self, name: str) -> str:
        self._demand_reach()
        edits = Edits()
        for call, new in self._new.items():
            edits.expressions[call] = self._edit(new)
        tree = self.view.source.tree.visit(Apply(edits))
        text = tree.visit(Rename(self.host.name, name, self.docstring)).code
        return with_keywords(text, self.keywords)

    @property
    def _new(self) -> dict[cst.Call, cst.BaseExpression]:
        """What the host builds instead, by the call that built the layer."""
        template = expression(self.fit.plan.donors[0].new)
        return {
            call: substitute(template, {name: [value] for name, value in given.items()})
            for call, given in self.builds.items()
        }

    def _edit(self, new: cst.BaseExpression) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
        """Put `new` in the place of a call, where the donors are."""
        if self.guard is None:
            return lambda own: new
        test = expression(self.guard.test)
        return lambda own: cst.IfExp(test=test, body=new, orelse=own)

    def legend(self) -> Iterator[tuple[str, str]]:
        test = f" where {self.guard.test}" if self.guard else ""
        for new in dict.fromkeys(map(code, self._new.values())):
            yield self.part.within, f"{new}{test}"

    def formulas(self) -> list[str]:
        return []
