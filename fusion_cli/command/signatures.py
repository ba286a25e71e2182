"""Options as Typer wants them: in the signature of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from inspect import Parameter
from typing import Annotated, Any, TypeVar

import typer

from fusion_cli.command.completion import Offer
from fusion_cli.model.options import Declared, accepted, declared, of_annotation

Request = TypeVar("Request")
Command = Callable[..., int]


def with_options(request: type[Request]) -> Callable[[Command], Command]:
    """Let a command have the options of a request beside the parameters of its own.

    It is called with the request's constructor first, to which the options have been given: what is
    missing are the arguments.
    """

    def decorate(run: Command) -> Command:
        options = declared(request)

        def command(**given: Any) -> int:
            values = accepted(request, {name: given.pop(name) for name in options})
            return run(partial(request, **values), **given)

        _, *own = inspect.signature(run, eval_str=True).parameters.values()
        parameters = [
            *(one for one in own if one.default is Parameter.empty),
            *map(_parameter, options.values()),
            *(_translated(one) for one in own if one.default is not Parameter.empty),
        ]
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [one.replace(kind=Parameter.KEYWORD_ONLY) for one in parameters]
        )
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        return command

    return decorate


def _translated(parameter: Parameter) -> Parameter:
    option = of_annotation(parameter.name, parameter.annotation, parameter.default)
    return _parameter(option) if option else parameter


def _parameter(one: Declared) -> Parameter:
    kind, default = (list[str] | None, None) if one.several else (one.type, one.default)
    annotation = Annotated[kind, _typer_option(one)]  # type: ignore[valid-type]
    return Parameter(
        one.name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation
    )


def _typer_option(one: Declared) -> Any:
    option = one.option
    flags = [one.flag, *filter(None, [option.short])]
    words = option.choices or option.examples
    return typer.Option(
        *flags,
        help=option.help,
        metavar=option.metavar or "|".join(option.choices) or None,
        show_default=option.default or True,
        autocompletion=_offering(words) if words else None,
    )


def _offering(words: tuple[str, ...]) -> Callable[[], Offer]:
    return lambda: [(word, "") for word in words]
