"""Build a class and run it, and tell what went wrong where it fails."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.observation import Returns, Run
from fusion_cli.model.sources import Parameter
from fusion_cli.runtime.battery.context import tensors
from fusion_cli.runtime.global_state import seeded
from fusion_cli.runtime.observe.feed import Feed
from fusion_cli.runtime.observe.roles import guesses
from fusion_cli.runtime.observe.work import Work, step
from fusion_cli.runtime.subject import evaluated
from fusion_cli.runtime.tracebacks import user_lines

UNSET = object()


@dataclass(frozen=True)
class Outcome:
    """One construction and forward that worked. Equal `trace`s mean equal dataflow and shapes."""

    args: Arguments
    feed: Feed
    outputs: tuple[Shape, ...]
    trace: tuple[tuple[str, Shape], ...]
    returns: Returns = "tensor"

    @property
    def keeps_batch(self) -> bool:
        """Whether some output has a row for each sample; else the layout fed may be wrong."""
        return any(shape[:1] == (self.feed.sizes["b"],) for shape in self.outputs)

    @property
    def keeps_map(self) -> bool:
        """Whether the first output is as large as the first input, whatever its channels."""
        given, got = self.feed.shapes[0], self.outputs[0]
        return (*given[:1], *given[2:]) == (*got[:1], *got[2:])

    @property
    def run(self) -> Run:
        return Run(dict(self.args), self.feed.shapes, self.outputs)


@dataclass(frozen=True)
class Failure:
    """One construction (`feed` is None) or forward that raised."""

    args: Arguments
    feed: Feed | None
    error: BaseException
    steps: int = 0  # operators that gave a tensor before: asking for a size is no progress

    @property
    def depth(self) -> int:
        """How far it came."""
        return -1 if self.feed is None else self.steps

    def came_further(self, other: Failure) -> bool:
        """Whether it tells more than another of the same module.

        A tensor that is taken for a list runs as samples in its place, so a list wins a tie.
        """
        listed = self.feed is not None and self.feed.packing == "list" and self.depth > 0
        return self.depth > other.depth or (listed and self.depth == other.depth)

    @property
    def kind(self) -> str:
        """The error without its numbers, and where it was raised."""
        place = next(iter(reversed(traceback.extract_tb(self.error.__traceback__))), None)
        line = f"{place.filename}:{place.lineno}" if place else ""
        return f"{line} {type(self.error).__name__}: {re.sub(r'[0-9]+', '', str(self.error))}"


@dataclass(frozen=True)
class Probe:
    """A class under trial, in the namespace of its file.

    `on_try` hears of each construction and forward before it is tried, by the name of the check
    that is about such: it may be the last that is heard of this process.
    """

    cls: type[nn.Module]
    namespace: Mapping[str, Any]
    on_try: Callable[[str, Arguments], None] = lambda check, args: None
    work: Work = field(default_factory=Work)

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The constructor's parameters, those behind `**kwargs` followed through the bases."""
        return constructor_parameters(self.cls)

    @cached_property
    def forward(self) -> inspect.Signature:
        """The signature of `forward` without `self`."""
        signature = inspect.signature(self.cls.forward)
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    @property
    def path(self) -> str:
        return str(self.namespace.get("__file__", ""))

    @cached_property
    def text(self) -> str:
        """The source of the class; empty where it has none."""
        with contextlib.suppress(OSError, TypeError):
            return inspect.getsource(self.cls)
        return ""

    @property
    def required(self) -> list[str]:
        return [
            parameter.name
            for parameter in self.parameters.values()
            if parameter.default is parameter.empty
        ]

    @property
    def signature(self) -> str:
        """The call as a user would write it: `Conv(c1, c2, k=1, s=1)`."""
        texts = [
            parameter.name
            + (
                ""
                if parameter.default in (parameter.empty, UNSET)
                else f"={_written(parameter.default)}"
            )
            for parameter in self.parameters.values()
        ]
        return f"{self.cls.__name__}({', '.join(texts)})"

    def declared(self) -> list[Parameter]:
        """The constructor's parameters as evidence has them."""
        kinds: dict[Any, Any] = {
            inspect.Parameter.KEYWORD_ONLY: "keyword",
            inspect.Parameter.VAR_POSITIONAL: "args",
            inspect.Parameter.VAR_KEYWORD: "kwargs",
        }
        every = [*self.parameters.values(), *_variadic(self.cls)]
        return [
            Parameter(parameter.name, kind=kinds.get(parameter.kind, "positional"))
            for parameter in every
        ]

    @cached_property
    def read_keywords(self) -> list[str]:
        """The names that the constructor reads of its `**kwargs`, as in `kwargs.get("norm_layer")`."""
        names = [
            parameter.name
            for parameter in _variadic(self.cls)
            if parameter.kind is parameter.VAR_KEYWORD
        ]
        with contextlib.suppress(OSError, TypeError):
            text = inspect.getsource(self.cls.__init__)
            reads = [rf"\b{name}(?:\.(?:get|pop)\(|\[)\s*['\"](\w+)" for name in names]
            return list(dict.fromkeys(found for read in reads for found in re.findall(read, text)))
        return []

    def evaluate(self, text: str) -> Any:
        """The value of an argument's source text."""
        return evaluated(text, self.namespace)

    def value(self, args: Arguments, name: str) -> Any:
        """What the parameter holds under these arguments; UNSET where nothing can be said."""
        if name in args:
            try:
                return self.evaluate(args[name])
            except Exception:
                return UNSET
        default = self.parameters[name].default
        return UNSET if default is inspect.Parameter.empty else default

    def build(self, args: Arguments) -> nn.Module:
        """A new instance in eval mode, the same for the same arguments."""
        self.on_try("constructs", args)
        values = {name: self.evaluate(text) for name, text in args.items()}
        positional = values.pop("*", ())
        module = None
        try:
            with seeded(0):
                module = self.cls(*positional, **values)
        finally:
            self.work.build(module)
        module.eval()  # a class's own `train` may forget to return it
        return module

    def run(
        self, args: Arguments, feed: Feed, module: nn.Module | None = None
    ) -> Outcome | Failure:
        """Build (unless given) and run once, without gradients."""
        fed, trace = None, _Trace()
        try:
            module = self.build(args) if module is None else module
            fed = feed
            self.on_try("forward", args)
            arguments = feed.arguments()
            with torch.no_grad(), seeded(0), trace:
                value = module(*arguments)
            outputs = tensors(value)
            if not outputs:
                raise TypeError("forward returns no tensor")
            shapes = tuple(tuple(output.shape) for output in outputs)
            return Outcome(args, feed, shapes, tuple(trace.steps), _returned(value))
        except (Exception, SystemExit) as error:
            return Failure(args, fed, error, sum(bool(shape) for _, shape in trace.steps))
        finally:
            self.work.forward(trace.work)

    def literals(self, name: str) -> list[str]:
        """The strings that the class's file compares a name with, as source text.

        Another class to which the value is handed may call it otherwise, so a parameter that takes
        a string, and is compared with none, may be any that something is compared with.
        """
        return self._compared(name) or (self._compared(r"\w+") if _takes_text(self, name) else [])

    def _compared(self, name: str) -> list[str]:
        lines = "".join(linecache.getlines(self.path))
        compared = re.findall(rf"\b{name}\s*(?:==|!=|\bin\b)\s*([^\n:]*)", lines)
        return list(dict.fromkeys(re.findall(r"'\w+'|\"\w+\"", " ".join(compared))))

    def blamed(self, failure: Failure) -> list[str]:
        """The parameters that the error, or a line of the class's file that led to it, names."""
        texts = [str(failure.error), *reversed(user_lines(failure.error, self.path).splitlines())]
        words = [word for text in texts for word in re.findall(r"\w+", text)]
        plain = {name.lstrip("_"): name for name in self.parameters}
        return list(dict.fromkeys(plain[word] for word in words if word in plain))


