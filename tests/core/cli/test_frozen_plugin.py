"""A real plugin, installed and named, whose code never comes back, under a real server: the place goes on serving."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from visavis_core.cli.accounts_desk import open_desk
from visavis_core.deployment import load_deployment
from visavis_core.identity.subject import ProfessionalIdentity

from tests.core.served import free_port, serving

PLUGIN = """
import time
from visavis_sdk.hooks import Spec, implements
from visavis_sdk.obligations import Enforcement, Moment, Obligation, Transition
from visavis_sdk.text import Text

WORDS = Text(fr="gel", en="frost")


def never(act):
    while True:
        try:
            act = act
        except BaseException:
            pass


class Frozen:
    @implements(Spec.contribute_obligations)
    def contribute_obligations(self, context):
        return [
            Obligation(
                id="Z1", jurisdiction="frozen", title=WORDS, advice=WORDS, enforcement=Enforcement.GATE,
                moment=Moment.BEFORE, step="need", citation="-", source="-", effective_from="2020-01-01",
                stops=Transition.START_SESSION, check=never,
            )
        ]

    @implements(Spec.on_event)
    async def on_event(self, event):
        time.sleep(3600)


def create_plugin(config):
    return Frozen()
"""
MANIFEST = """
id = "frozen"
version = "0.1.0"
sdk = ">=0.1,<1"
publisher = "tests"
licence = "none"
[name]
fr = "Gel"
en = "Frost"
[intended_use]
fr = "essai"
en = "test"
"""
FILE = """
[site]
public_url = "http://localhost:{port}"
jurisdictions = ["quebec", "frozen"]
[media]
host = "127.0.0.1"
loopback = true
[web]
port = {port}
[session]
second_factor = "nobody"
[[plugins]]
id = "frozen"
[[plugins]]
id = "quebec"
"""
PASSWORD = "une phrase assez longue"
HELD_AT_MOST = 10.0  # half a second, on a machine that is very busy


def install(folder: Path) -> Path:
    """A distribution as pip leaves it, in a folder of its own."""
    package, info = folder / "visavis_frozen", folder / "visavis_frozen-0.1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(PLUGIN)
    (package / "plugin.toml").write_text(MANIFEST)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: visavis-frozen\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[visavis.plugins]\nfrozen = visavis_frozen.plugin:create_plugin\n")
    (info / "RECORD").write_text("visavis_frozen/plugin.py,,\n")
    return folder


def test_a_plugin_that_never_comes_back_holds_nobody_up_and_is_named(tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "visavis.toml"
    config.write_text(FILE.format(port=port))
    site = install(tmp_path / "site")
    with serving(config, f"http://localhost:{port}", environment={"PYTHONPATH": str(site)}) as client:
        add_rose(config)
        signed_in = client.post("/login", data={"login": "rose", "password": PASSWORD})
        rose = {"Cookie": signed_in.headers["set-cookie"].split(";")[0], "Accept-Language": "en"}
        act = client.post("/api/acts", json={"type": "open_act", "kind": "teleassistance"}, headers=rose).json()["act"]
        for _ in range(3):
            began = time.monotonic()
            sheet = client.get(f"/api/acts/{act}/sheet", headers=rose)
            assert time.monotonic() - began < HELD_AT_MOST
            assert sheet.status_code == 200
            assert "could not be evaluated by plugin “frozen”" in sheet.text
        refused = client.post(f"/api/acts/{act}/commands", json={"type": "start_session"}, headers=rose)
        assert refused.status_code == 422
        assert "Z1" in refused.json()["missing"], "not judged is due, and its gate stays shut"
        command = {"type": "state_need", "need": "plaie", "expectations": "avis"}
        assert client.post(f"/api/acts/{act}/commands", json=command, headers=rose).status_code == 200
        assert client.get("/readyz").status_code == 200
        told = client.get("/metrics").text
        assert "visavis_plugins_quarantined 1.0" in told
        assert 'visavis_plugin_failures_total{hook="check frozen/Z1",kind="stuck",plugin="frozen"} 1.0' in told


def add_rose(config: Path) -> None:
    async def add() -> None:
        async with open_desk(load_deployment(config)) as desk:
            identity = ProfessionalIdentity(family_name="Tremblay", given_names="Rose", profession="nurse")
            await desk.accounts.add(login="rose", password=PASSWORD, identity=identity)

    asyncio.run(add())
