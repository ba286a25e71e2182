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
            *(parameter for parameter in own if parameter.default is Parameter.empty),
            *map(_parameter, options.values()),
            *(
                _translated(parameter)
                for parameter in own
                if parameter.default is not Parameter.empty
            ),
        ]
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in parameters]
        )
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def _translated(parameter: Parameter) -> Parameter:
    option = of_annotation(parameter.name, parameter.annotation, parameter.default)
    return _parameter(option) if option else parameter


def _parameter(declared: Declared) -> Parameter:
    kind, default = (
        (list[str] | None, None) if declared.several else (declared.type, declared.default)
    )
    annotation = Annotated[kind, _typer_option(declared)]  # type: ignore[valid-type]
    return Parameter(
        declared.name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation
    )


def _typer_option(declared: Declared) -> Any:
    option = declared.option
    flags = [declared.flag, *filter(None, [option.short])]
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
