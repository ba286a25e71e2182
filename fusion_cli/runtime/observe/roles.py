"""What the names of constructor parameters mean, by how often published modules use them so.

Names order the search and nothing more: whether a parameter has a role is decided by running.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping

IN = [
    "dim",
    "c1",
    "in_channels",
    "in_chans",
    "embed_dim",
    "channel",
    "in_features",
    "channels",
    "in_planes",
    "in_channel",
    "d_model",
    "inplanes",
    "inc",
    "inp",
    "in_dim",
    "num_channels",
    "embed_dims",
    "dims",
    "hidden_dim",
    "c",
    "dim_in",
    "ch_in",
    "in_ch",
    "in_c",
    "n_feats",
    "cin",
    "c_in",
    "nin",
    "in_chs",
    "num_features",
    "n_feat",
    "nf",
    "chan",
    "feature_dim",
    "input_dim",
    "input_size",
    "ch",
    "n_dims",
    "n_dim",
    "width",
    "feats",
    "features",
    "in_size",
    "planes",
    "hidden_size",
    "nc",
    "n_channels",
    "input_channels",
    "n_inputs",
    "num_inputs",
    "normalized_shape",
    "normalization_shape",
]
OUT = [
    "c2",
    "out_channels",
    "out_features",
    "out_planes",
    "planes",
    "out_dim",
    "oup",
    "dim_out",
    "ch_out",
    "ouc",
    "cout",
    "out_ch",
    "outc",
    "out_channel",
    "outplanes",
    "c_out",
    "out_c",
    "nout",
    "out_chs",
    "output_dim",
    "filters",
    "out",
    "out_size",
    "outp",
    "output_channels",
    "n_outputs",
    "num_outputs",
    "embed_dim",
    "num_features",
]
STRIDE = ("stride", "s", "strides", "st", "downsample_stride", "patch_stride")

_SIZE = "16"
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    r"k|ks|ksize|k_size|kernel|kernels|.*kernel_?size.*|.*_kernel|kernel_.*": ("3", "5", "7"),
    r"s|stride|strides|dilation|dilations|d|g|groups?|.*_groups|sr_ratio|.*_stride": ("1", "2"),
    r"p|pad|padding": ("1", "0"),
    r"n|depth|depths|.*layers?_?num|num_layers?|n_?layers|num_blocks|n_?blocks|repeats?|num_convs": (
        "1",
        "2",
    ),
    r".*heads?": ("4", "8", "2", "1"),
    r"head_dim|dim_head|d_k|d_v|head_dims?|head_channels|.*_head_dim": ("16", "8"),
    r"reduction.*|r|rd|.*_reduction|squeeze.*|.*reduction_ratio|red": ("4", "16", "2"),
    r"ratio|.*_ratio|e|expand.*|.*expansion.*|.*factor|mult|t": ("2", "4", "0.5", "1"),
    r"shift.*|.*offset|.*_shift": ("0", "1"),
    r".*(levels?|depths?|layers)": ("1", "2"),
    r"block_?size|bs|halo_?size": ("2", "4", "8"),
    r".*window.*|ws|win|win_size": ("4", "8", "7", "2"),
    r".*patch_?size|patch|.*_patch": ("4", "2", "1"),
    r"h|w|height|width|.*resolution.*|.*size|hw|feat_?map.*|sizes?|fmap.*|map_size": (
        _SIZE,
        "(16, 16)",
        "32",
        "(32, 32)",
        "14",
        "7",
    ),
    r"seq_?len.*|num_patches|.*tokens?|n_tokens|length|.*seq.*|max_len": ("256", "64", "49"),
    r"scale|up.*scale.*|.*scale|up|upscale": ("2", "1", "4"),
    r"num_classes|n_?classes|nc|classes|num_class": ("10",),
    r".*drop.*|p|prob.*|.*_prob|dropout.*|keep_prob": ("0.0", "0.1"),
    r"eps|epsilon": ("1e-5",),
    r"momentum|.*alpha|.*beta|gamma|tau|temperature|.*init_values?|.*threshold": ("0.1", "1.0"),
    r"index|idx|level|i|.*_idx|layer_id|block_?id|dim_?index|stage": ("0", "1"),
    r"num_.*|n_.*|.*points|.*branches|.*experts|k_num": ("4", "2", "1", "3"),
}
_OBJECTS: Mapping[str, tuple[str, ...]] = {
    r".*mode|.*type|name|kind|.*method": ("'same'", "'bilinear'", "'nearest'", "'reflect'", "1"),
    r".*norm.*|bn": ("nn.BatchNorm2d", "nn.LayerNorm", "nn.Identity", "'batch'", "True"),
    r".*act.*|.*nonlinear.*|nl": ("nn.ReLU", "nn.ReLU()", "True", "'relu'"),
    r"bias|.*_bias|shortcut|add|residual|use_.*|with_.*|is_.*|.*_flag|last|first|causal": (
        "True",
        "False",
    ),
    r".*conv.*": ("nn.Conv2d", "nn.Conv2d(64, 64, 1)", "'conv'"),
    r"m|.*module|fn|net|body|model|func|backbone|encoder|head": (
        "nn.Identity()",
        "nn.Conv2d(64, 64, 1)",
        "nn.Identity",
    ),
    r".*block.*|.*layer|op|.*attn.*|.*mixer.*|mlp": ("nn.Identity", "nn.Identity()"),
}
_ANY_WIDTH = r".*(dims?|channels?|chans?|chs|feat(ure)?s?|planes|filters|width|hidden|embed).*"
_LISTS = ("[64, 64]", "(64, 64)", "[1, 1]", "[64, 64, 64]")
_WIDTHS = ("64", "32", "128", "256")
_SMALL = ("1", "2", "4", "3", "True")
_LAST = ("64", "1", "2", "4", "3", "(16, 16)", "[64, 64]", "True", "nn.Identity()", "nn.ReLU")


def is_in(name: str) -> bool:
    return name.lower().lstrip("_") in IN


def is_out(name: str) -> bool:
    return name.lower().lstrip("_") in OUT


def is_width(name: str) -> bool:
    """Whether a name speaks of channels, of whatever part: `pool_features`, `squeeze_planes`."""
    return bool(re.fullmatch(_ANY_WIDTH, name.lower()))


def is_stride(name: str) -> bool:
    return name.lower() in STRIDE


def is_projection(name: str) -> bool:
    """Whether a parameter takes the module that a residual's shortcut goes through."""
    return bool(re.fullmatch(r"downsample|shortcut|skip|proj(ection)?_shortcut", name))


