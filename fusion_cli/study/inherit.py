"""A class together with the methods that it inherits: a fused class has to hold what it changes.

`C3k(C3)` has no `forward` of its own. Its text is given a copy of the one in `C3`, in which
`super()` still means what it meant there; what the rewriting leaves as it was is dropped again.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fusion_cli.model.sources import ModuleSource
from fusion_cli.resolve.follow import (
    Definition,
    Follower,
    Namespace,
    Plain,
)
from fusion_cli.resolve.supply import insert_line
from fusion_cli.syntax.imports import Import, import_lines_of
from fusion_cli.syntax.modules import Belonging, Module, of_source
from fusion_cli.syntax.names import free_names
from fusion_cli.syntax.statements import first_line

_NO_LAYERS = ("Module", "Sequential", "ModuleList", "ModuleDict")
_ROOTS = ("__init__", "forward")
# What a subclass of one of torch's layers does; torch's own methods are not copied.
_FORWARD = "def forward(self, input):\n    return super().forward(input)"
# That of `nn.Sequential` runs all that it holds, so it must be at hand to leave out what is added.
_IN_TURN = """\
def forward(self, input):
    for module in self:
        input = module(input)
    return input"""


@dataclass(frozen=True, eq=False)
class _Class:
    """A class statement and the file that it stands in."""

    module: Module
    node: ast.ClassDef

    @cached_property
    def methods(self) -> dict[str, ast.FunctionDef]:
        return {
            statement.name: statement
            for statement in self.node.body
            if isinstance(statement, ast.FunctionDef)
        }


def with_inherited(source: ModuleSource) -> tuple[ModuleSource, frozenset[str]]:
    """The class with `__init__`, `forward` and the methods that these call, and which were inherited.

    A method is left where it is if its file uses a name that the class's own file means otherwise.
    """
    module = of_source(source)
    nodes = [
        statement
        for statement in module.body
        if isinstance(statement, ast.ClassDef) and statement.name == source.name
    ]
    if not nodes:
        return source, frozenset()
    own = _Class(module, nodes[-1])
    follower = Follower(frozenset[Belonging]({"file", "zoo", "package"}))
    bases = list(_bases(own, follower))
    found = dict(_missing(own, bases))
    imports: dict[str, str] = {}
    copies: dict[str, str] = {}
    if "forward" not in found and not any("forward" in base.methods for base in (own, *bases)):
        copies |= _torch_forward((own, *bases))
    for name, base in found.items():
        text = _copy(base, name)
        lines = _imports(own, base, text, follower)
        if lines is not None:
            copies[name] = text
            imports |= lines
    if not copies:
        return source, frozenset()
    text = _spliced(source.text, own, copies)
    for line in imports.values():
        text = insert_line(text, line)
    return replace(source, text=text), frozenset(copies)


def _bases(own: _Class, follower: Follower) -> Iterator[_Class]:
    """The classes that one inherits from, nearest first, as far as their source is at hand."""
    for base in own.node.bases:
        chain = _chain(base)
        if not chain or _is_torch(own.module, chain[0]):
            continue
        target, accesses = follower.find_dotted(own.module, chain)
        if not isinstance(target, Definition) or accesses != len(chain) - 1:
            continue
        node = target.module.body[target.binding.statements[-1]]
        if isinstance(node, ast.ClassDef):
            above = _Class(target.module, node)
            yield above
            yield from _bases(above, follower)


def _torch_forward(classes: Sequence[_Class]) -> dict[str, str]:
    """A copy of the `forward` that torch itself gives a class, from a layer or from `Sequential`."""
    names = {
        chain[-1]
        for cls in classes
        for chain in map(_chain, cls.node.bases)
        if chain and _is_torch(cls.module, chain[0])
    }
    if names - set(_NO_LAYERS):
        return {"forward": _FORWARD}
    return {"forward": _IN_TURN} if "Sequential" in names else {}


def _is_torch(module: Module, name: str) -> bool:
    """Whether a name comes from torch itself, whose classes are not taken apart."""
    target = Follower(frozenset[Belonging]()).find(module, name)
    name = target.dotted if isinstance(target, Import) else getattr(target, "name", "")
    return name.partition(".")[0] == "torch"


def _chain(node: ast.expr) -> tuple[str, ...]:
    """`("blocks", "Conv")` for `blocks.Conv`."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return (node.id, *names) if isinstance(node, ast.Name) else ()


