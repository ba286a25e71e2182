"""Mixed precision on the CPU as CUDA has it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

IN_FLOAT32 = frozenset(
    {"__pow__", "__rpow__", "__rdiv__", "__rtruediv__", "pow", "reciprocal", "rsqrt", "prod", "sum"}
    | {"exp", "expm1", "log", "log10", "log2", "log1p", "logsumexp", "cumprod", "cumsum"}
    | {"acos", "asin", "cosh", "erfinv", "sinh", "tan", "softplus", "softmax", "log_softmax"}
    | {"softmin", "layer_norm", "group_norm", "norm", "renorm", "cosine_similarity"}
    | {"cdist", "dist", "pdist"}
)
"""What autocast computes in float32 on CUDA; on the CPU its list is much shorter.
(docs.pytorch.org/docs/stable/amp.html, "CUDA Ops that can autocast to float32")"""

HALF = (torch.float16, torch.bfloat16)


class _CudaPolicy(TorchFunctionMode):
    """Gives the operations of CUDA's float32 list float32 arguments."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if getattr(func, "__name__", "") in IN_FLOAT32:
            args = tuple(_raised(value) for value in args)
        return func(*args, **(kwargs or {}))


def _raised(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.dtype in HALF else value


@contextlib.contextmanager
def cuda_like_autocast(dtype: torch.dtype) -> Iterator[None]:
    """Autocast on the CPU that keeps in float32 what CUDA's autocast would.

    Without it, a sum or a power that is sound on CUDA overflows in float16 here.
    """
    with torch.autocast("cpu", dtype), _CudaPolicy():
        yield


def unsupported(error: BaseException) -> bool:
    """Whether the CPU merely lacks a kernel for the dtype: no fault of the module."""
    text = str(error).lower()
    signs = ("not implemented for", "not supported", "unsupported", "could not create a primitive")
    return isinstance(error, RuntimeError) and any(sign in text for sign in signs)
