"""What an adapter adds to a donor, and a donor with all that its adapters have added."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from fusion_cli.model.placeholders import adapter

REARRANGE = "Rearrange"  # einops' layer; every other adapter class is one of `zoo/adapters`


@dataclass(frozen=True)
class Glue:
    """Modules that run before and behind a donor, then a class that is built around them all.

    `bounded`: what stays between 0 and 1 still does.
    """

    words: str
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    around: str = ""
    arguments: tuple[str, ...] = ()  # of the class, beside the module
    bounded: bool = True


@dataclass(frozen=True)
class Chain:
    """A donor and its adapters: modules that run one after the other, and the adapters in words.

    `bounded`: what it gives stays between 0 and 1. `inputs`: how many tensors it is given.
    """

    steps: tuple[str, ...]
    bounded: bool = False
    inputs: int = 1
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The expression that builds it."""
        if len(self.steps) == 1:
            return self.steps[0]
        sequence = "nn.Sequential" if self.inputs == 1 else adapter("Followed")
        return f"{sequence}({', '.join(self.steps)})"

    @property
    def classes(self) -> tuple[str, ...]:
        """The adapter classes that the file has to carry or import, the innermost first."""
        names = re.findall(adapter(r"(\w+?)"), self.text)
        return tuple(dict.fromkeys(reversed(names)))

    def glued(self, glue: Glue) -> Chain:
        steps = (*glue.before, *self.steps, *glue.behind)
        chain = replace(
            self,
            steps=steps,
            bounded=self.bounded and glue.bounded,
            words=(*self.words, glue.words),
        )
        if not glue.around:
            return chain
        arguments = ", ".join([chain.text, *glue.arguments])
        return replace(chain, steps=(f"{adapter(glue.around)}({arguments})",))
