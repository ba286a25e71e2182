"""The blocks of a pattern file: that they parse, and what they read of the plan.

Every name is followed from `plan` through loops and assignments to the fields of `model.plan.PatternContext`,
so that a misspelt one is found when the file is loaded and not in the middle of a fusion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fusion_cli.model.errors import BadPattern
from fusion_cli.model.plan import DonorText, PatternContext, SiteText

BLOCKS = ("init", "call")

# What a dotted name under `plan` stands for; a name that is not here is text or unknown.
_TYPES: dict[str, type] = {"plan": PatternContext, "site": SiteText, "donor": DonorText}
_ORDERINGS = ("list", "reverse", "sort", "unique", "select", "reject", "selectattr", "rejectattr")
_ITEMS = ("first", "last", "random")
_ELSEWHERE = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """The one Jinja environment for patterns: strict, and in Jinja's sandbox."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def names_read(text: str, path: Path) -> frozenset[str]:
    """The names that the blocks read, dotted and without `plan`: `site.call`, `donors`, `attr`.

    A donor's are `donors.attr` and the like.

    Raises:
        BadPattern: a syntax error, a missing or further block, text outside of the blocks, another
            file included, a name other than `plan` or a field that a plan has not; with the line.
    """
    try:
        tree = environment().parse(text, filename=str(path))
        environment().compile(tree, filename=str(path), raw=True)
    except TemplateSyntaxError as error:
        raise BadPattern(f"{path}:{error.lineno}: {_said(error)}") from None
    names = _Names(path)
    for block in _blocks(tree, path):
        names.visit_all(block.body, {"plan": "plan"})
    return frozenset(names.read)


def _said(error: TemplateSyntaxError) -> str:
    message = (error.message or "syntax error").rstrip(".")
    return message[:1].lower() + message[1:]


def _blocks(tree: nodes.Template, path: Path) -> list[nodes.Block]:
    """The two blocks, when the file holds these and nothing else."""
    if (other := next(tree.find_all(_ELSEWHERE), None)) is not None:
        raise BadPattern(f"{path}:{other.lineno}: a pattern is one file; this reads another")
    found = list(tree.find_all(nodes.Block))
    for block in found:
        if block.name not in BLOCKS or block not in tree.body:
            raise BadPattern(
                f"{path}:{block.lineno}: block `{block.name}` has no meaning here",
                hint="a pattern has the blocks `init` and `call`, side by side",
            )
    if missing := [name for name in BLOCKS if name not in {block.name for block in found}]:
        raise BadPattern(
            f"{path}: block `{missing[0]}` is missing",
            hint=f"add {{% block {missing[0]} %}} … {{% endblock %}}",
        )
    for node in tree.body:
        if not isinstance(node, nodes.Block) and not _is_blank(node):
            raise BadPattern(
                f"{path}:{_first_line(node)}: text outside of the blocks has no effect"
            )
    return found


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(child, nodes.TemplateData) and not child.data.strip() for child in node.nodes
    )


def _first_line(node: nodes.Node) -> int:
    """The line of the first thing to be seen in a node; blank lines lead text in Jinja's count."""
    first = next(
        (child for child in node.iter_child_nodes() if not _is_blank(nodes.Output([child]))), node
    )
    blank = ""
    if isinstance(first, nodes.TemplateData):
        blank = first.data[: len(first.data) - len(first.data.lstrip())]
    return first.lineno + blank.count("\n")


