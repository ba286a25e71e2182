"""Write the fused class: the host's class with the site's expressions and declarations changed.

Comments, style, docstrings of methods, and the names of submodules survive: only what belongs to
the site is touched, and what the change leaves without a reader is taken away.
"""

from __future__ import annotations

from functools import cached_property

import libcst as cst

from fusion_cli.fit.guard import Guard
from fusion_cli.fit.sites import Occurrence, Site
from fusion_cli.model.placeholders import ARG, CALL
from fusion_cli.model.plan import Rendered
from fusion_cli.render.rewrite.conditional import branch
from fusion_cli.render.rewrite.containers import (
    first_arg,
    split_before,
    split_behind,
    starts_late,
    unroll,
    with_arg,
    wrapped,
)
from fusion_cli.render.rewrite.declarations import Declarations
from fusion_cli.render.rewrite.finish import Rename, inline_copy, only_returning, without_copies
from fusion_cli.render.rewrite.hoist import hoisted, numbered
from fusion_cli.render.rewrite.join import joined
from fusion_cli.render.rewrite.liveness import prune
from fusion_cli.study.analyse import HostClass, declared_attributes, overwritten
from fusion_cli.study.held import without_last
from fusion_cli.study.views import Address, HostView
from fusion_cli.syntax.edits import Apply, Edit, Edits
from fusion_cli.syntax.precedence import substitute
from fusion_cli.syntax.tree import (
    bound_names,
    code,
    enclosing,
    expression,
    first_statement,
    line_of,
    reads,
    statements,
    stores,
    walk,
)

_OWN = cst.Name(CALL)  # the expression of a pattern that changes nothing


