"""The arguments and options of the commands, each in one place with its help and completion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fusion_cli.command import completion

_REFERENCE = "a zoo name, FILE.py:Class, FILE.py or package.module:Class"

Ref = Annotated[
    str,
    typer.Argument(
        metavar="REF",
        help=_REFERENCE,
        autocompletion=completion.references,
    ),
]
Refs = Annotated[
    list[str],
    typer.Argument(
        metavar="REF...",
        help="a zoo name, FILE.py:Class, FILE.py, package.module:Class or a folder; one or several",
        autocompletion=completion.references,
    ),
]
Each = Annotated[
    bool,
    typer.Option("--each", help="check every module of a file, and pass over files without one"),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="text|github|junit",
        help="for people, as annotations of a workflow, or as JUnit XML",
        autocompletion=completion.layouts,
    ),
]
Host = Annotated[
    str,
    typer.Argument(
        metavar="HOST",
        help=_REFERENCE,
        autocompletion=completion.hosts,
    ),
]
Donors = Annotated[
    list[str],
    typer.Argument(
        metavar="DONOR...", help="one or several, named alike", autocompletion=completion.donors
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="SITE",
        help="where: cv1 | cv1..cv2 | block | m.*.cv1 | conv.0",
        show_default="the pattern's own rule",
    ),
]
HostArgs = Annotated[
    str | None,
    typer.Option(
        metavar="ARGS",
        help='constructor arguments as call text: "c1=64, c2=128"',
        show_default="found by probing",
    ),
]
DonorArgs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ARGS", help="the same, once per donor in order", show_default="found by probing"
    ),
]
Name = Annotated[
    str | None, typer.Option(metavar="NAME", help="class name", show_default="Host_Donor")
]
Output = Annotated[
    str, typer.Option("--output", "-o", metavar="PATH", help="a directory, or a file ending in .py")
]
Style = Annotated[
    str,
    typer.Option(
        metavar="standalone|import",
        help="carry every definition, or import what is importable",
        autocompletion=completion.styles,
    ),
]
When = Annotated[
    str | None,
    typer.Option(
        metavar="CONDITION",
        help='fuse only where this holds in the host\'s constructor: "c1 == c2"',
        show_default="always",
    ),
]
Switch = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="give the new class a keyword that turns the donors off",
        show_default="none",
    ),
]
Expose = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[N:]ARG",
        help="make an argument of the donor (of the N-th) a keyword of the new class",
    ),
]
Init = Annotated[
    str | None,
    typer.Option(
        metavar="zero",
        help="start the donors' contribution at zero: with the host's weights it is the host",
        show_default="as the donors do",
        autocompletion=completion.inits,
    ),
]
Ratio = Annotated[
    float | None,
    typer.Option(
        metavar="R",
        help="the share of the site's channels for each donor, where a pattern splits them",
        show_default="even parts",
    ),
]
NoAdapt = Annotated[
    bool, typer.Option("--no-adapt", help="refuse a donor that does not fit without an adapter")
]
Verify = Annotated[
    str,
    typer.Option(
        metavar="quick|full|deep|off",
        help="how much of the battery to run",
        autocompletion=completion.levels,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="warnings reject too")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CHECK", help="accept this failed check", autocompletion=completion.checks
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda[:N]",
        help="where the smoke test runs",
        autocompletion=completion.devices,
    ),
]
RequireCuda = Annotated[bool, typer.Option("--require-cuda", help="no CUDA is an error")]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", help="the limit of building and observing a module, and of each check"
    ),
]
Force = Annotated[bool, typer.Option("--force", help="overwrite a file that differs")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="print the source and write nothing")]
Diff = Annotated[
    bool, typer.Option("--diff", help="print the difference from the file and write nothing")
]
Fix = Annotated[
    bool, typer.Option("--fix", help="mend the file by the repairs that are proven to help")
]
FixDiff = Annotated[bool, typer.Option("--diff", help="show what --fix changes and write nothing")]
FixDonor = Annotated[
    bool,
    typer.Option("--fix-donor", help="fuse donors mended; their own files stay as they are"),
]
Templates = Annotated[
    list[Path] | None, typer.Option(metavar="DIR", help="look for patterns here first")
]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on stdout, nothing else")]
SaveRecipe = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="also write this fusion as a recipe", show_default=False),
]
Recipe = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="a TOML file: a host and steps", autocompletion=completion.recipes
    ),
]
Args = HostArgs
Kind = Annotated[
    str | None,
    typer.Argument(
        metavar="[hosts|donors|patterns]", help="one of them", autocompletion=completion.kinds
    ),
]
