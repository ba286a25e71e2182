"""What repairs share: names as torch knows them, the methods that run in forward, edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import libcst as cst

from fusion_cli.syntax.tree import (
    code,
    enclosing,
    keyword_argument,
    parents_of,
    self_attribute,
    walk,
)

Edit = Callable[[Any], cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[Any]]
Edits = dict[cst.CSTNode, Edit]

CUSTOMARY = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "np": "numpy",
}
"""What these names mean in a file that forgot to import them."""

FLOATS = frozenset({"zeros", "ones", "empty", "eye", "linspace", "logspace", "rand", "randn"})
"""Functions of torch that make tensors of the default dtype if none is given."""

FACTORIES = FLOATS | {
    "arange", "full", "randint", "randperm", "tensor", "tril_indices", "triu_indices"
}  # fmt: skip
"""Functions of torch that make a tensor on the default device if none is given."""

# Attributes that only tensors have, among the things that modules are given.
_OF_TENSORS = frozenset({
    "shape", "size", "dim", "ndim", "device", "dtype", "data", "view", "reshape", "permute",
    "transpose", "contiguous", "flatten", "unsqueeze", "squeeze", "mean", "sum", "amax", "amin",
    "chunk", "split", "expand", "repeat", "clone", "detach", "float", "type_as", "new_zeros",
    "new_ones", "new_tensor", "is_cuda",
})  # fmt: skip
_OF_NUMBERS = frozenset({
    "int", "float", "bool", "str", "list", "tuple", "dict", "List", "Tuple",
})  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A parsed file with what repairs ask of it."""

    tree: cst.Module

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return parents_of(self.tree)

    @cached_property
    def imported(self) -> dict[str, str]:
        """Local names of imports and what they stand for: `{"F": "torch.nn.functional"}`."""
        names: dict[str, str] = {}
        for node in walk(self.tree):
            if isinstance(node, cst.Import):
                names.update(_bound(node.names, ""))
            elif isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
                module = code(node.module) + "." if node.module else "."
                names.update(_bound(node.names, module))
        return names

    def dotted(self, node: cst.CSTNode) -> str:
        """`torch.nn.ReLU` for `nn.ReLU`, whatever the file calls it; "" for what is no name."""
        if isinstance(node, cst.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr.value}" if before else ""
        if not isinstance(node, cst.Name):
            return ""
        return self.imported.get(node.value, CUSTOMARY.get(node.value, node.value))

    def called(self, node: cst.CSTNode) -> str:
        """The dotted name of what `node` calls, "" if it is no call of a name."""
        return self.dotted(node.func) if isinstance(node, cst.Call) else ""

    def local(self, dotted: str) -> str:
        """How this file spells a dotted name: `nn.ModuleList`."""
        for name, meaning in (*self.imported.items(), *CUSTOMARY.items()):
            if dotted == meaning:
                return name
        before, _, last = dotted.rpartition(".")
        return f"{self.local(before)}.{last}" if before else last

    @cached_property
    def modules(self) -> tuple[cst.ClassDef, ...]:
        """The classes of the file that are modules by their bases."""
        found: dict[str, cst.ClassDef] = {}
        classes = [node for node in walk(self.tree) if isinstance(node, cst.ClassDef)]
        for _ in classes:
            for node in classes:
                bases = {self.dotted(base.value) for base in node.bases}
                if any(base.startswith("torch.nn.") or base in found for base in bases):
                    found[node.name.value] = node
        return tuple(found.values())

    def is_module(self, node: cst.CSTNode) -> bool:
        """Whether an expression builds a module: `nn.ReLU()` or a module class of this file."""
        name = self.called(node)
        owned = {module.name.value for module in self.modules}
        last = name.rpartition(".")[2]
        built_in = name.startswith("torch.nn.") and last[:1].isupper() and "Parameter" not in last
        return name in owned or built_in

    def is_factory(self, node: cst.CSTNode, names: frozenset[str] = FACTORIES) -> bool:
        """Whether an expression makes a tensor by a function of torch."""
        module, _, name = self.called(node).rpartition(".")
        return module == "torch" and name in names

    def above(self, node: cst.CSTNode) -> Iterator[str]:
        """The methods called on an expression, one on the result of the other, inmost first."""
        attribute = self.parents.get(node)
        while isinstance(attribute, cst.Attribute) and attribute.value is node:
            call = self.parents[attribute]
            yield attribute.attr.value
            if not (isinstance(call, cst.Call) and call.func is attribute):
                return
            node, attribute = call, self.parents.get(call)

    def statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The simple statement that an expression stands in."""
        found = enclosing(node, self.parents, cst.SimpleStatementLine)
        return found if isinstance(found, cst.SimpleStatementLine) else None


def _bound(names: object, before: str) -> Iterator[tuple[str, str]]:
    assert isinstance(names, tuple | list)
    for alias in names:
        name = code(alias.name)
        if alias.asname is not None:
            yield code(alias.asname.name), before + name
        else:
            yield (name, before + name) if before else (name.split(".")[0],) * 2


def rewritten(text: str, edits_of: Callable[[Source], Edits]) -> str:
    """The text after the edits; as it was where there are none or it is no Python."""
    try:
        source = Source(cst.parse_module(text))
    except (cst.ParserSyntaxError, UnicodeError):
        return text
    edits = edits_of(source)
    if not edits:
        return text
    changed = source.tree.visit(_Apply(edits))
    assert isinstance(changed, cst.Module)
    return changed.code


class _Apply(cst.CSTTransformer):
    def __init__(self, edits: Mapping[cst.CSTNode, Edit]) -> None:
        super().__init__()
        self.edits = edits

    def on_leave(  # type: ignore[override]
        self, original: cst.CSTNode, updated: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[Any]:
        edit = self.edits.get(original)
        return updated if edit is None else edit(updated)


def remove(node: cst.CSTNode) -> cst.RemovalSentinel:
    return cst.RemovalSentinel.REMOVE


def methods(node: cst.ClassDef) -> dict[str, cst.FunctionDef]:
    """The methods of a class, by name."""
    return {
        statement.name.value: statement
        for statement in node.body.body
        if isinstance(statement, cst.FunctionDef)
    }


def running(node: cst.ClassDef) -> list[cst.FunctionDef]:
    """The methods that run in forward: it and what it calls; without one, all but the constructor's."""
    own = methods(node)
    if "forward" in own:
        return [own[name] for name in _reached("forward", own)]
    building = _reached("__init__", own) if "__init__" in own else []
    return [method for name, method in own.items() if name not in building]


