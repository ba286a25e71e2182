"""`--expose`: an argument of a donor becomes a keyword of the fused class, with the donor's default."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from fusion_cli.fit.naming import snake
from fusion_cli.model.errors import UsageError
from fusion_cli.model.keyword import Keyword
from fusion_cli.model.plan import PatternContext
from fusion_cli.model.sources import Parameter
from fusion_cli.study.views import DonorView, HostView
from fusion_cli.syntax.modules import of_source
from fusion_cli.syntax.names import free_names
from fusion_cli.syntax.tree import walk


@dataclass(frozen=True)
class Exposed:
    """A keyword of the fused class, and the donor's parameter that it is handed on to."""

    keyword: Keyword
    donor: int  # counted from 0
    parameter: str


def exposed(
    wanted: Sequence[str], donors: Sequence[DonorView], host: HostView
) -> tuple[Exposed, ...]:
    """What `--expose [N:]NAME` asks for, under names that the host's constructor does not use.

    Raises:
        UsageError: no donor has such an argument, several have it, or its default means nothing
            outside of the donor's class.
    """
    taken = constructor_names(host) | {donor.source.name for donor in donors}
    found: list[Exposed] = []
    for text in wanted:
        number, _, name = text.rpartition(":")
        index = _donor_of(name, int(number) - 1 if number else None, donors)
        if any((earlier.donor, earlier.parameter) == (index, name) for earlier in found):
            raise UsageError(f"--expose: `{text}` is given twice", "give each argument once")
        donor = donors[index]
        keyword = name if name not in taken else f"{snake(donor.source.name)}_{name}"
        if keyword in taken:
            raise UsageError(
                f"--expose: `{name}` and `{keyword}` are names that the constructor has already",
                "expose another argument, or rename the host's",
            )
        taken.add(keyword)
        found.append(Exposed(_keyword(keyword, name, donor), index, name))
    return tuple(found)


def constructor_names(host: HostView) -> set[str]:
    """The names that the host's constructor uses in any way, and those that a pattern may use."""
    init = host.source.methods.get("__init__")
    used = {node.value for node in walk(init) if isinstance(node, cst.Name)} if init else set()
    return used | host.accepted | {"self", "torch", "nn", "F", "rearrange"}


def handed_on(donors: Sequence[DonorView], exposures: Sequence[Exposed]) -> tuple[DonorView, ...]:
    """The donors, given what is exposed under the names that it has in the fused class."""
    given: list[Mapping[str, str]] = [donor.given for donor in donors]
    for exposure in exposures:
        given[exposure.donor] = {**given[exposure.donor], exposure.parameter: exposure.keyword.name}
    pairs = zip(donors, given, strict=True)
    return tuple(replace(donor, given=arguments) for donor, arguments in pairs)


def demand_read(context: PatternContext, exposures: Sequence[Exposed]) -> None:
    """Refuse to expose what the site decides.

    Raises:
        UsageError: a donor is built without the keyword.
    """
    for exposure in exposures:
        donor = context.donors[exposure.donor]
        names = {node.id for node in ast.walk(ast.parse(donor.new)) if isinstance(node, ast.Name)}
        if exposure.keyword.name not in names:
            raise UsageError(
                f"--expose: the site decides `{exposure.parameter}` of {donor.name}: {donor.new}",
                "expose an argument that does not follow from the host",
            )


def _donor_of(name: str, index: int | None, donors: Sequence[DonorView]) -> int:
    """Which donor an argument belongs to."""
    known = [[parameter.name for parameter in _open(donor)] for donor in donors]
    having = [at for at, names in enumerate(known) if name in names and index in (None, at)]
    if len(having) > 1:
        raise UsageError(
            f"--expose: several donors have an argument `{name}`",
            f"say which by its number: --expose {having[0] + 1}:{name}",
        )
    if not having:
        asked = [donors[index]] if index is not None else donors
        none = "no donor has an" if len(asked) > 1 else f"{asked[0].source.name} has no"
        raise UsageError(
            f"--expose: {none} argument `{name}`",
            "; ".join(
                f"{donor.source.name} has {', '.join(parameter.name for parameter in _open(donor))}"
                for donor in asked
            ),
        )
    return having[0]


def _open(donor: DonorView) -> list[Parameter]:
    return [
        parameter for parameter in donor.parameters if parameter.kind in ("positional", "keyword")
    ]


def _keyword(keyword: str, name: str, donor: DonorView) -> Keyword:
    parameter = next(parameter for parameter in donor.parameters if parameter.name == name)
    base = donor.observation.base.args.get(name, "None")
    default = donor.given.get(name) or parameter.default or base
    known = of_source(donor.source).bindings.keys()
    if strange := free_names(default) - known:
        raise UsageError(
            f"--expose: the default `{default}` of `{name}` means nothing outside of "
            f"{donor.source.name}: there is no `{min(strange)}`",
            f'give another: --donor-args "{name}=..."',
        )
    annotation = parameter.annotation or ""
    if annotation and free_names(annotation) - known:
        annotation = ""
    return Keyword(keyword, default, annotation)