def by_likelihood(names: Iterable[str], order: list[str]) -> list[str]:
    """`names` sorted by their place in a list of frequencies, strangers last."""
    return sorted(names, key=lambda name: _place(name, order))


def guesses(parameter: inspect.Parameter) -> tuple[str, ...]:
    """Values to try for a parameter, the likeliest first, as source text."""
    name = parameter.name.lower().strip("_")
    annotation = _annotation(parameter)
    found = _WIDTHS if name in IN or name in OUT else _matching(_NUMBERS, name)
    found = found or (_WIDTHS if re.fullmatch(_ANY_WIDTH, name) else ())
    # A known number stays a small one: a depth of 64 takes minutes to build, and a width that is a
    # list can be multiplied to a shape of eight axes.
    last = _SMALL if found or isinstance(parameter.default, int) else _LAST
    objects = _matching(_OBJECTS, name)
    if not found and objects and annotation.startswith("int"):
        found, last = ("1", "2"), _SMALL  # how many of them
    found += objects
    typed = _by_type(annotation, found)
    return tuple(dict.fromkeys(typed + found + last))


def _by_type(annotation: str, found: tuple[str, ...]) -> tuple[str, ...]:
    """The guesses that an annotation asks for, before all others."""
    if annotation.startswith("bool"):
        return ("True", "False")
    if annotation.startswith("float"):
        return (*(one for one in found if re.fullmatch(r"\d+\.\d+", one)), "0.5", "0.0")
    if annotation.startswith("int"):
        return tuple(one for one in found if one.isdigit())
    if re.fullmatch(r"(torch\.)?(nn\.)?(modules\.module\.)?module", annotation):
        return ("nn.Identity()", "nn.Conv2d(64, 64, 1)", "nn.ReLU()")
    if annotation.startswith("str"):
        return tuple(one for one in found if one.startswith("'"))
    if re.match(r"(typing\.)?(list|sequence|iterable)\b", annotation):
        alike = [f"[{one}, {one}]" for one in found if one.isdigit()]
        return (*(one for one in found if one[0] in "[("), *(alike or _LISTS))
    if re.match(r"(typing\.)?tuple\b", annotation):
        count = max(annotation.count(",") + 1, 2) if "..." not in annotation else 2
        return tuple(f"({', '.join([one] * count)})" for one in found if one.isdigit())
    if re.search(r"callable|type\[|module", annotation):
        return (*(one for one in found if one.startswith("nn.")), "nn.Identity", "nn.ReLU")
    return ()


def _annotation(parameter: inspect.Parameter) -> str:
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty:
        return ""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return re.sub(r"^(typing\.)?optional\[(.*)\]$", r"\2", text.lower())


def _matching(table: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    return next((values for pattern, values in table.items() if re.fullmatch(pattern, name)), ())


def _place(name: str, order: list[str]) -> int:
    plain = name.lower().lstrip("_")
    return order.index(plain) if plain in order else len(order)
