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
    plugins = "\n".join(
        f"[[plugins]]\nid = {_quote(choice.id)}" + ("\nrequired = true" if choice.id in site.jurisdictions else "")
        for choice in deployment.plugins
    )
    return f"""{_HEAD}
[site]
name = "visavis"                          # change: shown on the sign-in page
public_url = "http://localhost:8080"      # change: the https address people use; else no camera but on this machine
zone = {_quote(site.zone)}
jurisdictions = [{", ".join(map(_quote, site.jurisdictions))}]               # the rule packs in force
certification = ""                        # change: what users are told of the platform's certification

[store]
url = {_quote(store.url)}
blobs = {_quote(store.blobs)}
keys = {_quote(store.keys)}                             # change: a folder that is backed up apart from the other two

[media]
host = {_quote(media.host)}                      # change to "0.0.0.0" for calls between machines
loopback = {str(media.loopback).lower()}                           # change to false for calls between machines

[web]
host = "127.0.0.1"
port = 8080

[session]
second_factor = "clinicians"              # everyone | clinicians | nobody

{plugins}
"""


def write_file(deployment: Deployment) -> Path:
    """Writes it into the demonstration's folder, unless one is there already: it may have been changed."""
    path = Path(deployment.folder) / FILE_NAME
    if not path.exists():
        path.write_text(file_text(deployment), encoding="utf-8")
    return path


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string
