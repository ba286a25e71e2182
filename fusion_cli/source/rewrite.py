"""Write the fused class: the host's class with the site's expressions and declarations changed.

Comments, style, docstrings of methods, and the names of submodules survive: only what belongs to
the site is touched, and what the change leaves without a reader is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst

from fusion_cli.errors import CannotFuse
from fusion_cli.sites import Address, HostView, Occurrence, Site, Step, overwritten
from fusion_cli.source.analyse import HostClass, declared
from fusion_cli.source.liveness import prune, remove
from fusion_cli.source.placeholders import ARG, CALL, INIT
from fusion_cli.source.precedence import fitted, substitute
from fusion_cli.source.tree import (
    assigned_names,
    code,
    enclosing,
    expression,
    reads,
    self_attribute,
    statements,
    stores,
    walk,
)


_LOCALS = ("y", "z", "u", "v", "site_input")

Edit = Callable[[cst.BaseExpression], cst.BaseExpression]


@dataclass(frozen=True)
class Rendered:
    """What a pattern's two blocks say, with the site's parts still under their stand-in names."""

    init: str
    call: str


@dataclass
class _Edits:
    """What one pass over the tree will change."""

    expressions: dict[cst.CSTNode, Edit] = field(default_factory=dict)
    before: dict[cst.CSTNode, list[cst.BaseStatement]] = field(default_factory=dict)
    after: dict[cst.CSTNode, list[cst.BaseStatement]] = field(default_factory=dict)
    fresh: list[tuple[str, str]] = field(default_factory=list)  # (new local, the name it copies)


class _Apply(cst.CSTTransformer):
    def __init__(self, edits: _Edits) -> None:
        super().__init__()
        self.edits = edits
        self.stack: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.stack.append(node)
        return True

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        self.stack.pop()
        edit = self.edits.expressions.get(original_node)
        if edit is not None:
            new = edit(cst.ensure_type(updated_node, cst.BaseExpression))
            if new is updated_node:
                return updated_node
            return fitted(new, original_node, self.stack[-1] if self.stack else None)
        before = self.edits.before.get(original_node, [])
        after = self.edits.after.get(original_node, [])
        if before and isinstance(updated_node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            first = before[0].with_changes(leading_lines=updated_node.leading_lines)
            before = [first, *before[1:]]
            updated_node = updated_node.with_changes(leading_lines=[])
        if before or after:
            return cst.FlattenSentinel([*before, updated_node, *after])
        return updated_node


class Rewriter:
    """Rewrites one host at one site."""

    def __init__(self, host: HostView, site: Site, rendered: Rendered) -> None:
        self.host = host
        self.source: HostClass = host.source
        self.site = site
        self.call = expression(rendered.call)
        self.init = statements(rendered.init)
        self.edits = _Edits()
        self.keeps_site = any(one.value == CALL for one in reads(self.call))
        self.args = sum(one.value == ARG for one in reads(self.call))

    def rewrite(self, name: str, docstring: str) -> str:
        """The source of the fused class under its new name."""
        for occurrence in self.site.occurrences:
            self._rewrite_occurrence(occurrence)
        kept = self._edit_init()
        tree = self.source.tree.visit(_Apply(self.edits))
        tree = prune(tree, self.source.tree)
        if not kept:
            tree = self._without_declarations(tree)
            tree = prune(tree, self.source.tree)
        tree = self._inline_copies(tree)
        return tree.visit(_Rename(self.source.name, name, docstring)).code

    # ---- the call ----------------------------------------------------------------------------

    def _rewrite_occurrence(self, one: Occurrence) -> None:
        if self.site.kind == "calls" and one.first is one.end:
            self.edits.expressions[one.end] = self._one_call(one)
        elif self.site.kind == "calls":
            self._span(one)
        else:
            self._expression(one)

    def _one_call(self, one: Occurrence) -> Edit:
        """The site is one call in the source, or one stretch of a container that is called."""
        outer, inner = self._addresses()
        before = self._clone_first(one) if self._must_clone() else None

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            call = cst.ensure_type(updated, cst.Call)
            unrolled = _unroll(call, inner, outer)
            own = f"{unrolled.function}({ARG})"
            if code(self.call) == own:
                return updated
            new = self._bound(unrolled.call(call), unrolled.arg, before)
            return _wrap(new, unrolled.suffixes)

        return edit

    def _addresses(self) -> tuple[Address, Address]:
        """Where the site's last and first submodules are."""
        outer, inner = self.host.address(self.site.last), self.host.address(self.site.first)
        assert outer is not None and inner is not None
        return outer, inner

    def _must_clone(self) -> bool:
        return self.site.mutates and self.keeps_site and self.args > 0

    def _clone_first(self, one: Occurrence) -> str | None:
        """Keep a copy of a named input that the site will change in place."""
        arg = _first_arg(one.first)
        if not isinstance(arg, cst.Name) or _starts_late(self._addresses()[1]):
            return None
        return self._bind_before(one.end, f"{arg.value}.clone()")

    def _bound(
        self, call: cst.BaseExpression, arg: cst.BaseExpression, copy: str | None
    ) -> cst.BaseExpression:
        """Fill the pattern's expression so that the site's argument is computed once."""
        if copy is not None:
            return substitute(self.call, {CALL: [call], ARG: [cst.Name(copy)]})
        if isinstance(arg, cst.Name) or self.args + int(self.keeps_site) <= 1 or not self.args:
            return substitute(self.call, {CALL: [call], ARG: [arg]})
        name = self._bound_name
        bind = expression(f"({name} := {code(arg)})")
        used = cst.Name(name)
        names = [one.value for one in reads(self.call) if one.value in (CALL, ARG)]
        copied = ".clone()" if self._must_clone() else ""
        if names[0] == CALL:
            inner = expression(f"({name} := {code(arg)}){copied}") if copied else bind
            return substitute(self.call, {CALL: [_with_arg(call, inner)], ARG: [used]})
        inner = expression(f"{name}{copied}")
        return substitute(self.call, {CALL: [_with_arg(call, inner)], ARG: [bind, used]})

    @cached_property
    def _bound_name(self) -> str:
        """The local for an argument that is bound and read within one expression: one serves all."""
        return self._fresh()

    def _span(self, one: Occurrence) -> None:
        """The site begins in one call and ends in another."""
        outer, inner = self._addresses()
        assert one.first is not None
        nested = one.first in set(walk(one.end))
        arg = self._span_input(one, inner, nested) if self.args else None

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            call = cst.ensure_type(updated, cst.Call)
            ended = _until(call, outer)
            filled = {CALL: [ended.whole], ARG: [arg or cst.Name("None")]}
            return _wrap(substitute(self.call, filled), ended.suffixes)

        self.edits.expressions[one.end] = edit

    def _span_input(self, one: Occurrence, inner: Address, nested: bool) -> cst.BaseExpression:
        """A name (or, where it is used once and nothing else needs it, the expression) of the input."""
        assert one.first is not None
        arg = _first_arg(one.first)
        late = _starts_late(inner)
        if isinstance(arg, cst.Name) and not late:
            safe = nested or not overwritten(self.source, arg.value, one.first, one.end)
            if self._must_clone():
                return cst.Name(self._bind_before(one.first, f"{arg.value}.clone()"))
            return arg if safe else cst.Name(self._hold(arg.value, one.first))
        if not self.keeps_site and nested and self.args == 1 and not late:
            return arg
        if not self.keeps_site:
            text = code(_from(cst.ensure_type(one.first, cst.Call), inner).arg)
            return cst.Name(self._bind_before(one.first, text))
        name = self._fresh()
        copied = ".clone()" if self._must_clone() else ""

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            begun = _from(cst.ensure_type(updated, cst.Call), inner)
            bound = expression(f"({name} := {code(begun.arg)}){copied}")
            return _wrap(_with_arg(begun.rest, bound), begun.suffixes)

        self.edits.expressions[one.first] = edit
        return cst.Name(name)

    def _expression(self, one: Occurrence) -> None:
        """The site ends with an expression: a returned value, or an operand of an addition."""
        name = self._held_input(one) if self.args else "None"

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            bare = updated.with_changes(lpar=[], rpar=[])
            return substitute(self.call, {CALL: [bare], ARG: [cst.Name(name)]})

        self.edits.expressions[one.end] = edit

    def _held_input(self, one: Occurrence) -> str:
        """A name that holds the site's input where the expression ends."""
        if one.first is not None:
            found = self._span_input(one, Address(self.site.first), one.first in set(walk(one.end)))
            return code(found)
        assert one.name is not None
        function = enclosing(one.end, self.source.parents, cst.FunctionDef)
        assert isinstance(function, cst.FunctionDef)
        safe = not overwritten(self.source, one.name, function, one.end)
        if safe and not self._must_clone():
            return one.name
        start = _first_statement(function)
        text = f"{one.name}.clone()" if self._must_clone() else one.name
        for made in self.edits.before.get(start, []):  # several returns share one copy
            if code(made).endswith(f" = {text}"):
                return code(made).split(" = ")[0]
        return self._bind_before(start, text)

    def _hold(self, name: str, node: cst.CSTNode) -> str:
        """A local that keeps the present value of `name`: one that the host has, else a new one."""
        line = enclosing(node, self.source.parents, cst.SimpleStatementLine)
        block = self.source.parents.get(line) if line is not None else None
        if not isinstance(block, cst.IndentedBlock):
            return self._bind_before(node, name)
        function = enclosing(node, self.source.parents, cst.FunctionDef)
        assert function is not None
        bound = [one for target in walk(function) for one in _targets(target)]
        for before in reversed(block.body[: list(block.body).index(line)]):
            alias = code(before).partition(" = ")
            if alias[2] == name and alias[0].isidentifier() and bound.count(alias[0]) == 1:
                return alias[0]
            if name in stores(before):
                break
        return self._bind_before(node, name)

    def _bind_before(self, node: cst.CSTNode, text: str) -> str:
        """Bind a new local to an expression before the statement that holds `node`."""
        line = enclosing(node, self.source.parents, cst.SimpleStatementLine, cst.BaseCompoundStatement)
        assert line is not None
        name = self._fresh()
        self.edits.before.setdefault(line, []).extend(statements(f"{name} = {text}\n"))
        self.edits.fresh.append((name, text))
        return name

    def _fresh(self) -> str:
        taken = {one.value for one in walk(self.source.node) if isinstance(one, cst.Name)}
        taken |= {name for name, _ in self.edits.fresh}
        name = next((one for one in _LOCALS if one not in taken), None) or f"site_input_{len(taken)}"
        self.edits.fresh.append((name, ""))
        return name

    # ---- the declarations --------------------------------------------------------------------

    def _edit_init(self) -> bool:
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
            index = target.slice[0].slice
            if not isinstance(index, cst.Index) or not isinstance(index.value, cst.Integer):
                return None
            indices.insert(0, index.value.evaluated_value)
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

    def _without_declarations(self, tree: cst.Module) -> cst.Module:
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

    def _inline_copies(self, tree: cst.Module) -> cst.Module:
        """Drop `y = x` where `x` itself still holds the value at every use of `y`."""
        for name, text in self.edits.fresh:
            if text.isidentifier():
                tree = _inline(tree, name, text)
        return tree


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
    roots = dict.fromkeys(path.split(".")[0] for path in (site.first, site.last, *site.modules) if path)
    lines = [line for root in roots for line in source.declarations(root)]
    own = [one for one in init.body.body if one in set(source.scopes.values())]
    holding = [one for one in own if any(line in set(walk(one)) for line in lines)]
    return (holding[0], holding[-1]) if holding else (own[-1], own[-1])


