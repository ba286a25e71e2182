"""A stand-in for CUDA: real CPU tensors, and a book of which of them would lie on the device.

Unlike fake or meta tensors the values are real, so branches on data, `.item()` and `.type(…)`
strings go the way they would go on a GPU, and no kernel can be missing.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fusion_cli.runtime.battery.context import is_users, place, tensors
from fusion_cli.runtime.battery.plain import held
from fusion_cli.runtime.global_state import patched
from fusion_cli.runtime.subject import Subject

DEVICE = torch.device("cuda", 0)

MOVES = frozenset({"to", "cuda", "cpu", "type", "type_as"})
SYNCS = frozenset({"item", "tolist", "cpu", "__bool__", "__int__", "__float__", "__index__"})
MIX = frozenset(
    {"copy_", "__setitem__", "index_put_", "index_put", "type_as", "to", "__set__", "set_"}
    | {"is_same_size", "result_type", "can_cast", "broadcast_tensors", "promote_types"}
)
"""Operations that CUDA, too, gives tensors of both sides."""


@dataclass(frozen=True)
class Remark:
    """Something the stand-in saw: `mismatch`, `numpy`, `sync` or `cuda`, what and where."""

    kind: str
    what: str
    place: str


class StandIn(TorchFunctionMode):
    """Follows every tensor operation of a module as if its weights and inputs lay on CUDA.

    Tensors are on the device unless known to be on the CPU: those that the user's code makes
    without naming the device, those of plain attributes, and what is computed from them alone.
    Fooled by the old constructors (`torch.Tensor([1.0])` in forward), of which torch does not tell.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject
        self.remarks: list[Remark] = []
        self.on_cpu: dict[int, Tensor] = {}
        self.moved: dict[int, Tensor] = {}
        self.asked = False
        self.running = False

    def adopt(self, module: nn.Module) -> None:
        """Bring a module to the device: what it does not register stays behind on the CPU."""
        self.on_cpu.clear()
        for _, kind, one in held(module):
            found = (*one.parameters(), *one.buffers()) if kind == "module" else (one,)
            self._leave(one for one in found if id(one) not in self.moved)
        self._leave(
            tensor for tensor in self.subject.namespace.values() if isinstance(tensor, Tensor)
        )
        module._apply(self._arrived)
        self.running = True

    def made_on_cpu(self, tensor: Tensor) -> Tensor:
        self.on_cpu[id(tensor)] = tensor
        return tensor

    def _leave(self, found: Iterator[Tensor]) -> None:
        self.on_cpu |= {id(one): one for one in found}

    def _arrived(self, tensor: Tensor) -> Tensor:
        self.on_cpu.pop(id(tensor), None)
        return tensor

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        frame = sys._getframe(1)
        if name == "__get__":
            return self._property(func, args, frame)
        if name == "get_device":
            return -1 if self._is_on_cpu(args[0]) else 0
        if name == "type" and len(args) == 1 and not kwargs:
            text = str(func(*args))
            return text if self._is_on_cpu(args[0]) else text.replace("torch.", "torch.cuda.", 1)
        return self._operation(func, name, args, kwargs, frame)

    def _property(self, func: Any, args: Any, frame: FrameType) -> Any:
        """`x.device`, `x.is_cuda`: torch's own code hears the truth, lest it call CUDA."""
        lie = not self._is_on_cpu(args[0]) and not _is_torch(frame)
        if lie and func == Tensor.device.__get__:
            return DEVICE
        if lie and func == Tensor.is_cuda.__get__:  # type: ignore[attr-defined]
            return True
        value = func(*args)
        if isinstance(value, Tensor) and self._is_on_cpu(args[0]):
            self.on_cpu[id(value)] = value
        return value

    def _operation(
        self, func: Any, name: str, args: Any, kwargs: dict[str, Any], frame: FrameType
    ) -> Any:
        given = [*tensors(args), *tensors(kwargs)]
        self._look(name, args, given, frame)
        swapped, target = self._target(name, args, kwargs, frame)
        result = func(*swapped[0], **swapped[1])
        here = self._result_on_cpu(name, args, given, target, frame)
        return self._book(name, result, given, here)

    def _look(self, name: str, args: Any, given: list[Tensor], frame: FrameType) -> None:
        """Remark on what CUDA would refuse or wait for."""
        if not self.running:
            return
        ours = [value for value in given if not self._is_on_cpu(value)]
        theirs = [value for value in given if self._is_on_cpu(value) and value.dim()]
        if name == "__getitem__":
            if self._is_on_cpu(args[0]) and args[0].dim() and ours:
                self._remark("mismatch", "a CPU tensor indexed by one on the device", frame)
        elif ours and theirs and name not in MIX and not name.startswith("new_"):
            self._remark(
                "mismatch", f"`{name}` of a tensor on the device and one on the CPU", frame
            )
        if ours and name in ("numpy", "__array__"):
            self._remark("numpy", "numpy is given a tensor that lies on the device", frame)
        elif ours and name in SYNCS and is_users(frame, self.subject):
            self._remark("sync", _SYNC_TEXT.get(name, f"`.{name}()`"), frame)

    def _target(
        self, name: str, args: Any, kwargs: dict[str, Any], frame: FrameType
    ) -> tuple[tuple[Any, dict[str, Any]], bool | None]:
        """The arguments with CUDA replaced, and whether the result was sent to the CPU (True),
        to the device (False) or nowhere (None)."""
        if name == "cuda":
            self._remark("cuda", "`.cuda()`", frame)
            return (
                ((args[:1], {}), False) if isinstance(args[0], Tensor) else ((args, kwargs), None)
            )
        if name == "cpu":
            return (args, kwargs), True
        if name in ("type_as", "to") and len(args) > 1 and isinstance(args[1], Tensor):
            return (args, kwargs), self._is_on_cpu(args[1])
        places = [value for value in (*args, *kwargs.values()) if _names_device(name, value)]
        if not places:
            return (args, kwargs), None
        if any(value == "cuda" or value == torch.device("cuda") for value in places):
            self._remark("cuda", 'the device "cuda"', frame)
        swapped = tuple(_on_cpu(name, value) for value in args)
        called = swapped, {key: _on_cpu(name, value) for key, value in kwargs.items()}
        if _is_torch(frame):  # it was told the truth, so its "cpu" may mean the input's device
            return called, None
        return called, all(str(value).startswith("cpu") for value in places)

    def _result_on_cpu(
        self, name: str, args: Any, given: list[Tensor], target: bool | None, frame: FrameType
    ) -> bool:
        if target is not None:
            return target
        if name == "__getitem__" or name.startswith("new_"):
            return self._is_on_cpu(args[0])
        if given:
            return all(self._is_on_cpu(value) for value in given)
        return not _is_torch(frame)

    def _book(self, name: str, result: Any, given: list[Tensor], here: bool) -> Any:
        """Enter the result; one that a move gives back unmoved becomes a tensor of its own."""
        if isinstance(result, Tensor) and any(result is value for value in given):
            if name not in MOVES or here == self._is_on_cpu(result):
                return result
            result = result.view_as(result)
        for tensor in tensors(result):
            if here:
                self.on_cpu[id(tensor)] = tensor
            elif not self.running:
                self.moved[id(tensor)] = tensor
        return result

    def _is_on_cpu(self, value: Any) -> bool:
        return id(value) in self.on_cpu

    def _remark(self, kind: str, what: str, frame: FrameType) -> None:
        remark = Remark(kind, what, place(frame, self.subject))
        if remark not in self.remarks:
            self.remarks.append(remark)


