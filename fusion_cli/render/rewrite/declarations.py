"""Where a fused class declares its parts: the pattern's statements among the host's own."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from fusion_cli.fit.anchors import anchors
from fusion_cli.fit.guard import Guard
from fusion_cli.fit.sites import Site
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.placeholders import INIT
from fusion_cli.render.rewrite.liveness import methods_of, remove
from fusion_cli.study.analyse import declared_attributes
from fusion_cli.study.views import HostView
from fusion_cli.syntax.edits import Edit, Edits
from fusion_cli.syntax.tree import (
    code,
    self_attribute,
    statements,
    walk,
)

# What `nn.Module` has and calls, or its users do: an override is not left aside.
_MODULES_OWN = {
    "forward", "train", "extra_repr", "_apply", "state_dict", "load_state_dict",
    "_save_to_state_dict", "_load_from_state_dict",
}  # fmt: skip


class Declarations:
    """Puts the pattern's declarations into the constructor of one host."""

    def __init__(
        self, host: HostView, site: Site, init: str, edits: Edits, guard: Guard | None = None
    ) -> None:
        self.host, self.site = host, site
        self.source = host.source
        self.init = statements(init)
        self.edits = edits
        self.guard = guard

    @property
    def added(self) -> int:
        """How many modules the host holds beyond its own."""
        values = {
            name: code(statement.value)
            for line in self.init
            if isinstance(line, cst.SimpleStatementLine)
            for statement in line.body
            if isinstance(statement, cst.Assign) and isinstance(statement.value, cst.Call)
            for name in declared_attributes(line)
        }
        return sum(
            not text.startswith("nn.Parameter(") and not self.source.declarations(name)
            for name, text in values.items()
        )

    def edit(self, unused: Collection[str] = ()) -> bool:
        """Put the pattern's declarations in; True where the host's own stay.

        With a guard those of the host that are `unused` beside the donors stay for the other case.
        """
        marker = next((i for i, one in enumerate(self.init) if code(one) == INIT), None)
        first, last = anchors(self.host, self.site)
        if marker is not None:
            self._put(first, self.init[:marker], last, self.init[marker + 1 :])
            return True
        new = [*self.init, *([] if self.site.is_one_call else self._emptied_items())]
        late = [one for one in new if not self._in_place(one) and not self._behind_its_own(one)]
        early = len(late) < len(new) or bool(unused)
        if self.guard is not None:
            late = self._keep_unused(self.guard, unused, last, late)
        self._put(first, [], last, late, early)
        return self.guard is not None

    def _put(
        self,
        first: cst.CSTNode,
        before: list[cst.BaseStatement],
        last: cst.CSTNode,
        behind: list[cst.BaseStatement],
        early: bool = False,
    ) -> None:
        """Insert lines before and behind the site's own; the flag first, `early` before all."""
        if self.guard is not None:
            before, behind = self.guard.branches(before), self.guard.branches(behind)
            (before if before or early else behind).insert(0, self.guard.declaration)
        self._insert(self.edits.before, first, before)
        self._insert(self.edits.after, last, behind)

    def _keep_unused(
        self,
        guard: Guard,
        unused: Collection[str],
        last: cst.CSTNode,
        late: list[cst.BaseStatement],
    ) -> list[cst.BaseStatement]:
        """Let the host declare what is `unused` where the donors are not; gives what is left to put."""
        for group in self._groups(unused):
            own = group[-1] is last
            self.edits.replaced[group[0]] = guard.branches(late if own else [], group)
            self.edits.replaced.update((line, []) for line in group[1:])
            late = [] if own else late
        return late

    def _groups(self, unused: Collection[str]) -> list[list[cst.BaseStatement]]:
        """The statements that declare nothing but what is `unused`, those that stand together in one."""
        groups: list[list[cst.BaseStatement]] = []
        before: cst.CSTNode | None = None
        for line in self.source.scopes.values():
            if isinstance(line, cst.SimpleStatementLine) and self._is_only(line, unused):
                block = self.source.parents[line]
                if groups and groups[-1][-1] is before and self.source.parents[before] is block:
                    groups[-1].append(line)
                else:
                    groups.append([line])
            before = line
        return groups

    def _is_only(self, line: cst.SimpleStatementLine, names: Collection[str]) -> bool:
        """Whether a statement does nothing but declare some of these."""
        return (
            len(line.body) == 1
            and bool(declared_attributes(line))
            and declared_attributes(line) <= set(names)
        )

    def _emptied_items(self) -> list[cst.BaseStatement]:
        """Items of a container that stays: those that the site passes by become the identity."""
        roots = {path for path in self.site.modules if "." not in path}
        items = [self.host.address(path) for path in self.site.modules if "." in path]
        return [
            line
            for item in items
            if item is not None and item.root not in roots and len(item.steps) == 1
            for line in statements(f"self.{item.root}[{item.steps[0].index}] = nn.Identity()\n")
        ]

    def _insert(
        self,
        where: dict[cst.CSTNode, list[cst.BaseStatement]],
        line: cst.CSTNode,
        new: Sequence[cst.BaseStatement],
    ) -> None:
        if new:
            where.setdefault(line, []).extend(new)

    def _in_place(self, new: cst.BaseStatement) -> bool:
        """Let a declaration take the place of the host's own of the same attribute or item."""
        if not isinstance(new, cst.SimpleStatementLine) or not isinstance(new.body[0], cst.Assign):
            return False
        assignment = new.body[0]
        target = assignment.targets[0].target
        attribute = self_attribute(target)
        if attribute is not None:
            lines = self.source.declarations(attribute)
            for line in lines:
                self.edits.expressions[_value_of(line)] = self._guarded(assignment.value)
            return bool(lines)
        item = self._literal_item(target)
        if item is None:
            return False
        self.edits.expressions[item] = self._guarded(assignment.value)
        return True

    def _behind_its_own(self, new: cst.BaseStatement) -> bool:
        """Let `self.body[1] = …` follow the only declaration of `body`, in whatever block that is.

        There, it follows what fills `body`.
        """
        target = new.body[0] if isinstance(new, cst.SimpleStatementLine) else None
        root: cst.CSTNode | None = (
            target.targets[0].target if isinstance(target, cst.Assign) else None
        )
        while isinstance(root, cst.Subscript):
            root = root.value
        name = (self_attribute(root) if root else None) or ""
        lines = self.source.declarations(name)
        if len(lines) != 1:
            return False
        behind = [new] if self.guard is None else self.guard.branches([new])
        self._insert(self.edits.after, self._complete(lines[0], name), behind)
        return True

    def _complete(self, declaration: cst.CSTNode, name: str) -> cst.CSTNode:
        """The statement of a declaration's block behind which nothing puts items into it."""
        block = self.source.parents[declaration]
        filling = set(self.source.fillings(name))
        statements = block.body if isinstance(block, cst.IndentedBlock) else ()
        return [
            statement
            for statement in statements
            if statement is declaration or filling & {*walk(statement)}
        ][-1]

    def _guarded(self, new: cst.BaseExpression) -> Edit:
        """Put `new` in an expression's place, where the donors are."""
        guard = self.guard
        return (lambda _: new) if guard is None else (lambda own: guard.either(new, own))

    def _literal_item(self, target: cst.BaseExpression) -> cst.BaseExpression | None:
        """The expression in `self.body = nn.Sequential(a, b)` that `self.body[1]` stands for."""
        keys: list[int | str] = []
        while isinstance(target, cst.Subscript):
            place = target.slice[0].slice
            key = place.value if isinstance(place, cst.Index) else None
            if not isinstance(key, cst.Integer | cst.SimpleString):
                return None
            keys.insert(0, key.evaluated_value)  # type: ignore[arg-type]
            target = target.value
        lines = self.source.declarations(self_attribute(target) or "")
        if len(lines) != 1 or not keys:
            return None
        found: cst.BaseExpression | None = _value_of(lines[0])
        for one in keys:
            found = _literal_items(found).get(one)
        return found

    def without_orphans(self, tree: cst.Module) -> cst.Module:
        """Take away what the site declared_attributes and nothing that runs mentions any more.

        With it go other ways to run it, such as a `forward_fuse`, which could not run without.
        """
        roots = {path.split(".")[0] for path in self.site.modules}
        aside = _aside(tree)
        mentions = [self_attribute(one) for one in _outside(tree, aside)]
        orphans = {name for name in roots if mentions.count(name) == 1}
        lines = [node for node in walk(tree) if isinstance(node, cst.SimpleStatementLine)]
        gone: list[cst.CSTNode] = [
            line for line in lines if len(line.body) == 1 and declared_attributes(line) & orphans
        ]
        if gone:
            gone += [one for one in aside if orphans & set(map(self_attribute, walk(one)))]
        return remove(tree, gone)


