"""Which class of a file is meant, found out from its text alone."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable

from fusion_cli.model.errors import BadFile
from fusion_cli.resolve.follow import Definition, Follower
from fusion_cli.syntax.imports import Import
from fusion_cli.syntax.modules import Belonging, Module
from fusion_cli.syntax.names import scan

# Classes of these are no modules, whatever they are called.
_OTHER = ("torch.autograd", "torch.optim", "torch.utils", "torch.distributions", "torch.onnx")


def classes_of(module: Module) -> dict[str, ast.ClassDef]:
    """The classes that a file defines at its top, or under a condition there."""
    return {node.name: node for top in module.body for node in _classes_in(top)}


def _classes_in(node: ast.AST) -> Iterable[ast.ClassDef]:
    if isinstance(node, ast.ClassDef):
        yield node
    elif not isinstance(node, (ast.expr, ast.FunctionDef, ast.AsyncFunctionDef)):
        for child in ast.iter_child_nodes(node):
            yield from _classes_in(child)


def the_class(module: Module) -> str:
    """The class that a file is about: its demo's, else the one that no other class of it uses.

    Raises:
        BadFile: There is none, or more than one could be meant.
    """
    classes = classes_of(module)
    if not classes:
        raise BadFile(
            f"{module.path} holds no class", "it should hold the class of a PyTorch module"
        )
    choices = classes_meant(module)
    if not choices:
        raise BadFile(
            f"no class in {module.path} is an nn.Module", f"its classes are {', '.join(classes)}"
        )
    if len(choices) > 1:
        raise BadFile(
            f"{module.path} holds several modules: {', '.join(choices)}",
            f"say which: `{module.path.name}:{choices[0]}`",
        )
    return choices[0]


def classes_meant(module: Module) -> list[str]:
    """The class that a file is about, or, where the file does not tell, those that could be."""
    from fusion_cli.resolve.evidence import demo_class

    classes = classes_of(module)
    candidates = [name for name in classes if is_module_class(module, name)]
    shown = demo_class(module.text)
    if shown in candidates:
        return [shown]
    uses = {name: _used_by(module, node) for name, node in classes.items()}
    used = {name for other, names in uses.items() for name in names if name != other}
    return [name for name in candidates if name not in used] or candidates


def _used_by(module: Module, node: ast.AST) -> set[str]:
    """The names that a class reads, also through functions of its file: `conv3x3`, `normalization`."""
    functions = {
        statement.name: statement
        for statement in module.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found, rest = set[str](), [node]
    while rest:
        names = {ref.name for ref in scan([rest.pop()]).references} - found
        rest += [functions[name] for name in names if name in functions]
        found |= names
    return found


def demand_module_class(module: Module, name: str) -> None:
    """Refuse a name that is no class, or a class that cannot be a module.

    Raises:
        BadFile: It is not.
    """
    if name not in classes_of(module):
        raise BadFile(f"`{name}` in {module.path} is not a class", "name a class")
    if not is_module_class(module, name):
        raise BadFile(f"`{name}` in {module.path} is not an nn.Module", "name a class that is one")


def is_module_class(module: Module, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a class may be an `nn.Module`: a base is one, or comes from where that is not known."""
    node = classes_of(module).get(name)
    if node is None or name in seen:
        return False
    return any(_is_module_base(module, base, seen | {name}) for base in node.bases)


def _is_module_base(module: Module, base: ast.expr, seen: frozenset[str]) -> bool:
    if isinstance(base, ast.Subscript):
        base = base.value
    chain = ast.unparse(base).split(".")
    if chain[0] in classes_of(module) and len(chain) == 1:
        return chain[0] not in seen and is_module_class(module, chain[0], seen)
    target, accesses = Follower(frozenset[Belonging]({"file", "zoo"})).find_dotted(module, chain)
    if target is None:
        return not hasattr(builtins, chain[0])
    if isinstance(target, Definition):
        return len(chain) > accesses + 1 or is_module_class(target.module, target.binding.name)
    start = target.dotted if isinstance(target, Import) else chain[0]
    dotted = ".".join((start, *chain[1:]))
    return dotted.partition(".")[0] not in sys.stdlib_module_names and not dotted.startswith(_OTHER)
