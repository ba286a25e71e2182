"""What a file says about how its classes are built and fed, read from the syntax tree.

Nothing is executed: literals and the simple variables of a demo are followed, all else is left.
Where evidence stands, best first: the literal `EXAMPLE = {…}`, the file's own demo (the
`if __name__ == "__main__":` block with the functions it calls, statements of the module, test
functions), examples after `>>>` in docstrings.
"""

from __future__ import annotations

import ast
import builtins
import itertools
from collections.abc import Iterable, Iterator, Sequence

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.sources import Evidence, Parameter
from fusion_cli.syntax.literals import (
    fill,
    free_in,
    is_plain,
    name_of,
    shape_of,
)
from fusion_cli.syntax.statements import is_main_block

EXAMPLE, DEMO, DOCSTRING = "EXAMPLE", "the file's demo", "the docstring's example"

_BUILTINS = frozenset(dir(builtins))
_PASS_ON = frozenset({
    "cuda", "cpu", "to", "float", "half", "double", "eval", "train", "requires_grad_",
    "DataParallel",
})  # fmt: skip
_LARGEST = 400  # nodes; a demo variable that grows beyond is no simple value


def read_evidence(text: str, class_name: str) -> Evidence:
    """The evidence for one class of a file.

    Calls are given with their arguments by parameter name, as source text that means the same at
    the end of the file; a call that fills `*args` has all its positional arguments under `*`.
    Raises SyntaxError.
    """
    tree = ast.parse(text)
    parameters = _parameters(class_name, _classes(tree))
    calls = [(EXAMPLE, call) for call in _example(tree, parameters)]
    fed: list[tuple[Shape, ...]] = []
    known = _module_names(tree) | _BUILTINS
    for demo in _demos(tree):
        for call in demo.built(class_name):
            arguments = bind(call, parameters, known)
            if arguments is not None:
                calls.append((demo.where, arguments))
        fed.append(demo.fed(class_name))
    distinct = [call for index, call in enumerate(calls) if call not in calls[:index]]
    return Evidence(parameters, tuple(distinct), next(filter(None, fed), ()))


def demo_class(text: str) -> str | None:
    """The class of this file that its own demo builds, or None where none or several stand out.

    Of several, those that the demo feeds; of one within another, the outer. Raises SyntaxError.
    """
    tree = ast.parse(text)
    names = list(_classes(tree))
    for demo in _demos(tree):
        if demo.where == DEMO:
            built = [name for name in names if any(demo.built(name))]
            fed = [name for name in built if any(demo.feeds(name))]
            inner = demo.arguments_of(built)
            outer = [name for name in fed or built if name not in inner]
            if len(outer) == 1:
                return outer[0]
    return None


def bind(
    call: ast.Call, parameters: Sequence[Parameter], known: frozenset[str] | None = None
) -> Arguments | None:
    """The arguments of a call by parameter name, or None where they do not fit the parameters.

    With `known`, also None where an argument uses another name or does more than make a value.
    """
    positional = [parameter.name for parameter in parameters if parameter.kind == "positional"]
    named = {
        parameter.name for parameter in parameters if parameter.kind in ("positional", "keyword")
    }
    kinds = {parameter.kind for parameter in parameters}
    bound: dict[str, str] = {}
    if len(call.args) > len(positional) or any(isinstance(a, ast.Starred) for a in call.args):
        if "args" not in kinds:
            return None
        bound["*"] = ast.unparse(ast.Tuple(call.args, ast.Load()))
    else:
        bound.update(zip(positional, map(ast.unparse, call.args), strict=False))
    for keyword in call.keywords:
        foreign = keyword.arg not in named and "kwargs" not in kinds
        if keyword.arg is None or keyword.arg in bound or foreign:
            return None
        bound[keyword.arg] = ast.unparse(keyword.value)
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if known is not None and not all(
        is_plain(value) and free_in(value) <= known for value in values
    ):
        return None
    return bound