# ---- containers: a call is unrolled so that the site within it has an expression of its own --------


@dataclass(frozen=True)
class _Unrolled:
    """`suffixes(function(arg))` does what the host's call does; `function` is the site."""

    function: str
    arg: cst.BaseExpression
    suffixes: tuple[str, ...]  # innermost first

    def call(self, original: cst.Call) -> cst.Call:
        if code(original.func) == self.function:
            return original
        return cst.Call(func=expression(self.function), args=[cst.Arg(self.arg)])


@dataclass(frozen=True)
class _Begun:
    arg: cst.BaseExpression
    rest: cst.Call
    suffixes: tuple[str, ...]


@dataclass(frozen=True)
class _Ended:
    whole: cst.Call
    suffixes: tuple[str, ...]


def _starts_late(address: Address) -> bool:
    return any(step.index for step in address.steps)


def _first_arg(call: cst.BaseExpression | None) -> cst.BaseExpression:
    args = call.args if isinstance(call, cst.Call) else ()
    if not args or args[0].star:
        raise CannotFuse(f"the call `{code(call) if call else ''}` has no first argument to fuse with")
    return args[0].value


def _descend(
    function: str, arg: cst.BaseExpression, steps: Iterable[Step]
) -> tuple[str, cst.BaseExpression, tuple[str, ...]]:
    """Walk into a container: what comes before the item joins the argument, the rest is a suffix."""
    suffixes: list[str] = []
    for step in steps:
        if step.index:
            arg = expression(f"{function}[:{step.index}]({code(arg)})")
        if not step.last:
            suffixes.insert(0, f"{function}[{step.index + 1}:]")
        function = f"{function}[{step.index}]"
    return function, arg, tuple(suffixes)


