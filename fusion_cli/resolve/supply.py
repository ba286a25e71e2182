"""What published files forget: imports that are missing, and module paths that have moved since."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

from fusion_cli.syntax.modules import (
    ZOO,
    ZOO_FOLDER,
    Module,
    is_exported,
    module_file,
)
from fusion_cli.syntax.names import bindings, scan
from fusion_cli.syntax.read import parse
from fusion_cli.syntax.statements import stands_first

# Names that published modules use without importing them, by the import that gives each.
_MODULES = {
    "F": "torch.nn.functional", "checkpoint": "torch.utils.checkpoint", "copy": "copy",
    "einops": "einops", "functools": "functools", "init": "torch.nn.init",
    "itertools": "itertools", "math": "math", "nn": "torch.nn", "np": "numpy", "numpy": "numpy",
    "os": "os", "random": "random", "sys": "sys", "time": "time", "timm": "timm",
    "torch": "torch", "torchvision": "torchvision", "typing": "typing", "warnings": "warnings",
}  # fmt: skip
_NAMES = {
    "collections": ("OrderedDict", "defaultdict", "namedtuple"),
    "collections.abc": ("Callable", "Iterable", "Sequence"),
    "copy": ("deepcopy",),
    "dataclasses": ("dataclass",),
    "einops": ("rearrange", "reduce", "repeat"),
    "einops.layers.torch": ("Rearrange", "Reduce"),
    "functools": ("partial", "reduce", "wraps"),
    "itertools": ("repeat",),
    "math": ("ceil", "floor", "log2", "sqrt"),
    "timm.layers": ("Mlp", "PatchEmbed", "make_divisible", "to_2tuple", "to_3tuple"),
    "torch": ("Tensor",),
    "torch.autograd": ("Function", "Variable"),
    "torch.nn": (
        "AdaptiveAvgPool2d", "AvgPool2d", "BatchNorm2d", "Conv2d", "Dropout", "GELU", "Identity",
        "LayerNorm", "Linear", "MaxPool2d", "Module", "ModuleList", "Parameter", "ReLU",
        "Sequential", "SiLU", "Sigmoid", "Softmax",
    ),
    "torch.nn.init": (
        "constant_", "kaiming_normal_", "normal_", "ones_", "trunc_normal_", "xavier_uniform_",
        "zeros_",
    ),
    "typing": (
        "Any", "ClassVar", "Dict", "Final", "List", "Literal", "Optional", "Tuple", "Type",
        "TypeVar", "Union",
    ),
}  # fmt: skip
_ZOO_LAYERS = ("DropPath", "LayerNorm2d")
_MOVED = (
    (re.compile(r"\btimm\.models\.layers\b"), "timm.layers"),
    (re.compile(r"\btimm\.models\.(?:helpers|registry|factory|hub|features|fx_features)\b"),
     "timm.models"),
    (re.compile(r"\btimm\.models\.(efficientnet_blocks|efficientnet_builder)\b"),
     r"timm.models._\1"),
)  # fmt: skip


@functools.lru_cache(maxsize=256)
def supply(text: str, path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a loose file with what it lacks, and notes that name it.

    All imports that are added stand on one line, so that the lines below move by one at most.
    """
    text, moved = _move(text)
    imports = _missing(Module(path, text, "file"))
    notes = [f"{path.name}: {old} is {new} today" for old, new in moved]
    if imports:
        names = ", ".join(f"`{name}`" for name in imports)
        notes.append(f"{path.name} uses {names} without an import: supplied")
        text = insert_line(text, "; ".join(dict.fromkeys(imports.values())))
    return text, tuple(notes)


def lacking(text: str, path: Path) -> frozenset[str]:
    """The well-known names that a loose file of this text uses without an import."""
    return frozenset(_missing(Module(path, text, "file")))


def import_of(name: str) -> str | None:
    """The import statement that gives a well-known name: of PyTorch and its kin, or of the zoo."""
    module = _zoo_names().get(name)
    return customary_import(name) or (f"from {module} import {name}" if module else None)


def customary_import(name: str) -> str | None:
    """The import statement by which files on PyTorch get a well-known name; None for any other."""
    if module := _MODULES.get(name):
        parent, _, last = module.rpartition(".")
        if last == name:
            return f"from {parent} import {name}" if parent else f"import {name}"
        return f"import {module} as {name}"
    found = next((module for module, names in _NAMES.items() if name in names), None)
    return f"from {found} import {name}" if found else None


def _move(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Bring the import statements of moved modules up to date."""
    moved: dict[str, str] = {}
    lines = text.split("\n")
    for node in ast.walk(parse(text)) if "timm.models" in text else ():
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for index in range(node.lineno - 1, node.end_lineno or node.lineno):
            for old, new in _MOVED:
                for match in old.finditer(lines[index]):
                    moved[match.group()] = match.expand(new)
                lines[index] = old.sub(new, lines[index])
    return "\n".join(lines), tuple(moved.items())


def _missing(module: Module) -> dict[str, str]:
    """The well-known names that a file reads and neither binds nor imports, with their imports."""
    references = scan(module.body).references
    bound = {name for node in module.body for name in bindings(node)}
    bound |= {ref.name for ref in references if ref.store}
    wanted = dict.fromkeys(ref.name for ref in references if ref.name not in bound)
    return {
        name: found
        for name in wanted
        if (found := import_of(name))
        and not any(_brings(module, star, name) for star in module.stars)
    }


def _brings(module: Module, star: ast.ImportFrom, name: str, depth: int = 8) -> bool:
    """Whether a star import brings a name; one whose file is not at hand may bring any."""
    place = module_file(star.level, star.module or "", module)
    if place is None or not depth:
        return True
    source = place.open()
    if source.lookup(name):
        return is_exported(source, name)
    return any(_brings(source, inner, name, depth - 1) for inner in source.stars)


def insert_line(text: str, line: str) -> str:
    """Put a line behind the docstring and the `__future__` imports."""
    after = 0
    for index, node in enumerate(parse(text).body):
        if not stands_first(node, index):
            break
        after = node.end_lineno or after
    lines = text.split("\n")
    if not after and lines[0].startswith("#!"):
        after = 1
    if after < len(lines) and not lines[after].strip():
        lines[after] = line  # in the place of a blank line, so that no line below moves
    else:
        lines.insert(after, line)
    return "\n".join(lines)


@functools.lru_cache(maxsize=1)
def _zoo_names() -> dict[str, str]:
    """The names of the zoo that published files use, by the module that defines each."""
    found = dict.fromkeys(_ZOO_LAYERS, f"{ZOO}.layers")
    for path in (
        path for kind in ("hosts", "donors") for path in sorted((ZOO_FOLDER / kind).glob("*.py"))
    ):
        for node in parse(path.read_text("utf-8")).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
                found.setdefault(node.name, f"{ZOO}.{path.parent.name}.{path.stem}")
    return found
