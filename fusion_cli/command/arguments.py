"""What the commands take beside the options of their requests."""

from __future__ import annotations

from typing import Annotated

import typer

from fusion_cli.command import completion
from fusion_cli.model.options import Option
from fusion_cli.model.requests import LAYOUTS

_REFERENCE = "a zoo name, FILE.py:Class, FILE.py or package.module:Class"

Ref = Annotated[
    str,
    typer.Argument(metavar="REF", help=_REFERENCE, autocompletion=completion.references),
]
Refs = Annotated[
    list[str],
    typer.Argument(
        metavar="REF...",
        help="a zoo name, FILE.py:Class, FILE.py, package.module:Class or a folder; one or several",
        autocompletion=completion.references,
    ),
]
Host = Annotated[
    str,
    typer.Argument(metavar="HOST", help=_REFERENCE, autocompletion=completion.hosts),
]
Donors = Annotated[
    list[str],
    typer.Argument(
        metavar="DONOR...", help="one or several, named alike", autocompletion=completion.donors
    ),
]
RecipeFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="a TOML file: a host and steps", autocompletion=completion.recipes
    ),
]
Kind = Annotated[
    str | None,
    typer.Argument(
        metavar="[hosts|donors|patterns]", help="one of them", autocompletion=completion.kinds
    ),
]
Each = Annotated[bool, Option("check every module of a file, and pass over files without one")]
Format = Annotated[
    str,
    Option(
        "for people, as annotations of a workflow, or as JUnit XML",
        choices=LAYOUTS,
        flag="--format",
    ),
]
AsJson = Annotated[bool, Option("one JSON object on stdout, nothing else", flag="--json")]