_SYNC_TEXT = {
    "__bool__": "a branch on a tensor's value",
    "__int__": "`int()` of a tensor",
    "__float__": "`float()` of a tensor",
    "__index__": "a tensor as an index or a size",
}


@contextlib.contextmanager
def stand_in(subject: Subject) -> Iterator[StandIn]:
    """The mode, with `torch.cuda.is_available()` true for the body."""
    mode = StandIn(subject)

    def available() -> bool:
        mode.asked = True
        return True

    from_numpy = torch.from_numpy

    def read_array(array: Any) -> Tensor:
        return mode.made_on_cpu(from_numpy(array))

    with (
        patched(torch.cuda, "is_available", available),
        patched(torch, "from_numpy", read_array),  # the mode is not told of it
        mode,
    ):
        yield mode


def _names_device(name: str, value: Any) -> bool:
    if isinstance(value, torch.device):
        return True
    if not isinstance(value, str):
        return False
    return value.startswith(("cuda", "cpu")) or (name == "type" and ".cuda." in value)


def _on_cpu(name: str, value: Any) -> Any:
    """A device or a name of one, with CUDA replaced by the CPU."""
    if not _names_device(name, value):
        return value
    if name == "type" and isinstance(value, str):
        return value.replace(".cuda.", ".")
    return "cpu"


def _is_torch(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "torch"
