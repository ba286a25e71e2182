"""Errors of a module that no argument mends, and what does."""

from __future__ import annotations

import re

_MENDS = (
    (
        r"not compiled with CUDA|no NVIDIA driver|No CUDA GPUs",
        "leave the device to the user: take it from the input or a parameter instead of `.cuda()`",
    ),
    (
        r"super\(\).__init__|Module.__init__\(\) call",
        "call `super().__init__()` before the first attribute is set",
    ),
)


def mend_of(error: BaseException) -> str:
    """How the source is to be changed, where the message tells; else empty."""
    return next((mend for cause, mend in _MENDS if re.search(cause, str(error))), "")
