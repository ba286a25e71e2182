"""Options are declared once, in a request: all that takes them follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from fusion_cli import recipe
from fusion_cli.command.cli import main
from fusion_cli.command.signatures import with_options
from fusion_cli.model.errors import UsageError
from fusion_cli.model.options import Option, accepted, declared
from fusion_cli.model.requests import FuseRequest, FusionOptions, Request, deciding
from fusion_cli.render.lineage import command

WORDS = {bool: True, float: 0.25, str: "cv1"}  # a value of each type that options have


@dataclass(frozen=True)
class Order(Request):
    """What a test asks for."""

    dish: str
    hot: Annotated[bool, Option("not cold")] = False
    with_: Annotated[tuple[str, ...], Option("beside it", metavar="DISH", flag="--with")] = ()
    size: Annotated[str, Option("how much", choices=("small", "large"))] = "small"


def ordered(*words: str) -> Order:
    seen: list[Order] = []

    @with_options(Order)
    def order(request_for: Callable[..., Order], dish: str, twice: bool = False) -> None:
        seen.extend([request_for(dish)] * (1 + twice))

    app = typer.Typer()
    app.command()(order)
    CliRunner().invoke(app, words, catch_exceptions=False, standalone_mode=False)
    return seen[-1]


def test_a_declared_option_is_one_of_the_command_and_of_the_functions() -> None:
    words = ["soup", "--hot", "--with", "bread", "--with", "salt", "--size", "large"]
    order = Order("soup", hot=True, with_=("bread", "salt"), size="large")
    assert ordered(*words) == order
    assert ordered("soup") == Order("soup")
    given = {"hot": True, "with_": [Path("bread"), "salt"], "size": "large"}
    assert Order("soup", **accepted(Order, given)) == order
    assert Order("soup", **accepted(Order, {"with_": Path("bread")})).with_ == ("bread",)


def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="`huge` is no value of --size") as refused:
        ordered("soup", "--size", "huge")
    assert refused.value.hint == "there are: small, large"


def test_every_option_stands_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replace", "--help"]) == 0
    shown = capsys.readouterr().out
    options = declared(FuseRequest)
    assert [one.name for one in fields(FuseRequest) if one.name not in options] == [
        *("pattern", "host", "donors")
    ]
    assert [one.flag for one in options.values() if one.flag not in shown] == []


@pytest.mark.parametrize("name", declared(FusionOptions))
def test_what_decides_is_in_the_recipe_and_in_the_command(name: str, tmp_path: Path) -> None:
    one = declared(FusionOptions)[name]
    kind = next(kind for kind in WORDS if kind.__name__ in str(one.type))
    value = ("zero" if name == "init" else "import" if name == "style" else WORDS[kind],)
    asked = FuseRequest("split", "H", ("D",), **{name: value if one.several else value[0]})
    path = tmp_path / "block.toml"
    path.write_text(recipe.written(asked), encoding="utf-8")
    assert recipe.read_recipe(path) == (asked,)
    assert command(asked).startswith(f"fuse split H D {one.flag}")
    assert name in deciding()