def _unroll(call: cst.Call, inner: Address, outer: Address) -> _Unrolled:
    if inner.steps == outer.steps:
        return _Unrolled(*_descend(code(call.func), _first_arg(call), inner.steps))
    if inner.steps[:-1] != outer.steps[:-1]:
        raise CannotFuse("a span inside containers must begin and end in the same container")
    function, arg, suffixes = _descend(code(call.func), _first_arg(call), inner.steps[:-1])
    start, stop = inner.steps[-1], outer.steps[-1]
    if start.index:
        arg = expression(f"{function}[:{start.index}]({code(arg)})")
    if not stop.last:
        suffixes = (f"{function}[{stop.index + 1}:]", *suffixes)
    whole = not start.index and stop.last
    return _Unrolled(function if whole else f"{function}[{start.index or ''}:{stop.index + 1}]", arg, suffixes)


def _from(call: cst.Call, inner: Address) -> _Begun:
    """Split a call where its container reaches the first item of the site."""
    if not _starts_late(inner):
        return _Begun(_first_arg(call), call, ())
    function, arg, suffixes = _descend(code(call.func), _first_arg(call), inner.steps[:-1])
    index = inner.steps[-1].index
    if index:
        arg = expression(f"{function}[:{index}]({code(arg)})")
        function = f"{function}[{index}:]"
    return _Begun(arg, cst.Call(func=expression(function), args=[cst.Arg(arg)]), suffixes)