class Rewriter:
    """Rewrites one host at one site."""

    def __init__(
        self, host: HostView, site: Site, rendered: Rendered, guard: Guard | None = None
    ) -> None:
        self.host = host
        self.source: HostClass = host.source
        self.site = site
        self.call = expression(rendered.call)
        self.edits = Edits()
        self.rendered, self.guard = rendered, guard
        self._apart: dict[cst.CSTNode, cst.CSTNode] = {}  # by the end of a site, where it begins
        self.declarations = Declarations(host, site, rendered.init, self.edits, guard)
        self.keeps_site = any(name.value == CALL for name in reads(self.call))
        self.args = sum(name.value == ARG for name in reads(self.call))
        self.calls = sum(name.value == CALL for name in reads(self.call))
        self._operands: dict[str, str] = {}

    def rewrite(self, name: str, docstring: str) -> str:
        """The source of the fused class under its new name."""
        tree = hoisted(self._tree, self.source.tree)
        return tree.visit(Rename(self.source.name, name, docstring)).code

    @cached_property
    def _tree(self) -> cst.Module:
        """The fused class, still under the host's name."""
        for occurrence in self.site.occurrences:
            self._rewrite_occurrence(occurrence)
        if self.guard is not None:
            branch(self.guard, self.source, self.edits, self._apart)
        if added := self.declarations.added:
            self._leave_out(added)
        kept = self.declarations.edit(self._unused)
        tree = self.source.tree.visit(Apply(self.edits))
        if self._replaces_block and self.guard is None:
            tree = only_returning(tree)
        tree = prune(tree, self.source.tree)
        if not kept:
            tree = self.declarations.without_orphans(tree)
            tree = prune(tree, self.source.tree)
        return without_copies(self._inline_copies(tree), self.source)

    def _leave_out(self, count: int) -> None:
        """Let the host run in turn what it held before, without what is added."""

        def edit(own: cst.BaseExpression) -> cst.BaseExpression:
            new = without_last(own, count)
            return new if self.guard is None else self.guard.either(new, own)

        self.edits.expressions.update((enumeration, edit) for enumeration in self.host.enumerations)

    @property
    def _unused(self) -> set[str]:
        """What the site declares in the host, and a class that always has the donors does not."""
        if self.guard is None or self.keeps_site:
            return set()
        always = Rewriter(self.host, self.site, self.rendered)._tree
        lines = [node for node in walk(always) if isinstance(node, cst.SimpleStatementLine)]
        left = set().union(*map(declared_attributes, lines))
        return {path for path in self.site.modules if "." not in path} - left

    @property
    def _replaces_block(self) -> bool:
        return self.site.kind == "block" and not self.keeps_site

    def _return_early(self, guard: Guard, occurrence: Occurrence) -> None:
        """Let the donors have the block before the host's own begins."""
        forward = enclosing(occurrence.end, self.source.parents, cst.FunctionDef)
        assert isinstance(forward, cst.FunctionDef) and occurrence.name is not None
        value = substitute(self.call, {ARG: [cst.Name(occurrence.name)]})
        line = cst.SimpleStatementLine(body=[cst.Return(value=value)])
        self.edits.before[first_statement(forward)] = guard.branches([line])

    # ---- the call ----------------------------------------------------------------------------

    def _rewrite_occurrence(self, occurrence: Occurrence) -> None:
        if self.site.kind == "join":
            self._join(occurrence)
        elif self.site.kind == "calls" and occurrence.first is occurrence.end:
            self.edits.expressions[occurrence.end] = self._one_call(occurrence)
        elif self.site.kind == "calls":
            self._span(occurrence)
        elif self.guard is not None and self._replaces_block:
            self._return_early(self.guard, occurrence)
        else:
            self._expression(occurrence)

    def _one_call(self, occurrence: Occurrence) -> Edit:
        """The site is one call in the source, or one stretch of a container that is called."""
        outer, inner = self._addresses()
        before = self._clone_first(occurrence) if self._must_clone() else None

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            call = cst.ensure_type(updated, cst.Call)
            parts = unroll(call, inner, outer)
            own = f"{parts.function}({ARG})"
            if code(self.call) == own:
                return updated
            new = wrapped(self._bound(parts.call(call), parts.arg, before), parts.suffixes)
            return new if self.guard is None else self.guard.either(new, updated)

        return edit

    def _addresses(self) -> tuple[Address, Address]:
        """Where the site's last and first submodules are."""
        outer, inner = self.host.address(self.site.last), self.host.address(self.site.first)
        assert outer is not None and inner is not None
        return outer, inner

    def _must_clone(self) -> bool:
        return self.site.mutates and self.keeps_site and self.args > 0

    def _clone_first(self, occurrence: Occurrence) -> str | None:
        """Keep a copy of a named input that the site will change in place."""
        arg = first_arg(occurrence.first)
        if not isinstance(arg, cst.Name) or starts_late(self._addresses()[1]):
            return None
        return self._bind_before(occurrence.end, f"{arg.value}.clone()")

    def _bound(
        self, call: cst.BaseExpression, arg: cst.BaseExpression, copy: str | None
    ) -> cst.BaseExpression:
        """Fill the pattern's expression so that the site's argument is computed once."""
        if copy is not None:
            return self._filled(call, [cst.Name(copy)])
        if isinstance(arg, cst.Name) or self.args + int(self.keeps_site) <= 1 or not self.args:
            return self._filled(call, [arg])
        name = self._bound_name
        bind = expression(f"({name} := {code(arg)})")
        used = cst.Name(name)
        names = [name.value for name in reads(self.call) if name.value in (CALL, ARG)]
        copied = ".clone()" if self._must_clone() else ""
        if names[0] == CALL:
            inner = expression(f"({name} := {code(arg)}){copied}") if copied else bind
            return self._filled(with_arg(call, inner), [used])
        inner = expression(f"{name}{copied}")
        return self._filled(with_arg(call, inner), [bind, used])

    def _filled(
        self, call: cst.BaseExpression, args: list[cst.BaseExpression]
    ) -> cst.BaseExpression:
        """The pattern's expression with the site's call in it, which runs once however often used."""
        if self.calls < 2 or isinstance(call, cst.Name):
            return substitute(self.call, {CALL: [call], ARG: args})
        bind = expression(f"({self._held_call} := {code(call)})")
        return substitute(self.call, {CALL: [bind, cst.Name(self._held_call)], ARG: args})

    @cached_property
    def _held_call(self) -> str:
        """The local for the site's output, where the pattern's expression reads it again."""
        return self._fresh()

    @cached_property
    def _bound_name(self) -> str:
        """The local for an argument that is bound and read within one expression: one serves all."""
        return self._fresh()

    def _span(self, occurrence: Occurrence) -> None:
        """The site begins in one call and ends in another."""
        outer, inner = self._addresses()
        assert occurrence.first is not None
        nested = occurrence.first in set(walk(occurrence.end))
        arg = self._span_input(occurrence, inner, nested) if self.args else None

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            call = cst.ensure_type(updated, cst.Call)
            parts = split_behind(call, outer)
            new = wrapped(self._filled(parts.whole, [arg or cst.Name("None")]), parts.suffixes)
            return self._or_own(occurrence, new, updated)

        self._part(occurrence, inner)
        self.edits.expressions[occurrence.end] = edit

    def _or_own(
        self, occurrence: Occurrence, new: cst.BaseExpression, updated: cst.BaseExpression
    ) -> cst.BaseExpression:
        """The new expression, or under a guard the choice between it and the host's own."""
        if self.guard is None or occurrence.end in self._apart:
            return new
        inside = set(walk(occurrence.end))
        alone = all(
            other is occurrence or other.end not in inside for other in self.site.occurrences
        )
        own = (
            occurrence.end if alone and isinstance(occurrence.end, cst.BaseExpression) else updated
        )
        return self.guard.either(new, own)

    def _part(self, occurrence: Occurrence, inner: Address) -> None:
        """Under a guard, note an end before which statements run that only the host needs."""
        if self.guard is None or self.keeps_site:
            return
        nested = occurrence.first is not None and occurrence.first in set(walk(occurrence.end))
        if nested and isinstance(occurrence.end, cst.BaseExpression) and not starts_late(inner):
            named = isinstance(first_arg(occurrence.first), cst.Name)
            if named or self.args <= 1:
                return
        function = enclosing(occurrence.end, self.source.parents, cst.FunctionDef)
        assert isinstance(function, cst.FunctionDef)
        self._apart[occurrence.end] = occurrence.first or first_statement(function)

    def _span_input(
        self, occurrence: Occurrence, inner: Address, nested: bool
    ) -> cst.BaseExpression:
        """A name (or, where it is used once and nothing else needs it, the expression) of the input."""
        assert occurrence.first is not None
        arg = first_arg(occurrence.first)
        late = starts_late(inner)
        if isinstance(arg, cst.Name) and not late:
            safe = nested or not overwritten(
                self.source, arg.value, occurrence.first, occurrence.end
            )
            if self._must_clone():
                return cst.Name(self._bind_before(occurrence.first, f"{arg.value}.clone()"))
            return arg if safe else cst.Name(self._hold(arg.value, occurrence.first))
        if not self.keeps_site and nested and self.args == 1 and not late:
            return arg
        if not self.keeps_site:
            text = code(split_before(cst.ensure_type(occurrence.first, cst.Call), inner).arg)
            return cst.Name(self._bind_before(occurrence.first, text))
        name = self._fresh()
        copied = ".clone()" if self._must_clone() else ""

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            parts = split_before(cst.ensure_type(updated, cst.Call), inner)
            bound = expression(f"({name} := {code(parts.arg)}){copied}")
            return wrapped(with_arg(parts.rest, bound), parts.suffixes)

        self.edits.expressions[occurrence.first] = edit
        return cst.Name(name)

    def _expression(self, occurrence: Occurrence) -> None:
        """The site ends with an expression: a returned value, or an operand of an addition."""
        name = self._held_input(occurrence) if self.args else "None"
        self._part(occurrence, Address(self.site.first))
        if isinstance(occurrence.end, cst.AugAssign):
            self._augmented(occurrence.end, name)
            return

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            bare = updated.with_changes(lpar=[], rpar=[])
            return self._or_own(occurrence, self._filled(bare, [cst.Name(name)]), updated)

        self.edits.expressions[occurrence.end] = edit

    def _augmented(self, end: cst.AugAssign, name: str) -> None:
        """The site ends with `x *= y`: behind it `x` becomes what the pattern makes of it."""
        new = self._filled(cst.ensure_type(end.target, cst.Name), [cst.Name(name)])
        if not self.keeps_site:
            self.edits.assignments[end] = new
            return
        lines = statements(f"{code(end.target)} = {code(new)}\n")
        line = line_of(end, self.source.parents)
        behind = lines if self.guard is None else self.guard.branches(lines)
        self.edits.after.setdefault(line, []).extend(behind)

    def _held_input(self, occurrence: Occurrence) -> str:
        """A name that holds the site's input where the expression ends."""
        if occurrence.first is not None:
            found = self._span_input(
                occurrence, Address(self.site.first), occurrence.first in set(walk(occurrence.end))
            )
            return code(found)
        assert occurrence.name is not None
        if self._replaces_block:
            return occurrence.name  # nothing stays that could overwrite it
        function = enclosing(occurrence.end, self.source.parents, cst.FunctionDef)
        assert isinstance(function, cst.FunctionDef)
        safe = not overwritten(self.source, occurrence.name, function, occurrence.end)
        if safe and not self._must_clone():
            return occurrence.name
        start = first_statement(function)
        text = f"{occurrence.name}.clone()" if self._must_clone() else occurrence.name
        for made in self.edits.before.get(start, []):  # several returns share one copy
            if code(made).endswith(f" = {text}"):
                return code(made).split(" = ")[0]
        return self._bind_before(start, text)

    def _join(self, occurrence: Occurrence) -> None:
        """The site is an addition or a concatenation."""
        if isinstance(occurrence.end, cst.AugAssign):
            new, own = (
                joined(call, occurrence.end, self._held_operand) for call in (self.call, _OWN)
            )
            self.edits.assignments[occurrence.end] = self._or_own(occurrence, new, own)
        else:
            self.edits.expressions[occurrence.end] = lambda updated: self._or_own(
                occurrence, joined(self.call, updated, self._held_operand), updated
            )

    def _held_operand(self, stand_in: str) -> str:
        """The local for an operand that the pattern's expression reads again: one in all places."""
        if stand_in not in self._operands:
            self._operands[stand_in] = self._fresh()
        return self._operands[stand_in]

    def _hold(self, name: str, node: cst.CSTNode) -> str:
        """A local that keeps the present value of `name`: one that the host has, else a new one."""
        line = enclosing(node, self.source.parents, cst.SimpleStatementLine)
        block = self.source.parents.get(line) if line is not None else None
        if line is None or not isinstance(block, cst.IndentedBlock):
            return self._bind_before(node, name)
        function = enclosing(node, self.source.parents, cst.FunctionDef)
        assert function is not None
        bound = [name for target in walk(function) for name in bound_names(target)]
        lines: list[cst.CSTNode] = list(block.body)
        for before in reversed(lines[: lines.index(line)]):
            alias = code(before).partition(" = ")
            if alias[2] == name and alias[0].isidentifier() and bound.count(alias[0]) == 1:
                return alias[0]
            if name in stores(before):
                break
        return self._bind_before(node, name)

    def _bind_before(self, node: cst.CSTNode, text: str) -> str:
        """Bind a new local to an expression before the statement that holds `node`."""
        line = line_of(node, self.source.parents)
        is_copy = text.removesuffix(".clone()").isidentifier()
        name = self._fresh("identity") if is_copy else self._fresh()
        self.edits.before.setdefault(line, []).extend(statements(f"{name} = {text}\n"))
        self.edits.fresh.append((name, text))
        return name

    def _fresh(self, stem: str = "y") -> str:
        """A name that the host does not use, called after what it holds."""
        host = {node.value for node in walk(self.source.node) if isinstance(node, cst.Name)}
        taken = host | {name for name, _ in self.edits.fresh}
        stem = "y" if stem in host else stem  # the host has another `identity`
        name = next(name for name in numbered(stem) if name not in taken)
        self.edits.fresh.append((name, ""))
        return name

    def _inline_copies(self, tree: cst.Module) -> cst.Module:
        """Drop `y = x` where `x` itself still holds the value at every use of `y`."""
        for name, text in self.edits.fresh:
            if text.isidentifier():
                tree = inline_copy(tree, name, text)
        return tree
