"""The dataflow of a fused block as a formula: the host's, with the pattern's expression at the site."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fusion_cli.fit.sites import Site
from fusion_cli.model.flow import Flow, Node
from fusion_cli.model.placeholders import ARG, CALL, SECOND
from fusion_cli.render.arguments import Written
from fusion_cli.render.cases import Cases
from fusion_cli.render.smoke import INPUTS
from fusion_cli.study.views import HostView

_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE = ast.Add(), ast.Sub(), ast.Mult(), ast.Div()
_SIGNS: Mapping[str, ast.operator] = {
    **dict.fromkeys(("add", "iadd", "radd"), _ADD),
    **dict.fromkeys(("sub", "isub"), _SUBTRACT),
    **dict.fromkeys(("mul", "imul", "rmul"), _MULTIPLY),
    **dict.fromkeys(("div", "truediv"), _DIVIDE),
    "matmul": ast.MatMult(),
}
_SILENT = {"contiguous", "clone"}
_LONGEST = 400  # characters: a longer formula is harder to read than the code
_SHORT = 6  # characters: what is shorter is repeated rather than named
WIDTH = 80  # of a formula: it stands indented by 8 in lines of 88


@dataclass(frozen=True)
class SiteValues:
    """Where the site is in one run: pairs of its inputs' values and its output's.

    `ends` has the time at which the site has given an output, where that is not when it was made.
    """

    pairs: tuple[tuple[tuple[int, ...], int], ...]
    containers: frozenset[str] = frozenset()  # containers that the site lies within
    ends: Mapping[int, float] = field(default_factory=dict)


@dataclass
class _Writer:
    """Writes the formula of one run; parentheses stand where Python needs them."""

    flow: Flow
    site: SiteValues
    call: ast.expr
    inputs: Sequence[str]
    written: Written
    names: dict[int, ast.expr] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = [
            node
            for node in self.flow.nodes
            if (node.owner == "" or node.owner in self.site.containers)
            and not (node.kind == "module" and node.name in self.site.containers)
        ]
        self.nodes = [node for node in own if not _hands_on(node)]
        self.identities = [node for node in own if _hands_on(node) and node.kind == "module"]
        named = {**self.flow.constants, **dict(zip(self.flow.inputs, self.inputs, strict=False))}
        self.names.update((value, ast.Name(name)) for value, name in named.items())
        self.uses = Counter(value for node in self.nodes for value in set(node.inputs))
        self.sites = {end: starts for starts, end in self.site.pairs}
        self.parts = Counter(node.id for node in ast.walk(self.call) if isinstance(node, ast.Name))
        gone = 0 if self.parts[CALL] else 1  # the site's own read of its input
        for start in (start for starts, _ in self.site.pairs for start in starts[:1]):
            self.uses[start] += max(0, self.parts[ARG] - gone)

    def write(self) -> list[str]:
        """The lines: what is used more than once, then the output `y`."""
        results = [self.value(value) for value in self.flow.outputs]
        alone = len(results) == 1 and self.flow.single
        text = self._shortened(results[0] if alone else ast.Tuple(results), "y")
        return [*self.lines, text]

    def value(self, value: int, at_site: bool = False) -> ast.expr:
        """The formula of one value; what is used more than once gets a line of its own."""
        if value in self.names and not at_site:
            return self._handed_on(value, self.names[value])
        inside = value in self.sites and not at_site
        made = self._at_site(value) if inside else self._made(value)
        if at_site:
            return made
        made = self._handed_on(value, made)
        if self.uses[value] < 2 or len(ast.unparse(made)) < _SHORT:
            return made
        self.names[value] = self._line(made)
        return self.names[value]

    def _handed_on(self, value: int, made: ast.expr) -> ast.expr:
        """The value through the identities that it passes, where one place alone takes it behind."""
        start = self.site.ends.get(value, 0)
        passed = [
            identity
            for identity in self.identities
            if value in identity.inputs and identity.begin >= start
        ]
        if not passed:
            return made
        behind = passed[-1].end
        takers = sum(value in node.inputs and node.begin > behind for node in self.nodes)
        before = any(value in node.inputs and node.begin < behind for node in self.nodes)
        if before or takers + self.flow.outputs.count(value) != 1:
            return made
        for node in passed:
            made = _called(_path(node.name), [made])
        return made

    def _line(self, made: ast.expr) -> ast.expr:
        """Give a formula a name and a line of its own."""
        text = self._shortened(made, "")
        name = f"t{len(self.lines) + 1}"
        self.lines.append(f"{name}{text}")
        return ast.Name(name)

    def _shortened(self, made: ast.expr, name: str) -> str:
        """`name = made`; a part gets a line of its own for as long as that is too wide."""
        while len(text := f"{name} = {ast.unparse(made)}") > WIDTH - 2:
            part = _half(made)
            if part is None:
                break
            made = _Filled({id(part): self._line(part)}).visit(made)
        return text

    def _at_site(self, value: int) -> ast.expr:
        """The pattern's expression with the site's own formula and input in it."""
        parts: dict[str | int, ast.expr] = {}
        if self.parts[CALL]:
            own = self.value(value, at_site=True)
            repeated = self.parts[CALL] > 1 and len(ast.unparse(own)) >= _SHORT
            parts[CALL] = self._line(own) if repeated else own
        for name, start in zip((ARG, SECOND), self.sites[value], strict=False):
            if self.parts[name]:
                parts[name] = self.value(start)
        return _Filled(parts).visit(_copied(self.call))

    def _made(self, value: int) -> ast.expr:
        node = next(
            (node for node in self.nodes if value in node.outputs and value not in node.inputs),
            None,
        )
        if node is None:
            return ast.Name("…")  # a parameter, or a constant of the module
        made = [output for output in node.outputs if output not in node.mutates]
        if len(made) < 2:
            return self._node(node)
        name = self._line(self._node(node))
        self.names.update(
            (one, ast.Subscript(name, ast.Constant(index))) for index, one in enumerate(made)
        )
        return self.names[value]

    def _node(self, node: Node) -> ast.expr:
        given = [self.value(input) for input in node.inputs]
        if node.kind == "module":
            return _called(_path(node.name), given)
        plain = list(given)
        if node.number is not None and len(given) == 1:
            plain.insert(node.number[0], ast.Name(f"{node.number[1]:g}"))
        name = node.name.strip("_")
        if name in _SIGNS and len(plain) == 2:
            return ast.BinOp(plain[0], _SIGNS[name], plain[1])
        if name in _SILENT and given:
            return given[0]
        if name == "getitem" and given:
            return ast.Subscript(given[0], self.written.index(node))
        return self.written.call(node, given) or _called(name, plain)


def _hands_on(node: Node) -> bool:
    """Whether a node gives what it was given."""
    return set(node.outputs) <= set(node.inputs)


def _called(name: str, args: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(name), args, [])


def _path(path: str) -> str:
    """`m[0].cv1` for `m.0.cv1`, and `self[0]` for an item of the host itself."""
    items = re.sub(r"\.(\d+)", r"[\1]", path)
    return re.sub(r"^(\d+)", r"self[\1]", items)


def _half(made: ast.expr) -> ast.expr | None:
    """The part of an expression that is nearest to half of it; None where it has no parts."""
    whole = len(ast.unparse(made))
    parts = [part for part in _parts(made) if len(ast.unparse(part)) >= _SHORT]
    return min(parts, key=lambda part: abs(2 * len(ast.unparse(part)) - whole), default=None)


def _parts(made: ast.expr) -> Iterator[ast.expr]:
    nodes = (node for node in ast.walk(made) if node is not made)
    return (node for node in nodes if isinstance(node, ast.Call | ast.BinOp | ast.Subscript))


class _Filled(ast.NodeTransformer):
    """Put expressions in the place of names, or of parts by their identity."""

    def __init__(self, parts: Mapping[str | int, ast.expr]) -> None:
        self._parts = parts

    def visit(self, node: ast.AST) -> ast.expr:
        key = node.id if isinstance(node, ast.Name) else id(node)
        if key in self._parts:
            return self._parts[key]
        filled = self.generic_visit(node)
        assert isinstance(filled, ast.AST)
        return filled  # type: ignore[return-value]


class _Bare(ast.NodeTransformer):
    """Leave out `self.` and `torch.`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        of = node.value
        return ast.Name(node.attr) if isinstance(of, ast.Name) and of.id in _OWNERS else node