def _until(call: cst.Call, outer: Address) -> _Ended:
    """Split a call behind the last item of the site."""
    if all(step.last for step in outer.steps):
        return _Ended(call, ())
    function, arg, suffixes = _descend(code(call.func), _first_arg(call), outer.steps[:-1])
    step = outer.steps[-1]
    if not step.last:
        suffixes = (f"{function}[{step.index + 1}:]", *suffixes)
        function = f"{function}[:{step.index + 1}]"
    return _Ended(cst.Call(func=expression(function), args=[cst.Arg(arg)]), suffixes)


def _wrap(node: cst.BaseExpression, functions: Iterable[str]) -> cst.BaseExpression:
    for function in functions:
        node = cst.Call(func=expression(function), args=[cst.Arg(node)])
    return node


def _with_arg(call: cst.BaseExpression, arg: cst.BaseExpression) -> cst.BaseExpression:
    found = cst.ensure_type(call, cst.Call)
    sole = len(found.args) == 1 and isinstance(arg, cst.NamedExpr)
    bare = arg.with_changes(lpar=[], rpar=[]) if sole else arg
    return found.with_changes(args=[found.args[0].with_changes(value=bare), *found.args[1:]])


def _value_of(line: cst.SimpleStatementLine) -> cst.BaseExpression:
    for one in line.body:
        if isinstance(one, cst.Assign | cst.AnnAssign) and one.value is not None:
            return one.value
    raise CannotFuse(f"`{code(line)}` declares no value")


