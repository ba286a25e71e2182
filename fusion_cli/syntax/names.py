"""Which names of its module a piece of source reads and writes, and exactly where.

Python's scoping, followed on the syntax tree: functions, comprehensions, class bodies (whose names
their methods do not see), `global` and `nonlocal`, type parameters, annotations in strings.
"""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Importing: TypeAlias = ast.Import | ast.ImportFrom

IMPLICIT = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__class__", "__doc__", "__file__", "__loader__",
    "__name__", "__package__", "__path__", "__spec__",
}  # fmt: skip
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Reference:
    """One use of a name that means the module's own (or a builtin).

    `node` is where it stands: the name, the string that an annotation is written in, or the
    `global` statement. `deferred` uses happen when a function runs, not when its module does.
    `accesses` are the attribute accesses on it, inmost first: two for `torch.nn.functional`.
    """

    name: str
    node: ast.Name | ast.Constant | ast.Global
    deferred: bool
    store: bool = False
    accesses: tuple[ast.Attribute, ...] = ()

    @property
    def chain(self) -> tuple[str, ...]:
        """The dotted expression that starts with the name, in parts."""
        return (self.name, *(access.attr for access in self.accesses))


@dataclass(frozen=True)
class Scan:
    """What one statement says: its references, and the imports inside its functions and classes.

    `class_imports` are those that stand in a class body, where the name becomes an attribute.
    """

    references: tuple[Reference, ...]
    inner_imports: tuple[Importing, ...]
    class_imports: frozenset[Importing]


def scan(nodes: Sequence[ast.AST]) -> Scan:
    """Scan statements or expressions that stand at the top of a module."""
    visitor = _Visitor()
    for node in nodes:
        visitor.visit(node)
    return Scan(
        tuple(visitor.references),
        tuple(visitor.inner_imports),
        frozenset(visitor.class_imports),
    )


def global_names(text: str) -> frozenset[str]:
    """The names that a snippet (statements or one expression) reads and does not bind itself.

    Builtins are among them, since the module that the snippet comes from may define its own.

    Raises:
        SyntaxError: The text is not Python.
    """
    body = ast.parse(textwrap.dedent(text)).body
    references = scan(body).references
    bound = {name for node in body for name in bindings(node)}
    bound |= {ref.name for ref in references if ref.store}
    return frozenset(ref.name for ref in references) - bound


def free_names(text: str) -> frozenset[str]:
    """The names that a snippet needs from its module: `global_names` less the builtins.

    Raises:
        SyntaxError: The text is not Python.
    """
    return global_names(text) - IMPLICIT


def bindings(node: ast.AST) -> Iterator[str]:
    """The names that a node binds in the scope it stands in."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    for child in _same_scope(node):
        yield from bindings(child)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node that run in the node's own scope."""
    if not isinstance(node, _SCOPES):
        yield from ast.iter_child_nodes(node)
    elif isinstance(node, _COMPREHENSIONS):
        for inner in ast.walk(node):  # a walrus inside binds outside
            if isinstance(inner, ast.NamedExpr):
                yield inner.target
    elif isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *(kw.value for kw in node.keywords))
    else:
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        yield from (*decorators, *node.args.defaults, *filter(None, node.args.kw_defaults))


