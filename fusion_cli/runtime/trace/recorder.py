"""Run a module once and write down its dataflow: which calls and operators feed which.

Values are numbered by tensor identity and version, so an in-place operation makes a new value of
the same tensor. One record serves the default site, the contracts of all sites, `fuse show` and
the formula in the docstring of the written class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeGuard

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fusion_cli.model.basics import Shape
from fusion_cli.model.flow import WIDTHS, Flow, Node, Origin, Packed, Submodule
from fusion_cli.runtime.battery.context import state_of, tensors


class Recorder(TorchFunctionMode):
    """Records module calls, operators and probed expressions while it is active."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.expressions: list[tuple[int, int, int]] = []
        self.shapes: list[Shape] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._alive: list[Tensor] = []  # keeps identities from being reused
        self._clock = 0
        self._stack: list[str] = []
        self._module = module
        self._entered: list[tuple[int, Sequence[Tensor], list[int], list[int]]] = []

    def number(self, tensor: Tensor) -> int:
        """The number of a tensor's present value."""
        with torch._C.DisableTorchFunction():  # reading an attribute is no event of the module
            key = (id(tensor), tensor._version)
            if key not in self._numbers:
                self._numbers[key] = len(self.shapes)
                self.shapes.append(tuple(tensor.shape))
                self._alive.append(tensor)
            return self._numbers[key]

    def value(self, number: int, value: object) -> object:
        """Take note of an expression's value and hand it on."""
        if isinstance(value, Tensor):
            self.expressions.append((number, self.number(value), self._tick()))
        return value

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = tensors([list(args), dict(kwargs or {})])
        before = [self.number(value) for value in given]
        begin = self._tick()
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", str(func))
        self._note("op", name, begin, given, before, tensors(result), _number_in(args))
        return result

    def _note(
        self,
        kind: Literal["module", "op"],
        name: str,
        begin: int,
        given: Sequence[Tensor],
        before: list[int],
        made: Sequence[Tensor],
        number: tuple[int, int | float] | None = None,
    ) -> None:
        pairs = [(old, self.number(value)) for value, old in zip(given, before, strict=True)]
        changed = [(old, new) for old, new in pairs if old != new]
        outputs = [self.number(one) for one in made] + [new for _, new in changed]
        if not outputs:
            return
        self.nodes.append(
            Node(
                index=len(self.nodes),
                kind=kind,
                name=name,
                owner=self._stack[-1] if self._stack else None,
                inputs=tuple(before),
                outputs=tuple(dict.fromkeys(outputs)),
                mutates=tuple(old for old, _ in changed),
                begin=begin,
                end=self._tick(),
                number=number,
            )
        )

    def _enter(self, paths: Sequence[str]) -> Callable[..., None]:
        """Note a call; a part of several names is called by that in the module that runs it."""

        def hook(module: nn.Module, args: Any, kwargs: Any) -> None:
            given = tensors([list(args), kwargs])
            self._entered.append(
                (self._tick(), given, [self.number(value) for value in given], list(map(id, args)))
            )
            within = self._stack[-1] if self._stack else ""
            named = (path for path in paths if path and path.rpartition(".")[0] == within)
            self._stack.append(next(named, paths[0]))

        return hook

    def _leave(self) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            path = self._stack.pop()
            begin, given, before, _ = self._entered.pop()
            if path:
                self._note("module", path, begin, given, before, tensors(output))

        return hook

    def run(
        self, inputs: Sequence[object], built: Mapping[str, int], origins: Mapping[str, Origin]
    ) -> Flow:
        """Run the module on `inputs` and give the record, with what is known of its parts."""
        handles = []
        paths: dict[nn.Module, list[str]] = {}
        for path, module in self._module.named_modules(remove_duplicate=False):
            paths.setdefault(module, []).append(path)
        for module, names in paths.items():
            handles.append(module.register_forward_pre_hook(self._enter(names), with_kwargs=True))
            handles.append(module.register_forward_hook(self._leave(), with_kwargs=True))
        given = [self.number(tensor) for tensor in tensors(list(inputs))]
        constants = {self.number(tensor): name for name, tensor in state_of(self._module)}
        try:
            with torch.no_grad(), self:
                output = self._module(*inputs)
        finally:
            for handle in handles:
                handle.remove()
        return Flow(
            inputs=tuple(given),
            outputs=tuple(self.number(tensor) for tensor in tensors(output)),
            packed=packed(output),
            shapes=tuple(self.shapes),
            modules=describe_modules(self._module),
            origins=origins,
            built=built,
            widths=widths(self._module),
            constants=constants,
            expressions=tuple(self.expressions),
            nodes=tuple(self.nodes),
        )


