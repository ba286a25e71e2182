"""What every check is given, what it gives back, and the few tools that all of them use."""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.facts import FusionFacts
from fusion_cli.model.observation import Run
from fusion_cli.model.report import Status
from fusion_cli.runtime.battery.pace import TooSlow, timed
from fusion_cli.runtime.global_state import seeded, watched
from fusion_cli.runtime.subject import Subject

Size = tuple[int, int]

SAME = 1e-3
"""Two float32 results that differ by less (relative, in the 2-norm) are the same: another order of
summation costs 1e-7 to 1e-5, and what is really different differs by 1e-2 and more."""

AGAIN = 1e-5
"""Two results of the same operations on the same values that differ by more are different: rounding
alone may make them differ, where threads share a sum. A branch behind a scale that starts near zero
moves the output by 1e-4 and less."""


@dataclass(frozen=True)
class Outcome:
    """How a check ended: what was expected and what was found, and the usual mend."""

    status: Status
    detail: str = ""
    hint: str = ""


def passed(detail: str = "") -> Outcome:
    return Outcome("passed", detail)


def failed(detail: str, hint: str = "") -> Outcome:
    return Outcome("failed", detail, hint)


def warned(detail: str, hint: str = "") -> Outcome:
    return Outcome("warned", detail, hint)


def skipped(reason: str) -> Outcome:
    return Outcome("skipped", reason)


def worst(findings: Iterable[Outcome], otherwise: Outcome) -> Outcome:
    """The findings as one outcome, the gravest first; `otherwise` where there are none.

    Where they are made one by one and the module is too slow for all, those that were made count.
    """
    made: list[Outcome] = []
    try:
        made += findings
    except TooSlow as slow:
        if not made:
            return skipped(str(slow))
        made.append(skipped(f"not run to its end: {slow}"))
    order = {"failed": 0, "warned": 1, "skipped": 2, "passed": 3}
    ranked = sorted(made, key=lambda finding: order[finding.status])
    if not ranked:
        return otherwise
    details = dict.fromkeys(finding.detail for finding in ranked if finding.detail)
    hints = dict.fromkeys(finding.hint for finding in ranked if finding.hint)
    return Outcome(ranked[0].status, "; ".join(details), "; ".join(hints))