def _missing(own: _Class, bases: Sequence[_Class]) -> Iterator[tuple[str, _Class]]:
    """The methods that run and that the class does not define, with the class that does."""
    waiting, seen = list(_ROOTS), set[str]()
    while waiting:
        name = waiting.pop()
        holder = next((base for base in (own, *bases) if name in base.methods), None)
        if name in seen or holder is None:
            continue
        seen.add(name)
        waiting += _called(holder.methods[name])
        if holder is not own:
            yield name, holder


def _called(method: ast.FunctionDef) -> list[str]:
    """The methods of the object itself that a method calls."""
    return [
        node.func.attr
        for node in ast.walk(method)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "self"
    ]


def _copy(base: _Class, name: str) -> str:
    """The text of a method, in which `super()` names the class that it stood in."""
    method = base.methods[name]
    lines = base.module.text.split("\n")[first_line(method) - 1 : method.end_lineno]
    receiver = method.args.args[0].arg if method.args.args else "self"
    text = textwrap.dedent("\n".join(lines).expandtabs())
    return re.sub(r"\bsuper\s*\(\s*\)", f"super({base.node.name}, {receiver})", text)


def _imports(own: _Class, base: _Class, text: str, follower: Follower) -> dict[str, str] | None:
    """The imports by which the class's own file gets the names of a copy; None where they clash."""
    lines: dict[str, str] = {}
    for name in sorted(free_names(text)) if base.module.path != own.module.path else ():
        there, here = follower.find(base.module, name), follower.find(own.module, name)
        if there == here or there is None:
            continue
        if here is not None and not _same(here, there):
            return None
        line = _import_line(base.module, name, there)
        if line is None:
            return None
        if here is None:
            lines[name] = line
    return lines


def _same(here: object, there: object) -> bool:
    """Whether two files mean one definition, or one installed package, by a name."""
    if isinstance(here, Namespace) and isinstance(there, Namespace):
        return not here.level and not there.level and here.dotted == there.dotted
    return (
        isinstance(here, Definition)
        and isinstance(there, Definition)
        and here.module.path == there.module.path
        and here.binding.statements == there.binding.statements
    ) or (isinstance(here, Plain) and isinstance(there, Plain) and here.name == there.name)


def _import_line(module: Module, name: str, target: object) -> str | None:
    if isinstance(target, Import):
        return import_lines_of([target])[-1]
    if isinstance(target, Plain):
        return f"import {target.name}"
    place = module.name or (module.path.stem if module.path.stem.isidentifier() else "")
    return f"from {place} import {name}" if place else None


def _spliced(text: str, own: _Class, copies: dict[str, str]) -> str:
    """The file with the copies in the class's body: its constructor first, all else at the end."""
    node, lines = own.node, text.split("\n")
    top = node.body[0]
    # What indents the class's own statements: tabs and spaces do not mix.
    indent = lines[top.lineno - 1][: top.col_offset] if top.lineno > node.lineno else " " * 4
    end = node.end_lineno or node.lineno
    if node.body[0].lineno == node.lineno:  # class A(B): pass
        head = lines[node.lineno - 1]
        lines[node.lineno - 1] = head[: node.body[0].col_offset].rstrip()
        lines.insert(node.lineno, indent + head[node.body[0].col_offset :])
        end += 1
    behind = [copy for name, copy in copies.items() if name != "__init__"]
    lines[end:end] = _indented(behind, indent)
    if "__init__" in copies:
        first = next(
            (statement for statement in node.body if isinstance(statement, ast.FunctionDef)), None
        )
        place = end if first is None else first_line(first) - 1
        lines[place:place] = [*_indented([copies["__init__"]], indent), ""]
    return "\n".join(lines)


def _indented(methods: Sequence[str], indent: str) -> list[str]:
    return [
        line for method in methods for line in ["", *textwrap.indent(method, indent).split("\n")]
    ]
