"""When a host computes something else than it does by default: told by its own conditions.

The tests of the conditionals in its source are evaluated with the arguments of each run, and those
are named that told the runs apart. Where none did, the arguments of such a run are named instead.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fusion_cli.model.basics import Arguments, arguments_text
from fusion_cli.study.views import HostView

_LONGEST = 60  # characters of a condition: more than that tells a reader nothing
_DEPTH = 5  # definitions that are followed from a test to the arguments
_CALLS: Mapping[str, Callable[..., object]] = {"int": int, "max": max, "min": min, "len": len}
_BINARY: Mapping[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_OPPOSITES: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


class _Unknown(Exception):
    """The value of an expression does not follow from the arguments."""


@dataclass(frozen=True)
class _Something:
    """An argument that is no literal: all that is known of it is that it is not None."""


@dataclass(frozen=True)
class Cases:
    """The conditions of one host, and what they were in each of its runs."""

    host: HostView

    def default(self, runs: Sequence[int]) -> int:
        """The first of these runs whose arguments leave each default as it is, else the first."""
        return next((run for run in sorted(runs) if not self._chosen(run)), min(runs))

    def beside_defaults(self, run: int, alike: Sequence[int]) -> str:
        """The arguments of a run that are not their defaults: `for n=2`.

        Those are left out that are others in a run of the same formula, or that no condition and no
        loop of the host reads: they do not decide what is computed.
        """
        seen = self.host.observation.runs
        text = arguments_text(
            {
                name: text
                for name, text in self._chosen(run).items()
                if len({seen[each].args.get(name) for each in alike}) == 1
                and name in self._deciding
            }
        )
        return f"for {text}" if text and len(text) <= _LONGEST else ""

    def where(self, runs: Sequence[int], others: Sequence[int]) -> str:
        """What holds in each of `runs` and in none of `others`: `where c1 != c2`."""
        for test in self._tests:
            here = [self._holds(test, run) for run in runs]
            there = [self._holds(test, run) for run in others]
            if set(here) == {True} and set(there) <= {False}:
                text = ast.unparse(test)
            elif set(here) == {False} and set(there) <= {True}:
                text = " or ".join(self._failing(test, runs))
            else:
                continue
            if len(text) <= _LONGEST:
                return f"where {text}"
        return self._as_run(runs)

    def _failing(self, test: ast.expr, runs: Sequence[int]) -> list[str]:
        """The opposites of those parts of a conjunction that did not hold in one of the runs."""
        joined = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)
        parts = test.values if isinstance(test, ast.BoolOp) and joined else [test]
        failing = [part for part in parts if not all(self._holds(part, run) for run in runs)]
        return list(dict.fromkeys(ast.unparse(_opposite(one)) for one in failing))

    def _as_run(self, runs: Sequence[int]) -> str:
        """How the arguments of one of these runs, the nearest to the base run, differ from it."""
        base = self.host.observation.base
        seen = [self.host.observation.runs[run] for run in runs]
        changed = [
            {name: text for name, text in run.args.items() if base.args.get(name) != text}
            for run in seen
        ]
        args = min(changed, key=len)
        size = "×".join(map(str, seen[changed.index(args)].inputs[0][1:]))
        text = arguments_text(args) or f"an input of {size}"
        return f"for {text}" if len(text) <= _LONGEST else "for other arguments"

    def _chosen(self, run: int) -> Arguments:
        """The arguments of a run that are not their defaults, but for those that have none."""
        given, defaults = self.host.observation.runs[run].args, self._defaults
        return {name: text for name, text in given.items() if defaults.get(name, text) != text}

    @cached_property
    def _class(self) -> ast.Module:
        return ast.parse(self.host.source.tree.code)

    @cached_property
    def _constructor(self) -> ast.FunctionDef | None:
        methods = (node for node in ast.walk(self._class) if isinstance(node, ast.FunctionDef))
        return next((method for method in methods if method.name == "__init__"), None)

    @cached_property
    def _defaults(self) -> Arguments:
        """The source of the constructor's defaults by parameter."""
        if self._constructor is None:
            return {}
        given = self._constructor.args
        named = [*given.posonlyargs, *given.args]
        last = named[len(named) - len(given.defaults) :]
        pairs = [
            *zip(last, given.defaults, strict=True),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        return {name.arg: ast.unparse(value) for name, value in pairs if value is not None}

    @cached_property
    def _definitions(self) -> Mapping[str, ast.expr]:
        """What the constructor assigns once to a local name or an attribute (`self.add`)."""
        found: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self._constructor) if self._constructor else ():
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    found.setdefault(ast.unparse(target), []).append(node.value)
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    @cached_property
    def _tests(self) -> list[ast.expr]:
        """What the host's conditionals test, in the terms of its constructor's arguments."""
        tests = [
            node.test for node in ast.walk(self._class) if isinstance(node, ast.If | ast.IfExp)
        ]
        known = {ast.unparse(one): one for one in map(self._in_arguments, tests)}
        return list(known.values())

    @cached_property
    def _deciding(self) -> set[str]:
        """The names that conditions and loops of the host read."""
        loops = [
            self._in_arguments(node.iter)
            for node in ast.walk(self._class)
            if isinstance(node, ast.For | ast.comprehension)
        ]
        read = (node for one in (*self._tests, *loops) for node in ast.walk(one))
        return {node.id for node in read if isinstance(node, ast.Name)}

    def _in_arguments(self, test: ast.expr) -> ast.expr:
        for _ in range(_DEPTH):
            test = _Defined(self._definitions).visit(ast.parse(ast.unparse(test), mode="eval")).body
        return test

    def _holds(self, test: ast.expr, run: int) -> bool | None:
        """Whether a test held in a run; None where its arguments do not tell."""
        texts = {**self._defaults, **self.host.observation.runs[run].args}
        values = {name: _literal(text) for name, text in texts.items()}
        try:
            value = _value(test, values)
            return None if isinstance(value, _Something) else bool(value)
        except Exception:  # whatever a user's expression raises with these values
            return None


class _Defined(ast.NodeTransformer):
    """Put what the constructor assigned in the place of names and attributes."""

    def __init__(self, definitions: Mapping[str, ast.expr]) -> None:
        self._definitions = definitions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._definitions.get(node.id, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._definitions.get(ast.unparse(node), node)


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _Something()


def _value(node: ast.expr, values: Mapping[str, object]) -> object:
    """The value of an expression of a kind that computes and does nothing else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(_value(item, values) for item in items)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _known(operand, values)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_known(part, values) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_known(part, values) for part in parts)
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _compared(sign, _value(left, values), _value(right, values))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return _BINARY[type(sign)](_known(left, values), _known(right, values))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
            return _CALLS[name](*(_known(arg, values) for arg in args))
    raise _Unknown


def _known(node: ast.expr, values: Mapping[str, object]) -> object:
    value = _value(node, values)
    if isinstance(value, _Something):
        raise _Unknown
    return value


def _compared(sign: ast.cmpop, left: object, right: object) -> object:
    """A comparison; what is no literal can be compared with None alone."""
    alone = isinstance(sign, ast.Is | ast.IsNot) and right is None
    if not alone and any(isinstance(side, _Something) for side in (left, right)):
        raise _Unknown
    return _COMPARISONS[type(sign)](left, right)


def _opposite(test: ast.expr) -> ast.expr:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(left=left, ops=[sign], comparators=right) if type(sign) in _OPPOSITES:
            return ast.Compare(left, [_OPPOSITES[type(sign)]()], right)
    return ast.UnaryOp(ast.Not(), test)
