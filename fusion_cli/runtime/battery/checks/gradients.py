"""`gradients`: every weight and the input get a gradient, also as a branch of a residual sum."""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.runtime.battery.context import (
    AGAIN,
    Context,
    Outcome,
    as_activations,
    call,
    difference,
    failed,
    last_line,
    line_of,
    passed,
    projection,
    tensors,
    warned,
    worst,
)
from fusion_cli.runtime.battery.plain import unregistered
from fusion_cli.runtime.subject import Subject
from fusion_cli.syntax.statements import first_line

ATTEMPTS = 8
"""Training passes over which a weight may get its gradient: stochastic depth drops a branch in
some, a router leaves an expert out, and a narrow ReLU layer may start dead. What happens in half
of the passes is missed by 8 in 0.4 %."""


def check(context: Context) -> Outcome:
    """Backpropagate a random projection of the outputs through a module with lively weights.

    A weight without a gradient is one that nothing trains, and that stops distributed training.
    One whose gradient is zero in every element and every pass, with other weights and input of
    either sign, is dead. One that forward writes over, whatever it was, is not trained. Then
    x + f(x) is differentiated, which fails where f changes x. Fooled by a gradient that is wrong
    but finite.
    """
    module = context.module(train=True, lively=True)
    findings = [*_unregistered(module), *_dead_hooks(module, context.subject)]
    findings += _written_over(context)
    try:
        findings += _reached(context)
        findings += (
            [] if any(finding.status == "failed" for finding in findings) else _residual(context)
        )
    except RuntimeError as error:
        findings.append(_raised(context, error))
    count = sum(1 for _ in module.parameters())
    return worst(findings, passed(f"the input and all {count} parameters get one"))


def _raised(context: Context, error: RuntimeError) -> Outcome:
    """What backward raised; where a value was changed in place, the line that needs it as it was."""
    text = f"backward raises {context.told(error)}"
    if "inplace" not in str(error) and "in-place" not in str(error):
        return failed(text)
    line = _needed_at(context)
    return failed(
        f"{text}; it is needed as it was by {line}" if line else text,
        "compute into a new tensor what backward still needs: `x = x * y` for `x *= y`",
    )


