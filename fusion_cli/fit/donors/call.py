"""The call that builds a donor at a site, as source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from fusion_cli.fit.donors.channels import Channels
from fusion_cli.fit.donors.placed import Placed, Prove
from fusion_cli.fit.need import Runs
from fusion_cli.fit.proof import spread
from fusion_cli.model.contract import Role
from fusion_cli.model.sources import Parameter
from fusion_cli.study.views import DonorView


def donor_call(
    placed: Placed, name: str, widths: Channels, stride: Runs | None, prove: Prove
) -> str:
    """The constructor call of the class `name`, with the channels and the stride of the site.

    Raises:
        CannotFuse: its parameter cannot give so many, or the host has no expression for them.
    """
    wanted: dict[Role, Runs | None] = {"in": widths.takes, "out": widths.gives, "stride": stride}
    texts = {
        placed.roles[role]: prove(_values(placed, role, runs), role)
        for role, runs in wanted.items()
        if role in placed.roles and runs is not None
    }
    return f"{name}({', '.join(_arguments(placed.donor, texts))})"


def _values(placed: Placed, role: Role, wanted: Runs) -> Runs:
    """What the parameter of a role must be, run by run, so that the donor has what is wanted."""
    ratio = (None if role == "stride" else placed.donor.observation.factor(role)) or Fraction(1)
    values = [None if want is None else want / ratio for want in wanted]
    if any(value is not None and value.denominator != 1 for value in values):
        parameter = placed.roles[role]
        raise placed.refusal(f"its `{parameter}` cannot give {spread(wanted)} channels")
    return [None if value is None else int(value) for value in values]


def _arguments(donor: DonorView, roles: Mapping[str, str]) -> list[str]:
    """The arguments as people write them: the leading ones by position, `*args` first.

    It is given what it was observed with, where that is not its default.
    """
    given = {**donor.observation.base.args, **donor.given}
    starred = [f"*{given.pop('*')}"] if "*" in given else []
    defaults = {parameter.name: parameter.default for parameter in donor.parameters}
    known = {name: text for name, text in given.items() if name in defaults}
    changed = {name: text for name, text in known.items() if text != defaults[name]}
    beyond = [f"{name}={text}" for name, text in given.items() if name not in known]
    return [*starred, *_ordered(donor.parameters, {**changed, **roles}, donor.given), *beyond]


def _ordered(
    parameters: Sequence[Parameter], texts: Mapping[str, str], given: Mapping[str, str]
) -> list[str]:
    """The texts in the order of the signature; what the user gave keeps its name."""
    ordered: list[str] = []
    leading = True
    for parameter in parameters:
        name, positional = parameter.name, parameter.kind == "positional"
        if name not in texts:
            leading = leading and parameter.kind not in ("positional", "args")
            continue
        leading = leading and positional and name not in given
        ordered.append(texts[name] if leading else f"{name}={texts[name]}")
    return ordered
