"""Hosts for the tests of what is decided without torch, as `tests.views` reads them."""

from __future__ import annotations

from fusion_cli.study.views import HostView
from tests.views import host_view

BLOCK = """\
class Block:
    def __init__(self, c1, c2, add=1):
        super().__init__()
        hidden = c2 // 2
        self.cv1 = Conv(c1, hidden)
        self.cv2 = Conv(hidden, c2, 2)
        self.body = Sequential(Conv(c2, c2), Act())
        self.add = add

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        if self.add:
            return y + self.body(y)
        return self.body(y)
"""


def block() -> HostView:
    """`BLOCK` with two widths, and once without its addition."""
    return host_view(
        BLOCK,
        ({"c1": 4, "c2": 8}, (2, 4, 8, 8)),
        ({"c1": 6, "c2": 16}, (2, 6, 8, 8)),
        ({"c1": 4, "c2": 8, "add": 0}, (2, 4, 12, 12)),
    )


def residual(forward: str) -> HostView:
    """Two convolutions and an activation of 4 channels, put together by this `forward`."""
    layers = ("self.cv1 = Conv(c, c)", "self.cv2 = Conv(c, c)", "self.act = Act()")
    lines = (*layers, "self.layers = Sequential(Conv(c, c), Conv(c, c))")
    text = "class Host:\n    def __init__(self, c):\n        super().__init__()\n"
    text += "".join(f"        {line}\n" for line in lines) + "\n    def forward(self, x):\n"
    text += "".join(f"        {line}\n" for line in forward.splitlines())
    return host_view(text, ({"c": 4}, (2, 4, 8, 8)))