def _number_in(args: Sequence[Any]) -> tuple[int, int | float] | None:
    """The plain number among two operands, and its place: `x * 0.5` is (1, 0.5)."""
    numbers = [(place, arg) for place, arg in enumerate(args[:2]) if type(arg) in (int, float)]
    return numbers[0] if len(args) == 2 and len(numbers) == 1 else None


def describe_modules(module: nn.Module) -> dict[str, Submodule]:
    """Every submodule as it was built, by path."""
    return {
        path: Submodule(
            cls=type(one).__name__,
            sequential=is_plain_sequence(one),
            children=tuple(name for name, part in one._modules.items() if part is not None),
            convolution=is_convolution(one),
            work=sum(leaf_work(leaf) for leaf in one.modules()),
        )
        for path, one in module.named_modules(remove_duplicate=False)
        if path
    }


def packed(output: object) -> Packed:
    """What the tensors of an output come in: alone, as a flat sequence or mapping, or otherwise."""
    if isinstance(output, Tensor):
        return "alone"
    values = list(output.values()) if isinstance(output, Mapping) else output
    if isinstance(values, list | tuple) and all(isinstance(value, Tensor) for value in values):
        return "sequence" if values is output else "mapping"
    return "otherwise"


def is_plain_sequence(module: nn.Module) -> bool:
    """Whether a module runs its items in turn, and a slice of it does too."""
    plain = nn.Sequential
    own = type(module)
    return own.forward is plain.forward and own.__init__ is plain.__init__


def widths(module: nn.Module) -> dict[str, dict[str, int]]:
    """The numbers of channels that layers tell of themselves, by the expression of the layer."""
    found: dict[str, dict[str, int]] = {}
    for path, part in module.named_modules():
        text = _layer_text(module, path)
        told = {name: getattr(part, name, None) for name in WIDTHS}
        numbers = {name: value for name, value in told.items() if type(value) is int}
        if text and numbers:
            found[text] = numbers
    return found


def _layer_text(module: nn.Module, path: str) -> str:
    """`self.body[0].conv`, or nothing where a name on the way is none of Python's."""
    text, holder = "self", module
    for name in filter(None, path.split(".")):
        listed = isinstance(holder, nn.Sequential | nn.ModuleList) and name.isdigit()
        if not (listed or name.isidentifier()):
            return ""
        text += f"[{name}]" if listed else f".{name}"
        holder = getattr(holder, name)
    return text


def leaf_work(module: nn.Module) -> int:
    """1 for a layer that mixes channels or pixels by a weight of its own, else 0."""
    return int(any(parameter.ndim >= 2 for parameter in module.parameters(recurse=False)))


def is_convolution(module: nn.Module) -> bool:
    """Whether a module is one convolution, alone or with its norm and activation."""
    weights = [
        parameter
        for leaf in module.modules()
        for parameter in leaf.parameters(recurse=False)
        if parameter.ndim >= 2
    ]
    return len(weights) == 1 and weights[0].ndim >= 4


def _are_numbers(value: object) -> TypeGuard[Sequence[int]]:
    """Whether a value is a tuple or list of whole numbers: a stride as a pair, widths in turn."""
    return isinstance(value, tuple | list) and bool(value) and {*map(type, value)} == {int}


class Scopes:
    """Evaluates candidate expressions in the scope of each statement of `__init__`."""

    def __init__(self, candidates: Mapping[int, Sequence[str]], namespace: dict[str, Any]) -> None:
        self._codes = {
            number: [(text, compile(text, "<candidate>", "eval")) for text in texts]
            for number, texts in candidates.items()
        }
        self._namespace = namespace
        self._seen: dict[int, dict[int, dict[str, int]]] = {}

    def probe(self, number: int, scope: Mapping[str, Any]) -> None:
        """Called before statement `number` runs, with its local names."""
        found = self._seen.setdefault(id(scope.get("self")), {}).setdefault(number, {})
        for text, compiled in self._codes.get(number, ()):
            try:
                value = eval(compiled, self._namespace, dict(scope))
            except Exception:  # a name that is not bound yet: no candidate here
                continue
            if isinstance(value, int) and not isinstance(value, bool):
                found.setdefault(text, value)
            elif _are_numbers(value) and text.replace(".", "_").isidentifier():
                found.setdefault(f"{text}[0]", value[0])
                found.setdefault(f"{text}[-1]", value[-1])

    def of(self, module: nn.Module) -> dict[int, dict[str, int]]:
        """What was found while `module` was built; forgets everything seen until now."""
        found = self._seen.get(id(module), {})
        self._seen.clear()  # identities are used again
        return found
