"""What a written file says of itself."""

from __future__ import annotations

import shlex

from fusion_cli.model.requests import FuseRequest
from fusion_cli.render.lineage import command


def test_the_command_in_the_header_asks_for_the_same_file() -> None:
    request = FuseRequest(
        "mine",
        "a file.py:Block",
        ("SE", "AKConv"),
        at="cv1..cv2",
        host_args="c1=8, c2=16",
        donor_args=("channels=8", "num_param=3"),
        name="Mine",
        style="import",
        allow=("sizes",),
        templates=("my patterns",),
        force=True,
        dry_run=True,
    )
    assert shlex.split(command(request)) == [
        *("fuse", "mine", "a file.py:Block", "SE", "AKConv", "--at", "cv1..cv2"),
        *(
            "--host-args",
            "c1=8, c2=16",
            "--donor-args",
            "channels=8",
            "--donor-args",
            "num_param=3",
        ),
        *("--name", "Mine", "--style", "import", "--templates", "my patterns", "--allow", "sizes"),
    ]


def test_defaults_are_left_out_of_the_command() -> None:
    assert command(FuseRequest("serial", "C2f", ("CBAM",))) == "fuse serial C2f CBAM"