class _Demo:
    """One stretch of demo code as expressions, with the demo's own variables filled in.

    `x = torch.randn(1, 8, 4, 4); block = Block(8).cuda(); block(x)` ends in the expression
    `Block(8).cuda()(torch.randn(1, 8, 4, 4))`.
    """

    def __init__(self, where: str, tree: ast.Module, body: Iterable[ast.stmt]) -> None:
        self.where = where
        self.expressions: list[ast.expr] = []
        self._functions = {
            statement.name: statement
            for statement in tree.body
            if isinstance(statement, ast.FunctionDef)
        }
        values = dict(_constants(tree))
        self._read(body, values, depth=0)

    def built(self, name: str) -> Iterator[ast.Call]:
        """The calls that build the class of that name, in order."""
        return (
            call
            for call in self._calls()
            if isinstance(call.func, ast.Name) and call.func.id == name
        )

    def feeds(self, name: str) -> Iterator[ast.Call]:
        """The calls of an instance of that class."""
        return (call for call in self._calls() if _is_instance(call.func, name))

    def fed(self, name: str) -> tuple[Shape, ...]:
        """The shapes that an instance is fed, or nothing where they are unclear."""
        for feed in self.feeds(name):
            shapes = [
                shape_of(argument)
                for argument in _flat([*feed.args, *(k.value for k in feed.keywords)])
            ]
            known = [shape for shape in shapes if shape is not None]
            if known and len(known) == len(shapes):
                return tuple(known)
        made = [shape_of(call) for call in self._calls()]
        shapes = [shape for index, shape in enumerate(made) if shape and shape not in made[:index]]
        return (shapes[0],) if len(shapes) == 1 and shapes[0] and any(self.built(name)) else ()

    def arguments_of(self, names: Iterable[str]) -> set[str]:
        """Those classes that are built within the arguments of another of them."""
        wanted = set(names)
        calls = [call for name in wanted for call in self.built(name)]
        return {
            name_of(inner.func)
            for call in calls
            for value in [*call.args, *(keyword.value for keyword in call.keywords)]
            for inner in ast.walk(value)
            if isinstance(inner, ast.Call) and name_of(inner.func) in wanted
        }

    def _calls(self) -> Iterator[ast.Call]:
        nodes = itertools.chain.from_iterable(map(ast.walk, self.expressions))
        return (node for node in nodes if isinstance(node, ast.Call))

    def _read(
        self, body: Iterable[ast.stmt], values: dict[str, ast.expr], depth: int
    ) -> ast.expr | None:
        """Read statements in order; gives what they return."""
        returned: ast.expr | None = None
        for statement in body:
            inner: list[ast.stmt] = []
            if isinstance(
                statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return | ast.Assert
            ):
                value = statement.test if isinstance(statement, ast.Assert) else statement.value
                if value is None:
                    continue
                value = self._resolve(value, values, depth)
                if isinstance(statement, ast.Return):
                    returned = returned or value
                for target in _targets(statement):
                    _assign(target, value, values)
            elif isinstance(statement, ast.For):
                if isinstance(statement.iter, ast.List | ast.Tuple) and statement.iter.elts:
                    first = self._resolve(statement.iter.elts[0], values, depth)
                    _assign(statement.target, first, values)
                inner = statement.body
            elif isinstance(statement, ast.With | ast.If | ast.Try):
                inner = statement.body
            returned = returned or self._read(inner, values, depth)
        return returned

    def _resolve(self, value: ast.expr, values: dict[str, ast.expr], depth: int) -> ast.expr:
        resolved = fill(value, values)
        for call in [node for node in ast.walk(resolved) if isinstance(node, ast.Call)]:
            function = (
                self._functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
            )
            result = self._enter(function, call, depth) if function and depth < 3 else None
            if call is resolved and result is not None:
                resolved = result
        self.expressions.append(resolved)
        return resolved

    def _enter(self, function: ast.FunctionDef, call: ast.Call, depth: int) -> ast.expr | None:
        """Read the body of a function that the demo calls, with its arguments filled in."""
        names = [parameter.arg for parameter in [*function.args.posonlyargs, *function.args.args]]
        defaults = function.args.defaults
        values = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        values.update(zip(names, call.args, strict=False))
        values.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
        return self._read(function.body, values, depth + 1)


def _demos(tree: ast.Module) -> list[_Demo]:
    guarded = [
        statement
        for statement in tree.body
        if isinstance(statement, ast.If) and is_main_block(statement)
    ]
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    loose = [
        statement
        for statement in tree.body
        if statement not in guarded and not isinstance(statement, definitions)
    ]
    tests = [
        statement
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef)
        and statement.name.startswith(("test", "demo", "main"))
    ]
    bodies = [*(guard.body for guard in guarded), loose, *(test.body for test in tests)]
    examples = [_example_code(text) for text in _docstrings(tree)]
    return [_Demo(DEMO, tree, body) for body in bodies] + [
        _Demo(DOCSTRING, tree, body) for body in examples if body
    ]


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node)
            if text and ">>>" in text:
                yield text


