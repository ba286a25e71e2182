"""Recipes: what they ask for, what is wrong with them, and that they give what their steps would."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_cli import pipeline, recipe
from fusion_cli.command import entry, outcome_text
from fusion_cli.command.cli import main
from fusion_cli.model.errors import (
    BadRecipe,
    FuseError,
    OutputExists,
    UnknownName,
)
from fusion_cli.model.outcomes import RecipeOutcome
from fusion_cli.model.requests import FuseRequest, RecipeRequest
from fusion_cli.render.header import header
from fusion_cli.worker.session import Session
from tests.command.outcomes import FUSED
from tests.conftest import ROOT, Command
from tests.fusing import HereWorker, demand_ok, fuse_here
from tests.test_composition import fuse_words

TWO = """
host = "Bottleneck"

[[steps]]
pattern = "serial"
donors = ["SE"]
at = "cv1"

[[steps]]
pattern = "parallel"
donors = ["SE"]
"""
# A donor with a weight that nothing reads, which `gradients` rejects.
IDLE = """
import torch
from torch import nn


class Idle(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.idle = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def followed(text: str, **options: object) -> RecipeOutcome:
    Path("block.toml").write_text(text, encoding="utf-8")
    request = RecipeRequest("block.toml", **{"verify": "quick", **options})  # type: ignore[arg-type]
    return pipeline.follow(Session(HereWorker(), request))  # type: ignore[arg-type]


def test_a_recipe_writes_what_the_commands_of_its_steps_write() -> None:
    outcome = followed(TWO)
    demand_ok(outcome)
    assert [step.name for step in outcome.steps] == ["Bottleneck_SE", "Bottleneck_SE_SE"]
    for step in outcome.steps:
        rows = {row.name: row.status for row in step.report.checks}
        assert (rows["equivalence"], rows["drop_in"]) == ("passed", "passed")
    assert [path.name for path in Path("generated").iterdir()] == [Path(outcome.file).name]
    written = Path(outcome.file).read_text(encoding="utf-8")
    Path(outcome.file).unlink()
    for line in [value for key, value in header(written) if key == "command"]:
        words, _, place = line.removeprefix("fuse ").partition(" -o ")
        last = fuse_words(words, Path(place or "generated"))
    assert Path(last.file).read_text(encoding="utf-8") == written


def test_the_options_of_the_command_are_the_last_steps() -> None:
    outcome = followed(TWO, name="Mine", output="out", dry_run=True)
    assert (outcome.name, outcome.file_state) == ("Mine", "untouched")
    assert outcome.file == "out/mine.py"
    assert not Path("out").exists()
    assert outcome.steps[0].file == "generated/bottleneck_serial_se.py"


def test_a_step_that_is_rejected_ends_the_recipe() -> None:
    Path("idle.py").write_text(IDLE, encoding="utf-8")
    outcome = followed(TWO.replace('"SE"]\nat', '"idle.py"]\nat'), verify="full")
    assert (outcome.exit_code, len(outcome.steps), outcome.count) == (1, 1, 2)
    assert not Path("generated").exists()
    rejected = outcome_text.rejection(outcome)
    assert rejected is not None
    assert rejected.message.startswith("step 1 of 2: `Bottleneck_Idle` is rejected by `gradients`")


def test_checks_are_allowed_in_every_step() -> None:
    Path("idle.py").write_text(IDLE, encoding="utf-8")
    outcome = followed(
        TWO.replace('"SE"]', '"idle.py"]'), verify="full", allow=("gradients",), dry_run=True
    )
    demand_ok(outcome)
    commands = [value for key, value in header(outcome.source) if key == "command"]
    assert all("--allow gradients" in one for one in commands)


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ('["SE"]\n\n', '["SSE"]\n\n', UnknownName, "step 1 (serial): there is no `SSE`"),
        ('at = "cv1"', 'at = "cv9"', UnknownName, "step 1 (serial): Bottleneck has no site `cv9`"),
        (
            'pattern = "parallel"',
            'pattern = "paralel"',
            UnknownName,
            "step 2 (paralel): no pattern",
        ),
    ],
)
def test_an_error_names_its_step(old: str, new: str, kind: type[FuseError], said: str) -> None:
    text = TWO if old in TWO else TWO.replace('at = "cv1"\n', "")
    with pytest.raises(kind) as caught:
        followed(text.replace(old, new), verify="off")
    assert caught.value.message.startswith(said)