def _targets(node: cst.CSTNode) -> set[str]:
    """The names that this node itself binds."""
    if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.NamedExpr):
        return assigned_names(node.target)
    return set()


def _first_statement(function: cst.FunctionDef) -> cst.CSTNode:
    """The first statement of a method that is not its docstring."""
    body = list(function.body.body)
    has_docstring = len(body) > 1 and function.get_docstring() is not None
    return body[1] if has_docstring else body[0]


# ---- finishing -----------------------------------------------------------------------------------


def _inline(tree: cst.Module, name: str, value: str) -> cst.Module:
    """Replace `name` by `value` and drop `name = value`, if `value` is not bound in between."""
    for function in (one for one in walk(tree) if isinstance(one, cst.FunctionDef)):
        lines = [one for one in walk(function) if isinstance(one, cst.SimpleStatementLine)]
        binding = next((one for one in lines if code(one) == f"{name} = {value}"), None)
        if binding is None:
            continue
        users = [one for one in lines if name in {read.value for read in reads(one)}]
        between = lines[lines.index(binding) + 1 : lines.index(users[-1])] if users else []
        if any(value in stores(one) for one in between):
            return tree
        tree = cst.ensure_type(tree.visit(_Replace(name, value)), cst.Module)
        copies = [one for one in walk(tree) if code_is(one, f"{value} = {value}")]
        return remove(tree, copies)
    return tree


def code_is(node: cst.CSTNode, text: str) -> bool:
    """Whether a node is a statement written exactly so."""
    return isinstance(node, cst.SimpleStatementLine) and code(node) == text


class _Replace(cst.CSTTransformer):
    def __init__(self, name: str, value: str) -> None:
        super().__init__()
        self.name, self.new = name, value

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return updated_node.with_changes(value=self.new) if updated_node.value == self.name else updated_node


class _Rename(cst.CSTTransformer):
    """Give the class its new name, in its own body too, and its new docstring."""

    def __init__(self, old: str, new: str, docstring: str) -> None:
        super().__init__()
        self.old, self.new, self.docstring = old, new, docstring
        self._labels: set[cst.CSTNode] = set()
        self._depth = 0

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self._depth += 1
        return True

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        self._labels.add(node.attr)
        return True

    def visit_Arg(self, node: cst.Arg) -> bool:
        if node.keyword is not None:
            self._labels.add(node.keyword)
        return True

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        if updated_node.value == self.old and original_node not in self._labels:
            return updated_node.with_changes(value=self.new)
        return updated_node

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self._depth -= 1
        if self._depth:
            return updated_node
        body = list(updated_node.body.body)
        if original_node.get_docstring() is not None:
            body = body[1:]
        text = cst.parse_statement(self.docstring + "\n")
        return updated_node.with_changes(
            leading_lines=[],
            lines_after_decorators=[],
            body=updated_node.body.with_changes(body=[text, *body]),
        )