@dataclass(frozen=True)
class Context:
    """The module under test and, where two were fused, the host it came from.

    `supplied` are the names that the file itself uses and never imports; `written` says that the
    file was written by `fuse`, whose class has the constructor of its host.
    """

    subject: Subject
    host: Subject | None = None
    fusion: FusionFacts | None = None
    supplied: frozenset[str] = frozenset()
    written: bool = False

    @property
    def facts(self) -> FusionFacts:
        """How a fused class was made; asked by the checks that need a host."""
        assert self.fusion is not None
        return self.fusion

    def variants(self) -> Iterator[tuple[Run, bool]]:
        """Every run of a fused class, and whether its donors are there; then with them switched off."""
        runs = self.subject.observation.runs
        yield from zip(runs, self.facts.active, strict=True)
        if switch := self.facts.switch:
            for run in runs:
                yield replace(run, args={**run.args, switch: "False"}), False

    def hosts(self, run: Run) -> Arguments:
        """A run's arguments for the host: without keywords of the fused class, with what that dropped."""
        dropped = {name: text for name, text in self.facts.dropped.items() if text is not None}
        own = {name: text for name, text in run.args.items() if name not in self.facts.keywords}
        return {**dropped, **own}

    @property
    def broken(self) -> Exception | None:
        """What the base run raises in eval mode, if it does."""
        found = self.trial()
        return found if isinstance(found, Exception) else None

    @cached_property
    def broken_training(self) -> Exception | None:
        """What the base run raises in train mode, if it does."""
        try:
            with watched(), torch.no_grad():
                call(self.module(train=True), self.subject.inputs())
        except Exception as error:
            return error
        return None

    @cached_property
    def broken_backward(self) -> Exception | None:
        """What backward raises in train mode, if it does."""
        try:
            with watched():
                inputs = as_activations(self.subject.inputs(requires_grad=True))
                loss = projection(tensors(call(self.module(train=True), inputs)))
                if loss is not None:
                    torch.autograd.backward(loss)
        except Exception as error:
            return error
        return None

    def module(
        self,
        args: Arguments | None = None,
        *,
        train: bool = False,
        lively: bool = False,
        seed: int = 0,
        inputs: Iterable[Any] | None = None,
    ) -> nn.Module:
        """A fresh module; `lively` moves weights that start at one value off it.

        Scales and offsets that start at zero hide what stands behind them. Lazy weights take their
        shapes from `inputs`, the base run's unless given.
        """
        module = self.subject.build(args, seed=seed)
        if any(is_lazy(parameter) for parameter in module.parameters()):
            with torch.no_grad():
                call(module, self.subject.inputs() if inputs is None else inputs)
        if lively:
            enliven(module)
        module.train(train)
        return module

    @cached_property
    def _tried(self) -> nn.Module:
        return self.module()

    @cached_property
    def _trials(self) -> dict[tuple[int | None, Size | None], tuple[Shape, ...] | Exception]:
        return {}

    def trial(
        self, batch: int | None = None, size: Size | None = None
    ) -> tuple[Shape, ...] | Exception:
        """The output shapes of the base run, on another batch or size if given, or what it raised.

        One instance serves all trials, as it would in use: a grid that is kept for the first size
        and not for the next is found by that.
        """
        key = (batch, size)
        if key not in self._trials:
            try:
                inputs = self.subject.inputs(batch=batch, size=size)
                with watched(), torch.no_grad():
                    output = tensors(call(self._tried, inputs))
                self._trials[key] = tuple(tuple(tensor.shape) for tensor in output)
            except Exception as error:
                self._trials[key] = error
        return self._trials[key]

    def raised(self, inputs: Iterable[Any], args: Arguments | None = None) -> Exception | None:
        """What building (with the base run's arguments unless others are given) and running raise."""
        given = tuple(inputs)
        try:
            with torch.no_grad():
                call(self.module(args, inputs=given), given)
        except Exception as error:
            return error
        return None

    def told(self, error: BaseException) -> str:
        """An error in one line, with the place in the user's file where it arose."""
        return told(error, self.subject)


def call(module: Callable[..., Any], inputs: Iterable[Any], seed: int = 0) -> Any:
    """One forward from a fixed random state."""
    with seeded(seed), timed():
        return module(*inputs)


def as_activations(inputs: Iterable[Any]) -> tuple[Any, ...]:
    """The inputs as a layer before would give them: of a leaf, in-place use is refused."""
    return tuple(input * 1.0 if isinstance(input, Tensor) else input for input in inputs)


def tensors(output: object) -> tuple[Tensor, ...]:
    """The tensors of an output in order, nested in tuples, lists, mappings or dataclasses."""
    if isinstance(output, Tensor):
        return (output,)
    named = _named(output)
    items = output if named is None else list(named.values())
    if not isinstance(items, list | tuple):
        return ()
    return tuple(tensor for item in items for tensor in tensors(item))


def _named(output: object) -> Mapping[Any, Any] | None:
    """What a mapping or a dataclass holds, by name; None for anything else."""
    if isinstance(output, Mapping):
        return output
    if dataclasses.is_dataclass(output) and not isinstance(output, type):
        return {field.name: getattr(output, field.name) for field in dataclasses.fields(output)}
    return None


