"""The dataflow of a fused block as a formula: the host's, with the pattern's expression at the site."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fusion_cli.fit.sites import Site
from fusion_cli.model.flow import Flow, Node
from fusion_cli.model.placeholders import ARG, CALL, SECOND
from fusion_cli.render.smoke import INPUTS
from fusion_cli.study.views import HostView

_SIGNS = {"add": "+", "iadd": "+", "radd": "+", "mul": "*", "imul": "*", "rmul": "*", "sub": "-"}
_SIGNS |= {"isub": "-", "truediv": "/", "div": "/", "matmul": "@"}
_SILENT = {"contiguous", "clone"}
_LONGEST = 400


@dataclass(frozen=True)
class SiteValues:
    """Where the site is in one run: pairs of its inputs' values and its output's."""

    pairs: tuple[tuple[tuple[int, ...], int], ...]
    containers: frozenset[str] = frozenset()  # containers that the site lies within


@dataclass
class _Writer:
    flow: Flow
    site: SiteValues
    call: str
    inputs: Sequence[str]
    names: dict[int, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = [
            node
            for node in self.flow.nodes
            if (node.owner == "" or node.owner in self.site.containers)
            and not (node.kind == "module" and node.name in self.site.containers)
            and not set(node.outputs) <= set(node.inputs)  # hands on what it was given
        ]
        self.names.update(self.flow.constants)
        self.names.update(zip(self.flow.inputs, self.inputs, strict=False))
        self.uses = Counter(value for node in self.nodes for value in set(node.inputs))
        self.sites = {end: starts for starts, end in self.site.pairs}

    def value(self, value: int, at_site: bool = False) -> str:
        """The formula of one value; what is used more than once gets a line of its own."""
        if value in self.names and not at_site:
            return self.names[value]
        inside = value in self.sites and not at_site
        text = self._at_site(value) if inside else self._made(value)
        if at_site or self.uses[value] < 2 or len(text) < 6:
            return text
        self.names[value] = self._line(text)
        return self.names[value]

    def _line(self, text: str) -> str:
        """Give a formula a name and a line of its own."""
        name = f"t{len(self.lines) + 1}"
        self.lines.append(f"{name} = {text}")
        return name

    def _at_site(self, value: int) -> str:
        call = self.call.replace("self.", "").replace("torch.", "")
        if CALL in call:
            inner = self.value(value, at_site=True)
            if call.count(CALL) > 1 and len(inner) >= 6:
                inner = self._line(inner)
            first = call.startswith(f"{CALL} + ") and call.count(CALL) == 1
            alone = first or (call.startswith(CALL) and " * " not in call)
            call = call.replace(CALL, inner if alone else _bracketed(inner, call, CALL))
        for name, start in zip((ARG, SECOND), self.sites[value], strict=False):
            if name in call:
                inner = self.value(start)
                call = call.replace(name, _bracketed(inner, call, name))
        return call

    def _made(self, value: int) -> str:
        node = next(
            (one for one in self.nodes if value in one.outputs and value not in one.inputs), None
        )
        if node is None:
            return "…"  # a parameter, or a constant of the module
        made = [one for one in node.outputs if one not in node.mutates]
        if len(made) < 2:
            return self._node(node)
        name = self._line(self._node(node))
        self.names.update({one: f"{name}[{index}]" for index, one in enumerate(made)})
        return self.names[value]

    def _node(self, node: Node) -> str:
        given = [self.value(one) for one in node.inputs]
        if node.number is not None and len(given) == 1:
            given.insert(node.number[0], f"{node.number[1]:g}")
        if node.kind == "module":
            return f"{_call_path(node.name)}({', '.join(given)})"
        name = node.name.strip("_")
        if name in _SIGNS and len(given) == 2:
            sign = _SIGNS[name]
            return f" {sign} ".join(_operand(one, sign, index) for index, one in enumerate(given))
        if name in _SILENT and given:
            return given[0]
        if name == "getitem" and given:
            return f"{given[0]}[…]"
        return f"{name}({', '.join(given)})"


def _call_path(path: str) -> str:
    """`m[0].cv1` for `m.0.cv1`, and `self[0]` for an item of the host itself."""
    items = re.sub(r"\.(\d+)", r"[\1]", path)
    return re.sub(r"^(\d+)", r"self[\1]", items)


def _operand(text: str, sign: str, index: int) -> str:
    outside = re.sub(r"\([^()]*\)", "", _flat(text))
    compound = " + " in outside or " - " in outside
    return f"({text})" if compound and (sign != "+" or index) else text


def _flat(text: str) -> str:
    """The text without what stands in parentheses."""
    while (shorter := re.sub(r"\([^()]*\)", "", text)) != text:
        text = shorter
    return text


def _bracketed(inner: str, call: str, name: str) -> str:
    """`inner` in parentheses where it would fall apart in the place of `name`."""
    compound = " " in re.sub(r", ", "", _flat(inner))
    alone = re.search(rf"[(\[,]\s*{name}\s*[)\],]", call) is not None
    return f"({inner})" if compound and not alone else inner


def formulas(host: HostView, site: Site, call: str, runs: Sequence[int]) -> list[str]:
    """The formula of the first of these runs, then of each that computes something else.

    `call` is the pattern's expression. An empty line ends what is not empty.
    """
    found: list[list[str]] = []
    for index in runs:
        one = _formula(host.flows[index], _site_values(host, site, index), call)
        if one and one not in found:
            found.append(one)
    lines = list(found[0]) if found else []
    for other in found[1:3]:
        lines += [f"{other[0]}    (for other arguments)", *other[1:]]
    return [*lines, ""] if lines else []


def _formula(flow: Flow, site: SiteValues, call: str) -> list[str]:
    """The lines of the formula of one run; `…` stands for parameters.

    There are none where they would be too long, or where the site handed on what it was given: the
    record of the run does not tell then what reads the site from what reads its input.
    """
    if any(end in starts for starts, end in site.pairs):
        return []
    writer = _Writer(flow, site, call, INPUTS)
    results = [writer.value(value) for value in flow.outputs]
    text = results[0] if len(results) == 1 and flow.single else f"({', '.join(results)})"
    lines = [*writer.lines, f"y = {text}"]
    return lines if sum(map(len, lines)) <= _LONGEST else []


def _site_values(host: HostView, site: Site, index: int) -> SiteValues:
    """Where the site's input and output are in one run."""
    flow = host.flows[index]
    if site.kind == "block":
        return SiteValues((((flow.inputs[0],), flow.outputs[0]),))
    if site.spans:
        return SiteValues(tuple(filter(None, site.spans[index : index + 1])))
    pairs = []
    for end in flow.calls(site.last):
        starts = [one for one in flow.calls(site.first) if one.begin <= end.begin]
        if starts:
            pairs.append(((starts[-1].inputs[0],), end.outputs[0]))
    parts = site.last.split(".")
    containers = frozenset(".".join(parts[:count]) for count in range(1, len(parts)))
    return SiteValues(tuple(pairs), containers)