def _needed_at(context: Context) -> str:
    """The line of the forward operation whose backward found a value changed."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with contextlib.suppress(RuntimeError), torch.autograd.detect_anomaly(check_nan=False):
            _gradients(context, 0)
    return last_line("\n".join(str(one.message) for one in said), context.subject)


def _reached(context: Context) -> list[Outcome]:
    """What gets no gradient, or only zeros, over a number of passes."""
    silent, dead = set[str](), set[str]()
    for attempt in range(ATTEMPTS):
        gradients = _gradients(context, attempt)
        if not gradients:
            return [failed("the output carries no gradient", "no detach, item or numpy on the way")]
        none = {name for name, gradient in gradients.items() if gradient is None}
        zero = {
            name
            for name, gradient in gradients.items()
            if gradient is not None and not gradient.any()
        }
        silent = none if attempt == 0 else silent & none
        dead = none | zero if attempt == 0 else dead & (none | zero)
        if not dead:
            break
    return [*_without([n for n in gradients if n in silent], [n for n in gradients if n in dead])]


def _gradients(context: Context, attempt: int) -> dict[str, Tensor | None]:
    """What reaches every parameter and input in one pass; empty where the output has no graph."""
    module = context.module(train=True, lively=True, seed=attempt)
    inputs = context.subject.inputs(seed=attempt + 1, requires_grad=True)
    given = as_activations(inputs)
    if attempt % 2:
        given = tuple(-value.abs() if isinstance(value, Tensor) else value for value in given)
    outputs = tensors(call(module, given, seed=attempt))
    loss = projection(outputs, seed=attempt)
    if loss is None:
        return {}
    torch.autograd.backward(loss)
    maps = [input for input in inputs if isinstance(input, Tensor)]
    inputs_named = [f"input {i}" if len(maps) > 1 else "input" for i in range(1, len(maps) + 1)]
    watched = {f"parameter `{n}`": p for n, p in module.named_parameters() if p.requires_grad}
    return {
        name: tensor.grad
        for name, tensor in (*watched.items(), *zip(inputs_named, maps, strict=True))
    }


def _without(silent: list[str], dead: list[str]) -> Iterator[Outcome]:
    """Findings; of several inputs, one without a gradient (boxes, a mask) may be meant so."""
    zero = [name for name in dead if name not in silent]
    if "input 1" not in silent:
        meant = [name for name in silent if name.startswith("input ")]
        silent = [name for name in silent if name not in meant]
        if meant:
            yield warned(f"no gradient reaches {_named(meant)}")
    if silent:
        yield failed(
            f"no gradient reaches {_named(silent)}",
            "use it in forward, or leave it out; a detach cuts what stands before it",
        )
    if zero:
        yield failed(
            f"the gradient of {_named(zero)} is zero everywhere",
            "something multiplies it by zero or holds it constant (a saturated gate, a comparison)",
        )


def _named(names: list[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more


def _residual(context: Context) -> Iterator[Outcome]:
    """Differentiate x + f(x), where x is what an activation gave and still needs."""
    module = context.module(train=True)
    leaves = context.subject.inputs(requires_grad=True)
    inputs = tuple(leaf.tanh() if isinstance(leaf, Tensor) else leaf for leaf in leaves)
    output = tensors(call(module, inputs))
    if not output or output[0].shape != inputs[0].shape:
        return
    try:
        torch.autograd.backward((inputs[0] + output[0]).sum())
    except RuntimeError as error:
        yield failed(
            f"backward through x + f(x) raises {context.told(error)}",
            "leave the input as it is: no in-place operation on it",
        )


def _unregistered(module: nn.Module) -> Iterator[Outcome]:
    for place, kind in unregistered(module):
        if kind == "module":
            yield failed(
                f"`{place}` holds modules that the module does not know: they are not trained",
                "use nn.ModuleList or nn.ModuleDict",
            )
        if kind == "parameter":
            yield failed(
                f"`{place}` holds parameters that no optimiser sees",
                "use nn.ParameterList, or make it an nn.Parameter attribute",
            )


def _written_over(context: Context) -> Iterator[Outcome]:
    """Weights that forward sets, and of whose own value nothing is left.

    The first forward may set them for good; one that is brought back to a norm keeps its direction.
    """
    module, inputs = context.module(train=True, lively=True), context.subject.inputs
    before = {name: weight.detach().clone() for name, weight in module.named_parameters()}
    with torch.no_grad():
        call(module, inputs())
        weights = dict(module.named_parameters())
        for name in (n for n in before if n in weights and not weights[n].equal(before[n])):
            expected = tensors(call(module, inputs()))
            weights[name].add_(torch.randn_like(weights[name]))
            if difference(tensors(call(module, inputs())), expected) <= AGAIN:
                yield failed(
                    f"forward writes over parameter `{name}`: what it learns is lost",
                    "share the weight: `F.conv2d(x, self.one.weight)`, or make it no parameter",
                )


def _dead_hooks(module: nn.Module, subject: Subject) -> Iterator[Outcome]:
    """Gradient hooks that neither return anything nor do anything else."""
    for name, child in module.named_modules():
        hooks = [*child._backward_hooks.values(), *child._backward_pre_hooks.values()]
        for hook in hooks:
            if _does_nothing(hook, subject):
                yield warned(
                    f"the gradient hook on `{name}` returns nothing, so it has no effect "
                    f"({line_of(hook, subject)})",
                    "return the gradient that should flow on, or leave the hook out",
                )


def _does_nothing(hook: Callable[..., Any], subject: Subject) -> bool:
    """Whether a hook's source only assigns local names and returns nothing."""
    function = getattr(hook, "__func__", hook)
    if not line_of(function, subject):
        return False
    line = function.__code__.co_firstlineno
    for node in ast.walk(ast.parse(subject.text)):
        if isinstance(node, ast.FunctionDef) and line == first_line(node):
            return all(_idle(statement) for statement in node.body)
    return False


def _idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, (ast.Name, ast.Tuple)) for target in statement.targets)
    if isinstance(statement, ast.Return):
        return statement.value is None or _is_none(statement.value)
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, (ast.Constant, ast.GeneratorExp, ast.Name))
    return isinstance(statement, ast.Pass)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
