"""The start: what it does not load, and what it leaves behind when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from visavis_core.app import open_house
from visavis_core.deployment import Deployment, Media, Site, Store
from visavis_core.plugins.quarantine import JurisdictionWithoutDuties

# Each of these is a second or a good part of one, and serving takes none of them before its first request.
NOT_AT_THE_START = ("aiortc", "av", "alembic", "segno", "cv2", "lxml", "visavis_media.worker")


def children() -> set[str]:
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for task in listed for pid in task.read_text().split()}


def test_serving_loads_nothing_it_does_not_need_yet() -> None:
    script = f"import sys, visavis_core.cli.serving; print([m for m in {NOT_AT_THE_START!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert loaded.stdout.strip() == "[]"


async def test_a_house_that_does_not_open_leaves_no_media_worker_behind(tmp_path: Path) -> None:
    before = children()
    deployment = Deployment(
        site=Site(jurisdictions=("france",)),
        store=Store(url="sqlite:///visavis.db", blobs="blobs", keys="keys"),
        media=Media(host="127.0.0.1", loopback=True),
        folder=str(tmp_path),
    )
    with pytest.raises(JurisdictionWithoutDuties):
        async with open_house(deployment):
            pass
    assert children() <= before
