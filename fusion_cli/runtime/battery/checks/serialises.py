"""`serialises`: the weights survive a round trip; the module can be copied and pickled."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Iterator
from itertools import chain

import torch
from torch import nn

from fusion_cli.runtime.battery.checks.imports import afresh
from fusion_cli.runtime.battery.context import (
    SAME,
    Context,
    Outcome,
    as_activations,
    call,
    difference,
    failed,
    passed,
    projection,
    tensors,
    warned,
    worst,
)
from fusion_cli.runtime.battery.plain import held
from fusion_cli.runtime.global_state import importable


def check(context: Context) -> Outcome:
    """Save and load a state_dict into another instance, deepcopy, and pickle the whole module.

    The other instance is of the file run once more, with other random numbers, in this process:
    a new one would import torch again, which takes longer than all checks together. All of it
    after a training step whose input requires a gradient: that is where an EMA copies, and where
    a cached intermediate result is what cannot be copied. The instance with the weights loaded
    must compute the same. Fooled by state in other files than the module's own, which run once.
    """
    module = context.module(train=True, lively=True)
    inputs = as_activations(context.subject.inputs(requires_grad=True))
    loss = projection(tensors(call(module, inputs)))
    if loss is not None:
        torch.autograd.backward(loss)
    findings = chain(_copied(context, module), _loaded(context, module), _pickled(context, module))
    return worst(findings, passed("state_dict, deepcopy and pickle"))


def _copied(context: Context, module: nn.Module) -> Iterator[Outcome]:
    try:
        copy.deepcopy(module)
    except Exception as error:
        kept = dict.fromkeys(
            name
            for name, kind, tensor in held(module)
            if kind == "tensor" and tensor.grad_fn is not None
        )
        why = f"{', '.join(f'`{name}`' for name in kept)} keeps part of the graph: " if kept else ""
        text = f"{why}deepcopy after a training step raises {context.told(error)}"
        if kept and all(_is_torchs(module, name) for name in kept):
            yield warned(text, "use the norms of torch.nn.utils.parametrizations")
        else:
            yield failed(text, "detach what an attribute keeps, or keep it in a local name")


def _is_torchs(module: nn.Module, name: str) -> bool:
    """Whether a hook of torch's own computes that attribute, as the older weight norms do."""
    owner = module.get_submodule(name.rpartition(".")[0])
    return any(
        type(hook).__module__.startswith("torch.nn.utils.")
        for hook in owner._forward_pre_hooks.values()
    )


def _loaded(context: Context, module: nn.Module) -> Iterator[Outcome]:
    stream = io.BytesIO()
    other = Context(afresh(context.subject)).module(seed=1)
    try:
        torch.save(module.state_dict(), stream)
        stream.seek(0)
        other.load_state_dict(torch.load(stream, weights_only=True))
    except Exception as error:
        yield failed(
            f"the state_dict does not load into another instance: {context.told(error)}",
            "register every parameter and buffer in `__init__`, of a shape that the arguments fix",
        )
        return
    module.eval()
    with torch.no_grad():
        expected = tensors(call(module, context.subject.inputs()))
        found = tensors(call(other, context.subject.inputs()))
    distance = difference(found, expected)
    if distance > SAME:
        yield failed(
            f"with the state_dict loaded another instance computes something else ({distance:.1%})",
            "keep all state in parameters and buffers: nn.ModuleList for lists, register_buffer",
        )


def _pickled(context: Context, module: nn.Module) -> Iterator[Outcome]:
    subject = context.subject
    module.zero_grad()
    try:
        with importable(subject.cls.__module__, subject.namespace):
            pickle.loads(pickle.dumps(module))
    except Exception as error:
        yield warned(
            f"the module cannot be pickled: {context.told(error)}",
            (
                "save the state_dict, or remove the parametrizations first"
                if "parametrized" in str(error)
                else "no lambda and no class or function made inside a function as an attribute"
            ),
        )