def _example_code(docstring: str) -> list[ast.stmt]:
    """The statements after `>>>` and `...`; those that do not parse are left out."""
    statements: list[str] = []
    for line in map(str.strip, docstring.splitlines()):
        if line.startswith(">>> "):
            statements.append(line[4:])
        elif line.startswith("... ") and statements:
            statements[-1] += "\n" + line[4:]
    body: list[ast.stmt] = []
    for statement in statements:
        try:
            body += ast.parse(statement).body
        except SyntaxError:
            continue
    return body


def _classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """The classes at module level, also those under `if` and `try`."""
    found: dict[str, ast.ClassDef] = {}
    rest: list[ast.AST] = [*tree.body]
    while rest:
        node = rest.pop(0)
        if isinstance(node, ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            rest = [*ast.iter_child_nodes(node), *rest]
        elif isinstance(node, ast.ExceptHandler):
            rest = [*node.body, *rest]
    return found


def _module_names(tree: ast.Module) -> frozenset[str]:
    """The names that the module's own statements bind, its demo left out."""
    names: set[str] = set()
    rest: list[ast.AST] = [*tree.body]
    while rest:
        node = rest.pop()
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((name.asname or name.name).partition(".")[0] for name in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif not is_main_block(node):
            rest += ast.iter_child_nodes(node)
    return frozenset(names)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value


def _parameters(name: str, classes: dict[str, ast.ClassDef]) -> tuple[Parameter, ...]:
    """The constructor's parameters, of the first class in the bases' order that has one."""
    rest, seen = [name], set[str]()
    while rest:
        current = rest.pop(0)
        node = classes.get(current)
        if node is None or current in seen:
            continue
        seen.add(current)
        for member in node.body:
            if isinstance(member, ast.FunctionDef) and member.name == "__init__":
                return tuple(_declared(member.args))
        rest = [*map(name_of, node.bases), *rest]
    return ()


def _declared(args: ast.arguments) -> Iterator[Parameter]:
    positional = [*args.posonlyargs, *args.args]
    missing = len(positional) - len(args.defaults)
    defaults: list[ast.expr | None] = [*[None] * missing, *args.defaults]
    for arg, default in list(zip(positional, defaults, strict=True))[1:]:
        yield Parameter(arg.arg, _text(arg.annotation), _text(default))
    if args.vararg:
        yield Parameter(args.vararg.arg, _text(args.vararg.annotation), None, "args")
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield Parameter(arg.arg, _text(arg.annotation), _text(default), "keyword")
    if args.kwarg:
        yield Parameter(args.kwarg.arg, _text(args.kwarg.annotation), None, "kwargs")


def _text(node: ast.expr | None) -> str | None:
    return None if node is None else ast.unparse(node)


def _example(tree: ast.Module, parameters: Sequence[Parameter]) -> Iterator[Arguments]:
    for statement in tree.body:
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Dict) and "EXAMPLE" in map(_text, _targets(statement)):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
            keywords = [
                ast.keyword(key, item)
                for key, item in zip(keys, value.values, strict=True)
                if isinstance(key, str)
            ]
            call = bind(ast.Call(ast.Name("_", ast.Load()), [], keywords), parameters)
            if call is not None:
                yield call


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _assign(target: ast.expr, value: ast.expr, values: dict[str, ast.expr]) -> None:
    """Bind a demo's variable; one whose value is not simple is forgotten."""
    if isinstance(target, ast.Tuple | ast.List):
        many = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        parts = value.elts if many and isinstance(value, ast.Tuple | ast.List) else None
        for index, elt in enumerate(target.elts):
            _assign(elt, parts[index] if parts else ast.Name("_", ast.Load()), values)
    elif isinstance(target, ast.Name):
        values.pop(target.id, None)
        if sum(1 for _ in ast.walk(value)) <= _LARGEST:
            values[target.id] = value


def _is_instance(expression: ast.expr, name: str) -> bool:
    """Whether the expression is `Name(…)`, also moved, wrapped or named by its `forward`."""
    if isinstance(expression, ast.Attribute):
        return expression.attr == "forward" and _is_instance(expression.value, name)
    if not isinstance(expression, ast.Call):
        return False
    if isinstance(expression.func, ast.Name) and expression.func.id == name:
        return True
    if isinstance(expression.func, ast.Attribute) and name_of(expression.func) in _PASS_ON:
        inner = [expression.func.value, *expression.args]
        return any(_is_instance(operand, name) for operand in inner)
    return False


def _flat(values: Iterable[ast.expr]) -> Iterator[ast.expr]:
    for value in values:
        if isinstance(value, ast.List | ast.Tuple):
            yield from _flat(value.elts)
        else:
            yield value
