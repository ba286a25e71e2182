"""timm's layers as donors in three hosts by each pattern: which hold, by which adapters, why not the rest.

python tests/benchmarks/timm_donors.py [CLASS ...]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.benchmarks.matrix import Case, Result, kind_of, run  # noqa: E402

HOSTS = ("Bottleneck", "ResNetBottleneck", "ConvNeXtBlock")
PATTERNS = ("replace", "serial", "parallel", "concat")
DONORS = {
    "attention": ("Attention",),
    "attention2d": ("MultiQueryAttention2d",),
    "attention_pool2d": ("AttentionPool2d",),
    "blur_pool": ("BlurPool2d",),
    "bottleneck_attn": ("BottleneckAttn",),
    "cbam": ("CbamModule", "LightCbamModule"),
    "cond_conv2d": ("CondConv2d",),
    "drop": ("DropBlock2d",),
    "eca": ("EcaModule", "CecaModule"),
    "gather_excite": ("GatherExcite",),
    "global_context": ("GlobalContext",),
    "halo_attn": ("HaloAttn",),
    "lambda_layer": ("LambdaLayer",),
    "mixed_conv2d": ("MixedConv2d",),
    "mlp": ("Mlp", "ConvMlp", "GlobalResponseNormMlp"),
    "non_local_attn": ("NonLocalAttn", "BatNonLocalAttn"),
    "norm": ("LayerNorm2d", "GroupNorm1"),
    "patch_embed": ("PatchEmbed",),
    "pool2d_same": ("AvgPool2dSame",),
    "selective_kernel": ("SelectiveKernel",),
    "space_to_depth": ("SpaceToDepth", "DepthToSpace"),
    "split_attn": ("SplitAttn",),
    "squeeze_excite": ("SEModule", "EffectiveSEModule"),
    "std_conv": ("ScaledStdConv2d",),
}


def references(names: Sequence[str] = ()) -> list[str]:
    """The donors as they are named on the command line: all, or those of some classes."""
    return [
        f"timm.layers.{module}:{name}"
        for module, classes in DONORS.items()
        for name in classes
        if not names or name in names
    ]


def fusions(donor: str) -> list[Result]:
    """What becomes of one donor in every host by every pattern."""
    return [run(Case(host, donor, pattern), "quick") for host in HOSTS for pattern in PATTERNS]


def told(donor: str, results: Sequence[Result]) -> Iterator[str]:
    """The donor's row, then each kind of reason of those that do not hold, with its first case."""
    verified = sum(one.ending == "verified" for one in results)
    yield f"{donor.partition(':')[2]:24} {verified:2} of {len(results)} verified"
    left = [one for one in results if one.ending != "verified"]
    for kind, number in Counter((one.ending, kind_of(one)) for one in left).items():
        first = next(one for one in left if (one.ending, kind_of(one)) == kind)
        where = f"{first.case.pattern} {first.case.host}"
        yield f"    {number:2} {first.ending} ({where}): {first.reason}"


def main(names: Sequence[str]) -> int:
    every: list[Result] = []
    for donor in references(names):
        results = fusions(donor)
        every += results
        print("\n".join(told(donor, results)), flush=True)
    counts = {one.ending: sum(other.ending == one.ending for other in every) for one in every}
    print(f"{len(every)} fusions: {counts}")
    return int(any(one.ending in ("rejected", "fault") for one in every))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
