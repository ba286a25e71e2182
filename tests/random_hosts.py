"""Random hosts as source text: convolutions, norms, branches, residuals, conditionals, nesting,
in-place operations, items of containers, helper methods and local aliases.

One seed gives one host, in every version of Python.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

HEAD = """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Conv(nn.Module):
    def __init__(self, c1, c2, k=3):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, padding=k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


"""
_LAYERS = ("stem", "proj", "mix", "body", "expand", "refine", "local", "wide", "head", "tail")
_NORMS = ("nn.BatchNorm2d({})", "nn.GroupNorm(1, {})")
_ACTS = ("nn.ReLU()", "nn.ReLU(inplace=True)", "nn.SiLU()", "nn.GELU()")
_CALLS = ("F.relu({})", "torch.tanh({})", "F.silu({})", "{} * 0.5", "{} * torch.sigmoid({})")


@dataclass
class _Method:
    """A method that is being written: its lines, and the name that holds its value."""

    lines: list[str] = field(default_factory=list)
    value: str = "x"
    indent: str = " " * 8

    def say(self, line: str) -> None:
        self.lines.append(self.indent + line)


@dataclass(frozen=True)
class Host:
    """One random host: the source of `Block(c1, c2)`.

    `layers` are the submodules that are called by name, `own` those of them of class `Conv`.
    """

    source: str
    layers: tuple[str, ...]
    own: tuple[str, ...]


class _Writer:
    """Writes the class `Block(c1, c2)`; `at` is the expression of the channels of the value."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.init: list[str] = []
        self.methods: list[str] = []
        self.layers: list[str] = []
        self.own: list[str] = []
        self.names = 0
        self.at = "c1"

    # names

    def fresh(self, stem: str) -> str:
        self.names += 1
        return f"{stem}{self.names}"

    def layer(self, declared: str) -> str:
        """Declare a submodule and return its name."""
        name = self.fresh(self.random.choice(_LAYERS))
        self.init.append(f"self.{name} = {declared}")
        if not declared.startswith("nn.ModuleList"):
            self.layers.append(name)
        return name

    # expressions: a call of new submodules on an expression

    def conv(self, arg: str, to: str) -> str:
        kind = self.random.choice(("plain", "own", "own", "deep", "sequence", "point"))
        before, self.at = self.at, to
        if kind == "own":
            name = self.layer(f"Conv({before}, {to})")
            self.own.append(name)
            return f"self.{name}({arg})"
        if kind == "deep" and before == to:
            return f"self.{self.layer(f'nn.Conv2d({to}, {to}, 3, padding=1, groups={to})')}({arg})"
        if kind == "sequence":
            return f"self.{self.layer(self.sequence(before, to))}({arg})"
        if kind == "point":
            return f"self.{self.layer(f'nn.Conv2d({before}, {to}, 1)')}({arg})"
        return f"self.{self.layer(f'nn.Conv2d({before}, {to}, 3, padding=1)')}({arg})"

    def sequence(self, before: str, to: str) -> str:
        items = [f"nn.Conv2d({before}, {to}, 3, padding=1)"]
        items += [self.random.choice(_NORMS).format(to)] * self.random.randint(0, 1)
        items += [self.random.choice(_ACTS)]
        items += [f"Conv({to}, {to})"] * self.random.randint(0, 1)
        return f"nn.Sequential({', '.join(items)})"

    def norm(self, arg: str) -> str:
        return f"self.{self.layer(self.random.choice(_NORMS).format(self.at))}({arg})"

    def act(self, arg: str) -> str:
        if self.random.random() < 0.5:
            return f"self.{self.layer(self.random.choice(_ACTS))}({arg})"
        return self.call(arg)

    def call(self, arg: str) -> str:
        form = self.random.choice(_CALLS if arg.isidentifier() else _CALLS[:3])
        return form.format(*[arg] * form.count("{}"))

    def nested(self, arg: str, to: str) -> str:
        """A convolution, maybe its norm, maybe its activation, in one expression."""
        text = self.conv(arg, to)
        text = self.norm(text) if self.random.random() < 0.5 else text
        return self.act(text) if self.random.random() < 0.5 else text

    # statements

    def forward(self) -> str:
        method = _Method()
        for _ in range(self.random.randint(1, 4)):
            self.random.choice(self.statements())(method)
        self.finish(method)
        return "\n".join(method.lines)

    def statements(self) -> tuple[Callable[[_Method], None], ...]:
        return (
            self.plain,
            self.plain,
            self.lines,
            self.alias,
            self.helper,
            self.residual,
            self.branches,
            self.loop,
            self.scale,
            self.conditional,
            self.in_place,
        )

    def width(self) -> str:
        return self.random.choice(("hidden", "hidden", "c2", self.at))

    def store(self, method: _Method, text: str) -> None:
        """Bind an expression to a new name or the old one."""
        if self.random.random() < 0.5:
            method.value = self.fresh(self.random.choice(("y", "out", "features")))
        method.say(f"{method.value} = {text}")

    def plain(self, method: _Method) -> None:
        self.store(method, self.nested(method.value, self.width()))

    def lines(self, method: _Method) -> None:
        self.store(method, self.conv(method.value, self.width()))
        method.say(f"{method.value} = {self.norm(method.value)}")
        method.say(f"{method.value} = {self.act(method.value)}")

    def alias(self, method: _Method) -> None:
        name = self.fresh("layer")
        call = self.conv(method.value, self.width())
        method.say(f"{name} = {call.partition('(')[0]}")
        self.store(method, f"{name}({method.value})")

    def helper(self, method: _Method) -> None:
        name = self.fresh("_features")
        inner = _Method()
        self.plain(inner)
        inner.say(f"return {inner.value}")
        self.methods.append("\n".join([f"    def {name}(self, x):", *inner.lines]))
        self.store(method, f"self.{name}({method.value})")

    def residual(self, method: _Method) -> None:
        kept, width = self.fresh("identity"), self.at
        method.say(f"{kept} = {method.value}")
        self.store(method, self.nested(method.value, self.width()))
        self.store(method, self.nested(method.value, width))
        if self.random.random() < 0.3 and method.value != kept:
            method.say(f"{method.value} += {kept}")
        else:
            sides = [method.value, kept]
            self.random.shuffle(sides)
            self.store(method, " + ".join(sides))

    def branches(self, method: _Method) -> None:
        start, width, to = method.value, self.at, self.width()
        left = self.nested(start, to)
        self.at = width
        right = self.nested(start, to)
        if self.random.random() < 0.5:
            self.store(method, f"{left} + {right}")
            return
        a, b = self.fresh("a"), self.fresh("b")
        method.say(f"{a} = {left}")
        method.say(f"{b} = {right}")
        self.at = f"2 * {to}"
        self.store(
            method, self.conv(f"torch.cat([{a}, {b}], dim=1)", self.random.choice(("c2", "hidden")))
        )

    def loop(self, method: _Method) -> None:
        item = self.random.choice(("Conv({0}, {0})", "nn.Conv2d({0}, {0}, 3, padding=1)"))
        name = self.layer(f"nn.ModuleList({item.format(self.at)} for _ in range(2))")
        method.say(f"for layer in self.{name}:")
        method.say(f"    {method.value} = layer({method.value})")

    def scale(self, method: _Method) -> None:
        name = self.fresh("gamma")
        self.init.append(f"self.{name} = nn.Parameter(torch.ones({self.at}, 1, 1))")
        self.store(method, f"self.{name} * {method.value}")

    def conditional(self, method: _Method) -> None:
        width = self.at
        flag = self.random.choice(("self.add", "self.deep"))
        call = self.nested(method.value, width)
        name = self.fresh("y")
        if self.random.random() < 0.5:
            method.say(f"{name} = {method.value}")
            method.say(f"if {flag}:")
            method.say(f"    {name} = {call}")
        else:
            method.say(f"{name} = {call} if {flag} else {method.value}")
        method.value = name

    def in_place(self, method: _Method) -> None:
        self.store(method, self.conv(method.value, self.width()))
        method.say(
            self.random.choice(
                ("F.relu_({})", "{}.mul_(0.5)", "{0} = {0}.add_(0.1)", "{} *= 2")
            ).format(*[method.value] * 2)
        )

    def finish(self, method: _Method) -> None:
        """Bring the value to c2 channels and return it, over the shortcut where there is one."""
        kind = self.random.choice(("plain", "shortcut", "arms", "returns", "inline"))
        last = self.nested(method.value, "c2")
        if kind == "plain":
            method.say(f"return {last}")
        elif kind == "shortcut":
            method.value = "y"
            method.say(f"y = {last}")
            method.say("return x0 + y if self.add else y")
            method.lines.insert(0, f"{method.indent}x0 = x")
        elif kind == "arms":
            method.lines.insert(0, f"{method.indent}x0 = x")
            method.say(f"return x0 + {last} if self.add else {last}")
        elif kind == "returns":
            method.lines.insert(0, f"{method.indent}x0 = x")
            method.say("if self.add:")
            method.say(f"    return x0 + {last}")
            method.say(f"return {last}")
        else:
            method.say(f"return {self.call(last)}")


def random_host(seed: int) -> Host:
    """The host of a seed."""
    writer = _Writer(seed)
    forward = writer.forward()
    init = [
        "        super().__init__()",
        "        hidden = c2 // 2",
        "        self.add = shortcut and c1 == c2",
        "        self.deep = deep",
        *(f"        {line}" for line in writer.init),
    ]
    methods = ["\n".join(["    def forward(self, x):", forward]), *writer.methods]
    lines = ["class Block(nn.Module):", "    def __init__(self, c1, c2, shortcut=True, deep=True):"]
    body = "\n\n".join(["\n".join([*lines, *init]), *methods])
    return Host(f"{HEAD}{body}\n", tuple(writer.layers), tuple(writer.own))
