"""The licence of the installed package that a source comes from."""

from __future__ import annotations

from importlib import metadata

from fusion_cli.model.sources import ModuleSource
from fusion_cli.syntax.modules import in_zoo


def licence(source: ModuleSource) -> str:
    """`torchvision 0.19: BSD`, from the metadata of the package; empty for loose and zoo files."""
    if not source.module or in_zoo(source.module):
        return ""
    found = _distribution(source.module.partition(".")[0])
    if found is None:
        return ""
    name = _licence_name(found)
    return f"{found.metadata['Name']} {found.version}: {name}" if name else ""


def _distribution(package: str) -> metadata.Distribution | None:
    """The distribution that installs a package; mostly they share their name."""
    try:
        return metadata.distribution(package)
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(package)
        return metadata.distribution(names[0]) if names else None


def _licence_name(found: metadata.Distribution) -> str:
    about = found.metadata
    for key in ("License-Expression", "License"):
        text = "".join(about.get_all(key) or ()).strip()
        if text and "\n" not in text and len(text) < 80:  # some put the whole licence there
            return text
    classifiers = about.get_all("Classifier") or []
    names = [
        classifier.rpartition(" :: ")[2]
        for classifier in classifiers
        if classifier.startswith("License ::")
    ]
    return ", ".join(names)