def constructor_parameters(cls: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """Parameters by name; one that only a base has defaults to UNSET, as the class may pass it."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if base is nn.Module or init is None:
            continue
        own = list(inspect.signature(init).parameters.values())[1:]
        kinds = {parameter.kind for parameter in own}
        forwarded = bool(found)
        for parameter in own:
            if (
                parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
                or parameter.name in found
            ):
                continue
            inherited = (
                parameter.replace(kind=parameter.KEYWORD_ONLY, default=UNSET)
                if forwarded
                else parameter
            )
            found[parameter.name] = inherited
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return found


def _returned(value: object) -> Returns:
    if isinstance(value, Tensor):
        return "tensor"
    if isinstance(value, list | tuple) and isinstance(value[0], Tensor):
        return "sequence"
    return "other"


class _Trace(TorchFunctionMode):
    """The operators that ran, the shapes they gave and what they took."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, Shape]] = []
        self.work = 0

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        shape = tuple(result.shape) if isinstance(result, Tensor) and not is_lazy(result) else ()
        name = getattr(func, "__name__", "")
        self.steps.append((name, shape))
        self.work += step(name, args, result) if shape else step(name, args, None)
        return result


def _takes_text(probe: Probe, name: str) -> bool:
    """Whether a parameter's first guess is a string."""
    return name in probe.parameters and guesses(probe.parameters[name])[0].startswith("'")


def _written(default: object) -> str:
    return default.__name__ if isinstance(default, type) else repr(default)


def _variadic(cls: type[nn.Module]) -> list[inspect.Parameter]:
    with contextlib.suppress(TypeError, ValueError):
        every = inspect.signature(cls.__init__).parameters.values()
        return [
            parameter
            for parameter in every
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
    return []