def state_of(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The parameters and buffers of a module by name, those too that no state_dict holds."""
    yield from module.named_parameters()
    yield from module.named_buffers()


def structure(output: object) -> str:
    """How an output is nested and shaped, as text: `(2×64×8×8, {aux: 2×64})`."""
    if isinstance(output, Tensor):
        return shape_text(output.shape)
    if (named := _named(output)) is not None:
        return "{" + ", ".join(f"{key}: {structure(one)}" for key, one in named.items()) + "}"
    if isinstance(output, (list, tuple)):
        return "(" + ", ".join(structure(item) for item in output) + ")"
    return type(output).__name__


def shape_text(shape: Iterable[int]) -> str:
    return "×".join(str(length) for length in shape) or "scalar"


def enliven(module: nn.Module) -> None:
    """Add a little noise to every parameter whose elements are all equal."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weight in module.parameters():
            if is_lazy(weight) or not weight.numel() or not weight.is_floating_point():
                continue
            if weight.amin() == weight.amax():
                fan_in = max(1, weight.numel() // weight.shape[0]) if weight.dim() > 1 else 1
                noise = torch.randn(weight.shape, generator=generator) * 0.1 / fan_in**0.5
                weight.add_(noise.to(weight.dtype))


def difference(found: Iterable[Tensor], expected: Iterable[Tensor]) -> float:
    """The largest relative distance ‖found − expected‖ / ‖expected‖ of paired tensors.

    Infinite where shapes or NaNs differ.
    """
    pairs = list(zip(found, expected, strict=True))
    return max((_distance(one, other) for one, other in pairs), default=0.0)


def _distance(found: Tensor, expected: Tensor) -> float:
    if found.shape != expected.shape:
        return float("inf")
    kind = torch.complex128 if expected.is_complex() else torch.float64
    one, other = found.detach().cpu().to(kind), expected.detach().cpu().to(kind)
    same = (one == other) | (one.isnan() & other.isnan())
    apart = torch.where(same, 0.0, one - other)
    distance = apart.norm() / other[other.isfinite()].norm().clamp_min(1e-12)
    return float(distance) if distance.isfinite() else float("inf")


def projection(outputs: Iterable[Tensor], seed: int = 3) -> Tensor | None:
    """A random weighted sum of the outputs that carry a gradient: a loss that nothing cancels.

    (A plain sum of what a softmax or a norm gives is constant.)
    """
    generator = torch.Generator().manual_seed(seed)
    real = [
        torch.view_as_real(output) if output.is_complex() else output
        for output in outputs
        if output.requires_grad
    ]
    terms = [
        (tensor * torch.randn(tensor.shape, generator=generator).to(tensor)).sum()
        for tensor in real
    ]
    return torch.stack([term.to(terms[0].dtype) for term in terms]).sum() if terms else None


def told(error: BaseException, subject: Subject) -> str:
    """`RuntimeError: shapes differ (block.py:12)`."""
    lines = str(error).strip().splitlines() or [""]
    said = " ".join(lines[: 2 if lines[0].endswith(":") else 1])
    said = " ".join(said.partition(" Hint: ")[0].split())  # torch's own hint is for another moment
    text = f"{type(error).__name__}: {said}".rstrip(".: ")
    place = where(error, subject)
    return f"{text[:240]} ({place})" if place else text[:240]


def where(error: BaseException, subject: Subject) -> str:
    """The innermost line of the user's file that the error passed through, `block.py:12`."""
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_users(frame, subject)
    ]
    return f"{subject.path}:{frames[-1][1]}" if frames else ""


def is_users(frame: FrameType, subject: Subject) -> bool:
    """Whether a frame runs code of the file under test."""
    return frame.f_globals is subject.namespace or frame.f_code.co_filename == subject.path


def place(frame: FrameType | None, subject: Subject) -> str:
    """The innermost line of the user's file that led to a frame, `block.py:12`; empty if none."""
    while frame is not None:
        if is_users(frame, subject):
            return f"{subject.path}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def last_line(stack: str, subject: Subject) -> str:
    """The last line of the user's file in a printed stack, as `block.py:12`."""
    found = re.findall(rf'File "{re.escape(subject.path)}", line (\d+)', stack)
    return f"{subject.path}:{found[-1]}" if found else ""


def line_of(function: Callable[..., Any], subject: Subject) -> str:
    """Where a function of the user's file begins, `block.py:12`; empty for any other."""
    code = getattr(function, "__code__", None)
    owned = getattr(function, "__globals__", None) is subject.namespace
    return f"{subject.path}:{code.co_firstlineno}" if code and owned else ""
