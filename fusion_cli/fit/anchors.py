"""Where in the constructor the parts of a site are declared, and so where its donors will be."""

from __future__ import annotations

import libcst as cst

from fusion_cli.fit.sites import Site
from fusion_cli.model.errors import CannotFuse
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import walk


def anchors(host: HostView, site: Site) -> tuple[cst.CSTNode, cst.CSTNode]:
    """The statements of `__init__` that first and last declare a part of the site.

    They are statements of the constructor's own block, so that what stands behind them runs
    whenever they do. Where the site declares nothing, both are the constructor's last statement;
    the last is that, too, where the host runs what it holds in turn: what is added is held last.

    Raises:
        CannotFuse: the class has no constructor of its own.
    """
    source = host.source
    init = source.methods.get("__init__")
    if init is None:
        raise CannotFuse(
            f"{source.name} has no __init__ of its own, so its source declares no part of the site",
            "fuse into the class that it inherits from",
        )
    roots = dict.fromkeys(
        path.split(".")[0] for path in (site.first, site.last, *site.modules) if path
    )
    lines = [
        line for root in roots for line in (*source.declarations(root), *source.fillings(root))
    ]
    own = [statement for statement in init.body.body if statement in set(source.scopes.values())]
    holding = [
        statement for statement in own if any(line in set(walk(statement)) for line in lines)
    ]
    last = own[-1:] if host.enumerations else holding[-1:] or own[-1:]
    return (holding or last)[0], last[0]