def constructing(node: cst.ClassDef) -> list[cst.FunctionDef]:
    """The constructor, if the class has one."""
    return [method for name, method in methods(node).items() if name == "__init__"]


def _reached(start: str, own: Mapping[str, cst.FunctionDef]) -> list[str]:
    found, waiting = [start], [start]
    while waiting:
        for node in walk(own[waiting.pop()]):
            name = self_attribute(node)
            if name is not None and name in own and name not in found:
                found.append(name)
                waiting.append(name)
    return found


def tensor_parameter(function: cst.FunctionDef) -> str | None:
    """The first parameter of a method that must be a tensor, by how it is used.

    For `forward` that is the first parameter, unless it is used or annotated as something else.
    """
    used = _attributes(function)
    first = (
        0
        if any(code(decorator.decorator) == "staticmethod" for decorator in function.decorators)
        else 1
    )
    for index, parameter in enumerate(function.params.params[first:]):
        name = parameter.name.value
        noted = code(parameter.annotation.annotation) if parameter.annotation else ""
        if noted.split("[")[0].rpartition(".")[2] in _OF_NUMBERS or parameter.default:
            continue
        plain = function.name.value == "forward" and index == 0 and not _is_sequence(name, function)
        if noted.endswith("Tensor") or used.get(name, set()) & _OF_TENSORS or plain:
            return name
    return None


def _attributes(function: cst.FunctionDef) -> dict[str, set[str]]:
    """The attributes that a function reads of each plain name."""
    found: dict[str, set[str]] = {}
    for node in walk(function):
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            found.setdefault(node.value.value, set()).add(node.attr.value)
    return found


def _is_sequence(name: str, function: cst.FunctionDef) -> bool:
    """Whether a parameter is unpacked, measured or gone through, as lists of tensors are."""
    for node in walk(function):
        if isinstance(node, cst.For | cst.CompFor) and code(node.iter) == name:
            return True
        if isinstance(node, cst.Call) and code(node) in (f"len({name})", f"enumerate({name})"):
            return True
        if isinstance(node, cst.Subscript) and code(node.value) == name:
            return True
        if isinstance(node, cst.Assign) and code(node.value) == name:
            return any(isinstance(target.target, cst.Tuple) for target in node.targets)
    return False


def argument(call: cst.Call, name: str) -> cst.Arg | None:
    """The keyword argument of a call."""
    return next((arg for arg in call.args if arg.keyword and arg.keyword.value == name), None)


def with_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with the keyword argument set to `value`, in its place or at the end."""
    new = keyword_argument(name, cst.parse_expression(value))
    old = argument(call, name)
    if old is not None:
        new = old.with_changes(value=new.value)
        return call.with_changes(args=[new if arg is old else arg for arg in call.args])
    return call.with_changes(args=_appended(call.args, new))


def without_keyword(call: cst.Call, name: str) -> cst.Call:
    """The call less one keyword argument."""
    left = [arg for arg in call.args if not (arg.keyword and arg.keyword.value == name)]
    if left and left[-1] is not call.args[-1]:
        left[-1] = left[-1].with_changes(comma=call.args[-1].comma)
    return call.with_changes(args=left)


def _appended(given: Sequence[cst.Arg], new: cst.Arg) -> list[cst.Arg]:
    """The arguments and one more, set as they are: on a line of its own if the last one is."""
    if not given:
        return [new]
    *before, last = given
    between = _bare(before[-1].comma if before else cst.MaybeSentinel.DEFAULT)
    if isinstance(last.comma, cst.Comma):
        return [*before, last.with_changes(comma=between), new.with_changes(comma=last.comma)]
    closing = last.whitespace_after_arg
    last = last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
    return [*before, last, new.with_changes(whitespace_after_arg=closing)]


_SPACE = cst.SimpleWhitespace(" ")


def _bare(comma: cst.Comma | cst.MaybeSentinel) -> cst.Comma:
    """A comma with the line break of another, without its comments."""
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else _SPACE
    if isinstance(space, cst.ParenthesizedWhitespace):
        space = space.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    return cst.Comma(whitespace_after=space)


def renamed(call: cst.Call, method: str) -> cst.Call:
    """`x.view(1)` as `x.reshape(1)`."""
    assert isinstance(call.func, cst.Attribute)
    return call.with_changes(func=call.func.with_changes(attr=cst.Name(method)))


def converted(call: cst.Call, target: str) -> cst.Call:
    """`x.cuda()` as `x.to(target)`."""
    return renamed(call, "to").with_changes(args=[cst.Arg(cst.parse_expression(target))])


def receiver(call: cst.CSTNode, *names: str) -> cst.BaseExpression | None:
    """What a method of one of these names is called on: `x` of `x.view(1)`."""
    if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute):
        return call.func.value if call.func.attr.value in names else None
    return None