def test_two_steps_of_one_file_are_refused() -> None:
    named = TWO.replace('"SE"]', '"SE"]\nname = "Mine"')
    with pytest.raises(FuseError, match=r"step 2 .*generated/mine.py, and so is step 1"):
        followed(named, verify="off")
    assert not Path("generated").exists()


# What is wrong with a recipe, the line that is named, and what is said of it.
WRONG = {
    "torn": ('host = "Bottleneck\n', 1, "illegal character", ""),
    "no host": ('[[steps]]\npattern = "serial"\ndonors = ["SE"]\n', 1, "`host` is missing", ""),
    "no steps": ('host = "C2f"\n', 1, "`steps` is missing", ""),
    "empty": ('host = "C2f"\nsteps = []\n', 2, "the recipe has no steps", ""),
    "no list": ('host = "C2f"\nsteps = 3\n', 2, "`steps` is no list of tables", "[[steps]]"),
    "a table": ('host = "C2f"\n[steps]\nat = "cv1"\n', 2, "`steps` is no list", "[[steps]]"),
    "unknown key": (f'hots = "C2f"\n{TWO}', 1, "unknown key `hots`", "did you mean `host`?"),
    "unknown option": (f'{TWO}att = "cv1"\n', 12, "unknown key `att`", "did you mean `at`?"),
    "option of a run": (f"{TWO}force = true\n", 12, "unknown key `force`", "there are: pattern"),
    "no pattern": (f'{TWO}[[steps]]\ndonors = ["SE"]\n', 12, "`pattern` is missing", ""),
    "a string": (TWO.replace('["SE"]', '"SE"'), 6, "`donors` is no list of strings", 'donors = ["'),
    "a number": (f"{TWO}at = 3\n", 12, "`at` is no string", 'at = "'),
    "no truth": (f"{TWO}no_adapt = 1\n", 12, "`no_adapt` is no truth", "no_adapt = true"),
    "no donor": (TWO.replace('["SE"]\nat', "[]\nat"), 4, "a donor is missing", "DONOR"),
    "no style": (f'{TWO}style = "mine"\n', 9, "`mine` is no value of --style", "there are"),
}


@pytest.mark.parametrize(("text", "line", "said", "hint"), WRONG.values(), ids=WRONG.keys())
def test_a_bad_recipe_is_told_with_its_line(text: str, line: int, said: str, hint: str) -> None:
    Path("b.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadRecipe) as caught:
        recipe.read_recipe(Path("b.toml"))
    assert caught.value.message.startswith(f"b.toml:{line}: {said}")
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_recipe_that_is_no_file_is_told() -> None:
    with pytest.raises(UnknownName, match=r"there is no recipe nowhere\.toml"):
        recipe.read_recipe(Path("nowhere.toml"))
    Path("b.toml").write_bytes(b"\xff")
    with pytest.raises(BadRecipe, match=r"b\.toml: cannot be read"):
        recipe.read_recipe(Path("b.toml"))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=50, deadline=None)
@given(host=TEXTS, donors=st.lists(TEXTS, min_size=1), data=st.data())
def test_what_is_saved_is_what_is_read(host: str, donors: list[str], data: st.DataObject) -> None:
    args = data.draw(st.lists(TEXTS, max_size=len(donors)))
    request = FuseRequest(
        "serial",
        host,
        tuple(donors),
        at=data.draw(st.none() | TEXTS),
        host_args=data.draw(st.none() | TEXTS),
        donor_args=tuple(args),
        no_adapt=data.draw(st.booleans()),
        allow=("sizes",) if args else (),
    )
    Path("saved.toml").write_text(recipe.written(request), encoding="utf-8", newline="")
    assert recipe.read_recipe(Path("saved.toml")) == (request,)


