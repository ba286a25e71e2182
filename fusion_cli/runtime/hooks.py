"""The pattern applied to the original host at run time: what the rewritten source must equal.

Nothing here reads or writes source. The submodules at the site are given another forward, which
evaluates the pattern's expression with the original site in its place and the donors taken from
an instance of the generated class.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from fusion_cli.model.facts import Application
from fusion_cli.model.flow import Maker, matches
from fusion_cli.model.placeholders import ARG, CALL, SECOND
from fusion_cli.runtime.battery.context import tensors


def hosts_in(host: nn.Module, how: Application) -> list[str]:
    """The paths of the modules that the pattern is applied to."""
    if not how.within:
        return [""]
    return [
        path
        for path, module in host.named_modules()
        if type(module).__name__ == how.inner and matches(path, how.within)
    ]


def exists_in(host: nn.Module, how: Application) -> bool:
    """Whether a host is built with the parts in which the site begins and ends."""
    inner = [
        dict(host.get_submodule(path).named_modules(remove_duplicate=False))
        for path in hosts_in(host, how)
    ]
    return all({how.first, how.last} <= modules.keys() for modules in inner)


class _Scope(dict[str, Any]):
    """The names of the pattern's expression; the site itself is computed when it is asked for."""

    def __init__(self, names: Mapping[str, Any], site: Callable[[], Any], *args: Any) -> None:
        super().__init__(names)
        self._site = site
        self.update(zip((ARG, SECOND), args, strict=False))

    def __missing__(self, name: str) -> Any:
        if name != CALL:
            raise KeyError(name)
        self[CALL] = self._site()
        return self[CALL]


@contextlib.contextmanager
def applied(
    host: nn.Module, fused: nn.Module, how: Application, names: Mapping[str, Any]
) -> Iterator[None]:
    """Let `host` compute what the pattern makes of it, with the donors of `fused`.

    `names` are the globals of the generated file, in which the expression is evaluated.
    """
    code = compile(how.call, "<pattern>", "eval")
    with contextlib.ExitStack() as stack:
        for path in hosts_in(host, how):
            inner, donors = host.get_submodule(path), fused.get_submodule(path)

            def evaluate(site: Callable[[], Any], *args: Any, donors: nn.Module = donors) -> Any:
                return eval(code, dict(names), _Scope({"self": donors}, site, *args))

            stack.enter_context(_at(inner, how, evaluate))
        yield


Evaluate = Callable[..., Any]


@contextlib.contextmanager
def _at_modules(host: nn.Module, how: Application, evaluate: Evaluate) -> Iterator[None]:
    first = host.get_submodule(how.first)
    last = host.get_submodule(how.last)
    entered: list[tuple[Tensor, Tensor]] = []

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        entered.append((_copied(_first_tensor(args, kwargs)), torch.get_rng_state()))

    original = last.forward

    def forward(*args: Any, **kwargs: Any) -> Any:
        arg, state = (
            entered.pop() if first is not last else (_copied(_first_tensor(args, kwargs)), None)
        )
        if state is not None and not _mentions_site(how):
            torch.set_rng_state(state)  # the fused block never ran what stood here
        return evaluate(lambda: original(*args, **kwargs), arg)

    handle = first.register_forward_pre_hook(enter, with_kwargs=True) if first is not last else None
    last.forward = forward
    try:
        yield
    finally:
        del last.forward
        if handle is not None:
            handle.remove()


def _first_tensor(args: Iterable[Any], kwargs: Mapping[str, Any]) -> Tensor:
    return next(tensor for tensor in (*args, *kwargs.values()) if isinstance(tensor, Tensor))


def _mentions_site(how: Application) -> bool:
    return CALL in how.call


class _Makers(TorchFunctionMode):
    """Puts something in the place of the n-th run of an operator or a submodule in a host's forward.

    `replace` is given the operator and its arguments, or what hands on the submodule's output.
    """

    def __init__(self, maker: Maker, replace: Callable[..., Any]) -> None:
        super().__init__()
        self._kind, self._name, self._after, self._wanted = maker
        self._replace = replace
        self.restart()

    def restart(self) -> None:
        """Count from the first run again: the host's forward begins."""
        self._depth, self._seen = 0, 0
        self._passed = not self._after

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        whole = functools.partial(func, **(kwargs or {}))
        if self._depth or not self._is_met("op", getattr(func, "__name__", "")):
            return whole(*args)
        return self._replace(whole, *args)

    def _is_met(self, kind: str, name: str) -> bool:
        if not self._passed or (kind, name) != (self._kind, self._name):
            return False
        self._seen += 1
        return self._seen - 1 == self._wanted

    @contextlib.contextmanager
    def within(self, host: nn.Module, done: Callable[[], Any] = list) -> Iterator[None]:
        """Be active in each forward of the host, and call `done` behind it.

        The runs of submodules are counted, and how deep within them the host is.
        """
        original = host.forward

        def forward(*args: Any, **kwargs: Any) -> Any:
            self.restart()
            try:
                with self:
                    return original(*args, **kwargs)
            finally:
                done()

        handles = [
            handle
            for path, module in host.named_modules()
            for handle in (self._watch(path, module) if path else ())
        ]
        host.forward = forward
        try:
            yield
        finally:
            del host.forward
            for handle in handles:
                handle.remove()

    def _watch(self, path: str, module: nn.Module) -> Iterator[RemovableHandle]:
        def deeper(module: nn.Module, args: Any) -> None:
            self._depth += 1

        def back(module: nn.Module, args: Any, output: Any) -> Any:
            self._depth -= 1
            self._passed = self._passed or path == self._after
            met = not self._depth and self._is_met("module", path)
            return self._replace(lambda: output) if met else output

        yield module.register_forward_pre_hook(deeper)
        yield module.register_forward_hook(back)


def _at(host: nn.Module, how: Application, evaluate: Evaluate) -> AbstractContextManager[None]:
    if how.maker is None:
        return _at_modules(host, how, evaluate)
    if how.joins:
        return _at_join(host, how.maker, evaluate)
    return _at_value(host, how.first, how.maker, evaluate)


@contextlib.contextmanager
def _at_value(host: nn.Module, first: str, maker: Maker, evaluate: Evaluate) -> Iterator[None]:
    entered: list[Tensor] = []

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        entered.append(_copied(_first_tensor(args, kwargs)))

    def replace(make: Callable[..., Any], *args: Any) -> Any:
        value = make(*args)
        return evaluate(lambda: value, entered[0])

    handle = host.get_submodule(first).register_forward_pre_hook(enter, with_kwargs=True)
    try:
        with _Makers(maker, replace).within(host, entered.clear):
            yield
    finally:
        handle.remove()


def _at_join(host: nn.Module, maker: Maker, evaluate: Evaluate) -> AbstractContextManager[None]:
    """The operands are copied: what stood here as `a += b` changes nothing any more."""

    def replace(join: Callable[..., Any], *args: Any) -> Any:
        return evaluate(lambda: join(*_copied(args)), *tensors(_copied(args)))

    return _Makers(maker, replace).within(host)


def _copied(value: Any) -> Any:
    """The tensors as they are now, laid out in memory alike: sums depend on the order of that.

    A part of a wider map (`x.chunk(2, 1)`) would be packed by a clone.
    """
    if isinstance(value, Tensor):
        try:
            like = torch.empty_strided(
                value.shape, value.stride(), dtype=value.dtype, device=value.device
            )
            return like.copy_(value)
        except RuntimeError:  # what lies in one place several times, as an expanded value does
            return value.clone()
    return type(value)(map(_copied, value)) if isinstance(value, list | tuple) else value
