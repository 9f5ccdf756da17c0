"""The demonstration as a `visavis.toml`, for who wants one of their own: the same choices, ready to be copied.

Knows: how the demonstration's choices are written down, and which of them a real place changes first.
Refuses to know: the demonstration's people: a real place has none of them.
"""

from __future__ import annotations

import json
from pathlib import Path

from visavis_core.deployment import Deployment

__all__ = ["FILE_NAME", "file_text", "write_file"]

FILE_NAME = "visavis.toml"

_HEAD = """\
# A visavis deployment, as the demonstration made it. Copy it where your data shall live, change what is marked, and:
#   visavis doctor --config visavis.toml
#   visavis serve  --config visavis.toml
# Every key is explained in docs/deploy.md. Nothing of the demonstration (people, passwords) comes with this file.
"""


def file_text(deployment: Deployment) -> str:
    """TOML. Paths stay relative: they start at the folder the file stands in."""
    site, store, media = deployment.site, deployment.store, deployment.media
    lines = [
        _HEAD,
        "[site]",
        _line("name", "visavis", "change: shown on the sign-in page"),
        _line("public_url", "http://localhost:8080", "change: the https address people use, else no camera elsewhere"),
        _line("zone", site.zone, "of the dates on pages and documents"),
        _line("jurisdictions", list(site.jurisdictions), "the rule packs in force"),
        _line("certification", "", "change: what users are told of the platform's certification"),
        "",
        "[store]",
        _line("url", store.url),
        _line("blobs", store.blobs),
        _line("keys", store.keys, "change: a folder that is backed up apart from the other two"),
        "",
        "[media]",
        _line("host", media.host, 'change to "0.0.0.0" for calls between machines'),
        _line("loopback", media.loopback, "change to false for calls between machines"),
        "",
        "[web]",
        _line("host", "127.0.0.1"),
        _line("port", 8080),
        "",
        "[session]",
        _line("second_factor", "clinicians", "everyone | clinicians | nobody"),
    ]
    for choice in deployment.plugins:
        lines += ["", "[[plugins]]", _line("id", choice.id)]
        if choice.id in site.jurisdictions:
            lines.append(_line("required", True, "do not start without it"))
    return "\n".join([*lines, ""])


def write_file(deployment: Deployment) -> Path:
    """Writes it into the demonstration's folder, unless one is there already: it may have been changed."""
    path = Path(deployment.folder) / FILE_NAME
    if not path.exists():
        path.write_text(file_text(deployment), encoding="utf-8")
    return path


def _line(key: str, value: str | bool | int | list[str], comment: str = "") -> str:
    # JSON writes strings, numbers, booleans and lists of strings as TOML does.
    written = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    return f"{written:<42} # {comment}" if comment else written
