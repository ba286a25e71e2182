"""Where a fused class declares its parts: the pattern's statements among the host's own."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from fusion_cli.errors import CannotFuse
from fusion_cli.sites import HostView, Site
from fusion_cli.source.analyse import declared
from fusion_cli.source.edits import Edits
from fusion_cli.source.liveness import remove
from fusion_cli.source.placeholders import INIT
from fusion_cli.source.tree import code, self_attribute, statements, walk


class Declarations:
    """Puts the pattern's declarations into the constructor of one host."""

    def __init__(self, host: HostView, site: Site, init: str, edits: Edits) -> None:
        self.host, self.site = host, site
        self.source = host.source
        self.init = statements(init)
        self.edits = edits

    def edit(self) -> bool:
        """Put the pattern's declarations in; True where the host's own stay."""
        marker = next((i for i, one in enumerate(self.init) if code(one) == INIT), None)
        first, last = anchors(self.host, self.site)
        if marker is not None:
            self._insert(self.edits.before, first, self.init[:marker])
            self._insert(self.edits.after, last, self.init[marker + 1 :])
            return True
        late = [one for one in self.init if not self._in_place(one)]
        if not self.site.is_one_call:
            late += [one for one in self._emptied_items() if not self._in_place(one)]
        self._insert(self.edits.after, last, late)
        return False

    def _emptied_items(self) -> list[cst.BaseStatement]:
        """Items of a container that stays: those that the site passes by become the identity."""
        roots = {path for path in self.site.modules if "." not in path}
        items = [self.host.address(path) for path in self.site.modules if "." in path]
        return [
            line
            for one in items
            if one is not None and one.root not in roots and len(one.steps) == 1
            for line in statements(f"self.{one.root}[{one.steps[0].index}] = nn.Identity()\n")
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
                self.edits.expressions[_value_of(line)] = lambda _: assignment.value
            return bool(lines)
        item = self._literal_item(target)
        if item is None:
            return False
        self.edits.expressions[item] = lambda _: assignment.value
        return True

    def _literal_item(self, target: cst.BaseExpression) -> cst.BaseExpression | None:
        """The argument of `self.body = nn.Sequential(a, b)` that `self.body[1]` stands for."""
        indices: list[int] = []
        while isinstance(target, cst.Subscript):
            place = target.slice[0].slice
            if not isinstance(place, cst.Index) or not isinstance(place.value, cst.Integer):
                return None
            indices.insert(0, place.value.evaluated_value)
            target = target.value
        lines = self.source.declarations(self_attribute(target) or "")
        if len(lines) != 1 or not indices:
            return None
        found: cst.BaseExpression = _value_of(lines[0])
        for index in indices:
            args = found.args if isinstance(found, cst.Call) else ()
            if index >= len(args) or any(arg.star or arg.keyword for arg in args[: index + 1]):
                return None
            found = args[index].value
        return found

    def without_orphans(self, tree: cst.Module) -> cst.Module:
        """Take away what the site declared and nothing mentions any more."""
        roots = {path.split(".")[0] for path in self.site.modules}
        mentions = [self_attribute(one) for one in walk(tree)]
        lines = [one for one in walk(tree) if isinstance(one, cst.SimpleStatementLine)]
        gone = [
            line
            for line in lines
            for name in declared(line)
            if name in roots and mentions.count(name) == 1 and len(line.body) == 1
        ]
        return remove(tree, gone)


def anchors(host: HostView, site: Site) -> tuple[cst.CSTNode, cst.CSTNode]:
    """The statements of `__init__` that first and last declare a part of the site.

    They are statements of the constructor's own block, so that what stands behind them runs
    whenever they do. Where the site declares nothing, both are the constructor's last statement.

    Raises:
        CannotFuse: the class has no constructor of its own.
    """
    source = host.source
    init = source.methods.get("__init__")
    if init is None:
        raise CannotFuse(
            f"{source.name} has no __init__ of its own, so its source declares no part of the site",
            "fuse into the class that it inherits from",
        )
    roots = dict.fromkeys(
        path.split(".")[0] for path in (site.first, site.last, *site.modules) if path
    )
    lines = [line for root in roots for line in source.declarations(root)]
    own = [one for one in init.body.body if one in set(source.scopes.values())]
    holding = [one for one in own if any(line in set(walk(one)) for line in lines)]
    return (holding[0], holding[-1]) if holding else (own[-1], own[-1])


def _value_of(line: cst.SimpleStatementLine) -> cst.BaseExpression:
    for one in line.body:
        if isinstance(one, cst.Assign | cst.AnnAssign) and one.value is not None:
            return one.value
    raise CannotFuse(f"`{code(line)}` declares no value")
