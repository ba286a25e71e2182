"""What the battery has to know of a fused class: how it was made of its host, and what it promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fusion_cli.model.flow import Maker


@dataclass(frozen=True)
class Application:
    """A pattern's expression and the place in the host where it is put.

    `first` and `last` are submodule paths; both empty mean the whole module. `maker`, where given,
    ends the site instead of `last`: the n-th run of one operator or submodule in the host's forward;
    with `joins` that operator is the site, and its operands are what the site is given. `within` are
    the paths (`m.*`) of the submodules that are the hosts, of the class `inner`; empty: the host
    itself.
    """

    call: str
    first: str = ""
    last: str = ""
    maker: Maker | None = None
    joins: bool = False
    within: str = ""
    inner: str = ""


@dataclass(frozen=True)
class HandedOn:
    """The way of a keyword in the written file: which parameter of which class, held at which path."""

    keyword: str
    donor: str
    parameter: str
    path: str


@dataclass(frozen=True)
class FusionFacts:
    """How a class was fused.

    `added` are the paths of the weights that its host does not have, `gone` those of the host's parts
    that it no longer runs. `active` says for each run whether the donors are there, `when` and
    `switch` what decides it. `keywords` are all that the constructor takes beyond the host's,
    `exposed` those that are arguments of a donor. `dropped` are the host's arguments that the class does
    not take, with what the base run gives the host's.
    """

    application: Application
    guarantees: tuple[str, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]
    active: tuple[bool, ...]
    keywords: tuple[str, ...]
    exposed: tuple[HandedOn, ...]
    when: str | None
    switch: str | None
    dropped: Mapping[str, str | None] = field(default_factory=dict)