@dataclass
class _Names:
    """Walks blocks with the names in scope: each name with what it stands for, "" for anything.

    What a name stands for: `plan`, `site`, `donors`, `donor`, `loop` or "".
    """

    path: Path
    read: set[str] = field(default_factory=set)

    def visit_all(self, body: list[nodes.Node], scope: dict[str, str]) -> None:
        for node in body:
            self.visit(node, scope)

    def visit(self, node: nodes.Node, scope: dict[str, str]) -> None:
        if isinstance(node, nodes.Expr):
            self.meaning(node, scope)
        elif isinstance(node, nodes.For):
            self._for(node, scope)
        elif isinstance(node, nodes.Assign):
            scope |= _bound(node.target, self.meaning(node.node, scope))
        elif isinstance(node, nodes.Macro | nodes.CallBlock):
            self._macro(node, scope)
        elif isinstance(node, nodes.With):
            self._with(node, scope)
        elif isinstance(node, nodes.AssignBlock):
            self.visit_all(node.body, dict(scope))
            scope |= _bound(node.target, "")
        else:
            for child in node.iter_child_nodes():
                self.visit(child, scope)

    def _for(self, node: nodes.For, scope: dict[str, str]) -> None:
        item = "donor" if self.meaning(node.iter, scope) == "donors" else ""
        inner = scope | _bound(node.target, item) | {"loop": "loop"}
        if node.test is not None:
            self.meaning(node.test, inner)
        self.visit_all(node.body, inner)
        self.visit_all(node.else_, dict(scope))

    def _macro(self, node: nodes.Macro | nodes.CallBlock, scope: dict[str, str]) -> None:
        if isinstance(node, nodes.CallBlock):
            self.meaning(node.call, scope)
        else:
            scope[node.name] = ""
        for default in node.defaults:
            self.meaning(default, scope)
        given = {arg.name: "" for arg in node.args}
        self.visit_all(node.body, scope | {"caller": "", "varargs": "", "kwargs": ""} | given)

    def _with(self, node: nodes.With, scope: dict[str, str]) -> None:
        inner = dict(scope)
        for target, value in zip(node.targets, node.values, strict=True):
            inner |= _bound(target, self.meaning(value, scope))
        self.visit_all(node.body, inner)

    def meaning(self, node: nodes.Node, scope: dict[str, str]) -> str:
        """What an expression stands for; all that it reads of the plan is noted."""
        if isinstance(node, nodes.Name):
            return self._name(node, scope)
        if isinstance(node, nodes.Getattr):
            return self._member(self.meaning(node.node, scope), node.attr, node.lineno)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const | nodes.Slice):
            return self._item(node, node.arg, scope)
        if isinstance(node, nodes.Filter):
            return self._filter(node, scope)
        for child in node.iter_child_nodes():
            self.visit(child, scope)
        return ""

    def _name(self, node: nodes.Name, scope: dict[str, str]) -> str:
        if node.name not in scope:
            raise BadPattern(
                f"{self.path}:{node.lineno}: unknown name `{node.name}`",
                hint="a pattern reads `plan` and nothing else",
            )
        return scope[node.name]

    def _item(
        self, node: nodes.Getitem, key: nodes.Const | nodes.Slice, scope: dict[str, str]
    ) -> str:
        owner = self.meaning(node.node, scope)
        if isinstance(key, nodes.Slice):
            self.visit_all(list(key.iter_child_nodes()), scope)
            return owner
        if isinstance(key.value, str):
            return self._member(owner, key.value, node.lineno)
        return "donor" if owner == "donors" else ""

    def _filter(self, node: nodes.Filter, scope: dict[str, str]) -> str:
        inner = self.meaning(node.node, scope) if node.node is not None else ""
        for child in (*node.args, *node.kwargs):
            self.visit(child, scope)
        if inner == "donors":
            for name in _attributes_named(node):
                self._member("donor", name, node.lineno)
            return "donors" if node.name in _ORDERINGS else "donor" * (node.name in _ITEMS)
        return ""

    def _member(self, owner: str, name: str, line: int) -> str:
        """What `owner.name` stands for."""
        if owner == "loop" and not hasattr(LoopContext, name):
            raise BadPattern(f"{self.path}:{line}: a loop has no `{name}`")
        known = _TYPES.get(owner)
        if known is not None and name not in _members(known):
            raise BadPattern(
                f"{self.path}:{line}: a {owner} has no `{name}`",
                hint=f"it has: {', '.join(sorted(_members(known)))}",
            )
        if known is not None:
            prefix = {"plan": "", "site": "site.", "donor": "donors."}[owner]
            self.read.add(prefix + name)
        return name if owner == "plan" and name in ("site", "donors") else ""


def _members(known: type) -> set[str]:
    """The fields and public methods of a dataclass."""
    own = {field.name for field in fields(known)}
    return own | {name for name in vars(known) if not name.startswith("_")}


def _attributes_named(node: nodes.Filter) -> Iterator[str]:
    """The attribute names that a filter such as `map(attribute="new")` is given as text."""
    given = [kwarg.value for kwarg in node.kwargs if kwarg.key == "attribute"]
    if node.name in ("selectattr", "rejectattr"):
        given += node.args[:1]
    for value in given:
        if isinstance(value, nodes.Const) and isinstance(value.value, str):
            yield value.value


def _bound(target: nodes.Node, meaning: str) -> dict[str, str]:
    """The names that an assignment or a loop binds; taken apart, they stand for anything."""
    if isinstance(target, nodes.Name):
        return {target.name: meaning}
    return {name.name: "" for name in target.find_all(nodes.Name)}