def _declared_global(body: Iterable[ast.AST]) -> set[str]:
    """The names declared `global` in a scope with this body."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.Global):
            found.update(node.names)
        if not isinstance(node, (ast.expr, *_SCOPES)):
            found |= _declared_global(ast.iter_child_nodes(node))
    return found


@dataclass
class _Scope:
    kind: Literal["function", "class"]
    bound: set[str]  # in a class: so far
    globals: set[str] = field(default_factory=set)
    later: frozenset[str] = frozenset()  # in a class: all that it binds somewhere


class _Visitor(ast.NodeVisitor):
    """Walks in the order of evaluation, so that a class body's own names count once bound."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.inner_imports: list[Importing] = []
        self.class_imports: list[Importing] = []
        self._scopes: list[_Scope] = []
        self._deferred = 0
        self._accesses: tuple[ast.Attribute, ...] = ()

    def _is_global(self, name: str) -> bool:
        for depth, scope in enumerate(reversed(self._scopes)):
            if scope.kind == "class" and depth:
                continue
            if name in scope.globals:
                return True
            if name in scope.bound:
                return False
            if name in scope.later:
                return True  # a class body looks past the functions around it for a name of its own
        return True

    def _refer(
        self, name: str, node: ast.Name | ast.Constant | ast.Global, store: bool = False
    ) -> None:
        self.references.append(Reference(name, node, self._deferred > 0, store, self._accesses))

    def _bind(self, name: str) -> None:
        if self._scopes and self._scopes[-1].kind == "class":
            self._scopes[-1].bound.add(name)

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # names

    def visit_Name(self, node: ast.Name) -> None:
        store = not isinstance(node.ctx, ast.Load)
        scope = self._scopes[-1] if self._scopes else None
        if store and scope and scope.kind == "class" and node.id not in scope.globals:
            scope.bound.add(node.id)
        elif self._is_global(node.id):
            self._refer(node.id, node, store)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        accesses, bottom = [node], node.value
        while isinstance(bottom, ast.Attribute):
            accesses.append(bottom)
            bottom = bottom.value
        self._accesses = tuple(reversed(accesses)) if isinstance(bottom, ast.Name) else ()
        self.visit(bottom)
        self._accesses = ()

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self._refer(name, node)

    def _visit_import(self, node: Importing) -> None:
        if self._scopes:
            self.inner_imports.append(node)
            if self._scopes[-1].kind == "class":
                self.class_imports.append(node)
        for name in bindings(node):
            self._bind(name)

    visit_Import = _visit_import  # noqa: N815
    visit_ImportFrom = _visit_import  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    # statements whose fields do not stand in the order of evaluation

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_all((node.value, *node.targets))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.visit_Name(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        self._visit_all((node.value, node.target))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self._visit_all((node.value, node.target))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit_all((node.iter, node.target, *node.body, *node.orelse))

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._visit_all((node.value, node.target))

    # scopes

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._visit_all((*node.args.defaults, *node.args.kw_defaults))
        parameters = self._type_parameters(node)
        for argument in _arguments(node.args):
            self._annotation(argument.annotation)
        self._annotation(node.returns)
        self._function(node, node.body)
        if parameters:
            self._scopes.pop()
        self._bind(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all((*node.args.defaults, *node.args.kw_defaults))
        self._function(node, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list)
        parameters = self._type_parameters(node)
        self._visit_all((*node.bases, *node.keywords))
        later = frozenset(name for part in node.body for name in bindings(part))
        self._scopes.append(_Scope("class", set(), _declared_global(node.body), later))
        self._visit_all(node.body)
        self._scopes.pop()
        if parameters:
            self._scopes.pop()
        self._bind(node.name)

    def _function(self, node: Function, body: Sequence[ast.AST]) -> None:
        bound = {argument.arg for argument in _arguments(node.args)}
        bound |= {name for part in body for name in bindings(part)}
        declared = _declared_global(body)
        self._scopes.append(_Scope("function", bound - declared, declared))
        self._deferred += 1
        self._visit_all(body)
        self._deferred -= 1
        self._scopes.pop()

    def _type_parameters(self, node: ast.AST) -> bool:
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if parameters:
            names = {str(getattr(parameter, "name", "")) for parameter in parameters}
            self._scopes.append(_Scope("function", names))
            self._visit_all(parameters)
        return bool(parameters)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self.visit(node.name)  # type: ignore[attr-defined]  # Python 3.12
        parameters = self._type_parameters(node)
        self.visit(node.value)  # type: ignore[attr-defined]
        if parameters:
            self._scopes.pop()

    def _visit_comprehension(self, node: Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        targets = {name for part in node.generators for name in bindings(part.target)}
        self._scopes.append(_Scope("function", targets))
        self._visit_all((first.target, *first.ifs))
        for part in others:
            self._visit_all((part.iter, part.target, *part.ifs))
        self._visit_all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
        self._scopes.pop()

    visit_ListComp = _visit_comprehension  # noqa: N815
    visit_SetComp = _visit_comprehension  # noqa: N815
    visit_DictComp = _visit_comprehension  # noqa: N815
    visit_GeneratorExp = _visit_comprehension  # noqa: N815

    # annotations

    def _annotation(self, node: ast.expr | None) -> None:
        """Visit an annotation; a string in it is an expression too, but for `Literal[...]`."""
        if node is None:
            return
        self.visit(node)
        for string in _strings(node):
            try:
                inner = ast.parse(str(string.value).strip(), mode="eval")
            except (SyntaxError, ValueError):
                continue
            visitor = _Visitor()
            visitor._scopes = self._scopes
            visitor.visit(inner.body)
            deferred = self._deferred > 0
            self.references += (
                replace(ref, node=string, deferred=deferred) for ref in visitor.references
            )


def _arguments(node: ast.arguments) -> Iterator[ast.arg]:
    yield from (*node.posonlyargs, *node.args, *node.kwonlyargs)
    yield from (argument for argument in (node.vararg, node.kwarg) if argument)


def _strings(node: ast.AST) -> Iterator[ast.Constant]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    if isinstance(node, ast.Subscript):
        name = getattr(node.value, "attr", getattr(node.value, "id", ""))
        if name == "Literal":
            return
    for child in ast.iter_child_nodes(node):
        yield from _strings(child)