def test_what_is_saved_writes_the_same_file() -> None:
    saved = fuse_here("serial", "Bottleneck", "SE", at="cv2", save_recipe="mine.toml", verify="off")
    assert saved.file_state == "written"
    request = RecipeRequest("mine.toml", verify="off")
    again = pipeline.follow(Session(HereWorker(), request))  # type: ignore[arg-type]
    assert (again.file, again.file_state) == (saved.file, "unchanged")
    assert not {"save_recipe", "verify"} & set(Path("mine.toml").read_text().split())


def test_a_recipe_that_differs_stands_in_the_way_of_all() -> None:
    Path("mine.toml").write_text(TWO, encoding="utf-8")
    with pytest.raises(OutputExists):
        fuse_here("serial", "Bottleneck", "SE", save_recipe="mine.toml", verify="off")
    assert not Path("generated").exists()
    fuse_here("serial", "Bottleneck", "SE", save_recipe="mine.toml", verify="off", force=True)
    assert recipe.read_recipe(Path("mine.toml"))[0].donors == ("SE",)


def test_a_preview_saves_no_recipe() -> None:
    fuse_here("serial", "Bottleneck", "SE", save_recipe="m.toml", verify="off", dry_run=True)
    assert not Path("m.toml").exists()


def test_the_command(fuse_cmd: Command, folder: Path) -> None:
    (folder / "block.toml").write_text(TWO, encoding="utf-8")
    found = fuse_cmd("recipe", "block.toml", "--verify", "off", "--json")
    told = json.loads(found.stdout)
    assert (found.returncode, found.stderr, told["ok"]) == (0, "", True)
    assert [step["class"] for step in told["steps"]] == ["Bottleneck_SE", "Bottleneck_SE_SE"]
    assert (told["class"], told["file_state"]) == ("Bottleneck_SE_SE", "written")
    assert {"schema", "steps"} | set(told["steps"][0]) == set(told) - {"ok", "exit", "error"}


def test_every_option_of_the_command_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RecipeRequest] = []
    last = {one.name: getattr(FUSED, one.name) for one in fields(FUSED)}
    outcome = RecipeOutcome(**last, steps=(FUSED,), count=1)
    monkeypatch.setattr(entry, "follow", lambda request, on_stage: asked.append(request) or outcome)
    words = "recipe b.toml --name N -o out --verify quick --strict --allow sizes --device cuda:1"
    assert main(f"{words} --require-cuda --force --dry-run --diff --json".split()) == 0
    assert asked == [
        RecipeRequest(
            "b.toml",
            name="N",
            output="out",
            verify="quick",
            strict=True,
            allow=("sizes",),
            device="cuda:1",
            require_cuda=True,
            force=True,
            dry_run=True,
            diff=True,
        )
    ]


def test_the_steps_are_told_before_the_result() -> None:
    last = {one.name: getattr(FUSED, one.name) for one in fields(FUSED)}
    text = outcome_text.recipe_text(RecipeOutcome(**last, steps=(FUSED, FUSED), count=2))
    step = "step      replace Bottleneck AKConv at cv1: Bottleneck_AKConv, 2 passed, 1 allowed"
    assert text.startswith(f"{step}, 1 warned, 1 skipped\n{step}")
    assert text.endswith(outcome_text.fuse_text(FUSED))


def test_the_readme_shows_a_recipe() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    Path("b.toml").write_text(shown, encoding="utf-8")
    assert [step.pattern for step in recipe.read_recipe(Path("b.toml"))] == ["replace", "serial"]