def _aside(tree: cst.Module) -> list[cst.FunctionDef]:
    """The methods of the class that neither its construction nor its forward comes to.

    What overrides a method of `nn.Module` is called from elsewhere.
    """
    methods = {one.name.value: one for one in methods_of(tree)}
    rest = [name for name in methods if name.startswith("__") or name in _MODULES_OWN]
    reached = set(rest)
    while rest:
        names = {self_attribute(node) for node in walk(methods[rest.pop()])}
        new = {name for name in names if name in methods} - reached
        rest += new
        reached |= new
    return [method for name, method in methods.items() if name not in reached]


def _outside(tree: cst.Module, methods: Sequence[cst.FunctionDef]) -> Iterator[cst.CSTNode]:
    """All nodes that stand in none of these methods."""
    inside = {node for method in methods for node in walk(method)}
    return (node for node in walk(tree) if node not in inside)


def _literal_items(built: cst.BaseExpression | None) -> dict[int | str, cst.BaseExpression]:
    """The items of a container of torch by index or key, as far as the call that builds it has them."""
    if not isinstance(built, cst.Call):
        return {}
    kind, args = code(built.func).rpartition(".")[2], built.args
    if kind == "Sequential":
        items = [None if arg.star or arg.keyword else arg.value for arg in args]
    elif kind == "ModuleList" and args and isinstance(args[0].value, cst.List | cst.Tuple):
        elements = args[0].value.elements
        items = [
            element.value if isinstance(element, cst.Element) else None for element in elements
        ]
    elif kind == "ModuleDict" and args and isinstance(args[0].value, cst.Dict):
        return {
            str(element.key.evaluated_value): element.value
            for element in args[0].value.elements
            if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString)
        }
    else:
        return {}
    known = itertools.takewhile(lambda item: item is not None, items)
    return {index: one for index, one in enumerate(known) if one is not None}


def _value_of(line: cst.SimpleStatementLine) -> cst.BaseExpression:
    for statement in line.body:
        if isinstance(statement, cst.Assign | cst.AnnAssign) and statement.value is not None:
            return statement.value
    raise CannotFuse(f"`{code(line)}` declares no value")
