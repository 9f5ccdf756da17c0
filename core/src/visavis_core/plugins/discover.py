"""Which plugins are installed, found without importing any of them.

Knows: the entry point group, the distribution behind each entry point, and the hash of its RECORD (what was installed).
Refuses to know: whether a plugin is wanted or fit. Installed is not enabled.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import EntryPoint, entry_points

import msgspec

__all__ = ["GROUP", "Installed", "discover"]

GROUP = "visavis.plugins"


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """One entry point. `package` is the import package its `plugin.toml` lies in; `sha256` is of the wheel's RECORD."""

    id: str
    package: str
    entry: str  # module:attribute
    distribution: str = ""
    version: str = ""
    sha256: str = ""


def discover() -> dict[str, tuple[Installed, ...]]:
    """By plugin id. Two distributions under one id are for the loader to refuse: chance would choose otherwise."""
    found: dict[str, tuple[Installed, ...]] = {}
    for entry in entry_points(group=GROUP):
        found[entry.name] = (*found.get(entry.name, ()), _installed(entry))
    return found


def _installed(entry: EntryPoint) -> Installed:
    dist = entry.dist
    record = dist.read_text("RECORD") if dist is not None else None
    return Installed(
        id=entry.name,
        package=entry.module.partition(".")[0],
        entry=entry.value,
        distribution=dist.name if dist is not None else "",
        version=dist.version if dist is not None else "",
        sha256=hashlib.sha256(record.encode()).hexdigest() if record else "",
    )
