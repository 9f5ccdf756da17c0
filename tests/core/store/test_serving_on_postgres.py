"""`visavis serve` on a real PostgreSQL: an act opened over HTTP outlives a stop and a kill of the server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.core.served import free_port, serving, visavis

PASSWORD = "une phrase assez longue"
ANSWERS = ["Tremblay", "Rose", "Mme", "nurse", "plaies", "CLSC", "418 555-0100", "OIIQ", "1", PASSWORD, PASSWORD, ""]


def run(config: Path, *words: str, typed: str = "") -> str:
    done = subprocess.run(
        visavis(config, *words), input=typed, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "VISAVIS_LANGUAGE": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def place(tmp_path: Path, url: str) -> tuple[Path, str]:
    """A deployment on PostgreSQL, and the address it serves."""
    port = free_port()
    config = tmp_path / "visavis.toml"
    config.write_text(
        f"""
[site]
public_url = "http://localhost:{port}"
jurisdictions = ["quebec"]
[store]
url = "{url}"
[media]
host = "127.0.0.1"
loopback = true
[web]
port = {port}
[session]
second_factor = "nobody"
[[plugins]]
id = "quebec"
required = true
"""
    )
    return config, f"http://localhost:{port}"


def sign_in(client: httpx.Client) -> dict[str, str]:
    answer = client.post("/login", data={"login": "rose", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return {"Cookie": answer.headers["set-cookie"].split(";")[0]}


def test_an_act_survives_a_stop_and_a_kill_on_postgresql(place: tuple[Path, str]) -> None:
    config, _ = place
    run(config, "user", "add", "rose", typed="\n".join(ANSWERS))
    with serving(*place) as client:
        rose = sign_in(client)
        opened = client.post("/api/acts", json={"type": "open_act", "kind": "teleassistance"}, headers=rose)
        assert opened.status_code in (200, 201), opened.text
        act = msgspec.json.decode(opened.content)["act"]
        command = {"type": "state_need", "need": "plaie", "expectations": "avis"}
        assert client.post(f"/api/acts/{act}/commands", json=command, headers=rose).status_code == 200
        assert run(config, "user", "list").count("rose") == 1, "beside the server, on PostgreSQL too"

    with serving(*place, end=signal.SIGKILL) as client:
        found = client.get(f"/api/acts/{act}", headers=rose)
        assert found.json()["need"]["need"] == "plaie", "and she is still signed in"
        command = {"type": "state_need", "need": "plaie du talon", "expectations": "avis"}
        assert client.post(f"/api/acts/{act}/commands", json=command, headers=rose).status_code == 200

    with serving(*place) as client:
        assert client.get(f"/api/acts/{act}", headers=rose).json()["need"]["need"] == "plaie du talon"
        run(config, "user", "disable", "rose")
        assert client.get(f"/api/acts/{act}", headers=rose).status_code in (401, 403)
    verified = run(config, "trace", "verify")
    assert "Everything is proved." in verified
    counted = re.search(r"(\d+) events, 1 acts", verified)
    assert counted is not None, verified
    assert int(counted[1]) >= 3