_OWNERS = ("self", "torch")


def _copied(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


def formulas(host: HostView, site: Site, call: str, runs: Sequence[int]) -> list[str]:
    """The formula of the default arguments, then each other one, and what arguments it is of.

    `call` is the pattern's expression, `runs` are those in which the donors are there. An empty line
    ends what is not empty.
    """
    pattern = _Bare().visit(ast.parse(call, mode="eval").body)
    found: dict[tuple[str, ...], list[int]] = {}
    for index in runs:
        lines = _formula(host, _site_values(host, site, index), pattern, index)
        if lines:
            found.setdefault(tuple(lines), []).append(index)
    if not found:
        return []
    cases = Cases(host)
    first = cases.default([run for seen in found.values() for run in seen])
    (default, seen), *others = sorted(found.items(), key=lambda item: first not in item[1])
    text = _under(cases.beside_defaults(first, seen), default)
    for formula, runs_of_it in others[:2]:
        rest = [run for each in found.values() if each is not runs_of_it for run in each]
        text += _under(cases.where(runs_of_it, rest), formula)
    return [*text, ""]


def _under(case: str, lines: Sequence[str]) -> list[str]:
    """A formula and the case that it is of: behind it where there is room, else before it."""
    if not case:
        return [*lines]
    alone = f"{lines[0]}    ({case})"
    return [alone] if len(lines) == 1 and len(alone) <= WIDTH else [f"{case}:", *lines]


def _formula(host: HostView, site: SiteValues, call: ast.expr, index: int) -> list[str]:
    """The lines of the formula of one run; `…` stands for parameters.

    There are none where they would be too long, or where the site handed on what it was given: the
    record of the run does not tell then what reads the site from what reads its input.
    """
    if any(end in starts for starts, end in site.pairs):
        return []
    flow = host.flows[index]
    lines = _Writer(flow, site, call, INPUTS, Written(host.source, flow)).write()
    return lines if sum(map(len, lines)) <= _LONGEST else []


def _site_values(host: HostView, site: Site, index: int) -> SiteValues:
    """Where the site's input and output are in one run."""
    flow = host.flows[index]
    if site.kind == "block":
        result = flow.outputs[0]
        return SiteValues((((flow.inputs[0],), result),), ends={result: math.inf})
    if site.spans:
        return SiteValues(tuple(filter(None, site.spans[index : index + 1])))
    pairs, ends = [], {}
    for end in flow.calls(site.last):
        starts = [call for call in flow.calls(site.first) if call.begin <= end.begin]
        if starts:
            pairs.append(((starts[-1].inputs[0],), end.outputs[0]))
            ends[end.outputs[0]] = end.end
    parts = site.last.split(".")
    containers = frozenset(".".join(parts[:count]) for count in range(1, len(parts)))
    return SiteValues(tuple(pairs), containers, ends)
