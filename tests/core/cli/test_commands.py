"""The command line on a real deployment in a folder: it serves, proves, exports, lists and examines."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from visavis_core.acts.commands import OpenAct, StateNeed
from visavis_core.app import open_house
from visavis_core.cli import app
from visavis_core.deployment import load_deployment
from visavis_core.holdings import open_holdings, store_url
from visavis_core.identity.subject import CLINICIAN, ProfessionalIdentity, Subject
from visavis_core.moments import read_clock
from visavis_core.store.engines import open_engine
from visavis_core.trace.faults import RecordRewound
from visavis_core.trace.journal import Draft
from visavis_sdk.events import Actor, NeedStated
from visavis_sdk.vocabulary import ActKind

FILE = """
[site]
jurisdictions = ["quebec"]
[store]
url = "sqlite:///data/visavis.db"
[web]
port = 0
[[plugins]]
id = "quebec"
required = true
[[plugins]]
id = "wound_care"
"""

ROSE = Subject(
    kind="account",
    id="account_rose",
    identity=ProfessionalIdentity(
        family_name="Tremblay",
        given_names="Rose",
        title="Mme",
        profession="nurse",
        specialty="plaies",
        establishment="CLSC",
        contact="418 555-0100",
    ),
    system_roles=(CLINICIAN,),
)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("VISAVIS_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A deployment that has served one act, and that act's id."""
    folder = tmp_path_factory.mktemp("clinic")
    config = folder / "visavis.toml"
    config.write_text(FILE)

    async def serve_once() -> str:
        async with open_house(load_deployment(config)) as house:
            act = (await house.practice.open_act(ROSE, OpenAct(kind=ActKind.TELEASSISTANCE))).act.id
            await house.practice.perform(ROSE, act, StateNeed(need="plaie", expectations="avis"))
            return act

    return config, asyncio.run(serve_once())


def test_plugins_list_says_what_is_loaded_and_what_is_only_installed(cli: CliRunner, place: tuple[Path, str]) -> None:
    answer = cli.invoke(app, ["plugins", "list", "-c", str(place[0])])
    assert answer.exit_code == 0, answer.output
    assert re.search(r"quebec .*loaded \(required\)", answer.output)
    assert re.search(r"france .*installed, but not enabled", answer.output)


def test_plugins_list_fails_when_one_that_was_asked_for_is_not_there(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text('[[plugins]]\nid = "no_such_plugin"')
    answer = cli.invoke(app, ["plugins", "list", "-c", str(config)])
    assert answer.exit_code == 1
    assert "named in visavis.toml, but not installed" in answer.output


def test_the_record_verifies(cli: CliRunner, place: tuple[Path, str]) -> None:
    answer = cli.invoke(app, ["trace", "verify", "-c", str(place[0])])
    assert answer.exit_code == 0, answer.output
    assert "Everything is proved." in answer.output


def test_an_act_is_exported_and_its_export_verifies_until_a_bit_is_flipped(
    cli: CliRunner, place: tuple[Path, str], tmp_path: Path
) -> None:
    config, act = place
    export = tmp_path / "act.zip"
    answer = cli.invoke(app, ["act", "export", act, "--to", str(export), "-c", str(config)])
    assert answer.exit_code == 0, answer.output
    with zipfile.ZipFile(export) as archive:
        assert archive.testzip() is None
    assert cli.invoke(app, ["trace", "verify", str(export), "-c", str(config)]).exit_code == 0

    content = bytearray(export.read_bytes())
    content[len(content) // 3] ^= 1
    export.write_bytes(content)
    found = cli.invoke(app, ["trace", "verify", str(export), "-c", str(config)])
    assert found.exit_code == 1
    assert "proved" not in found.output


def test_a_changed_store_is_found_and_the_first_bad_event_named(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text(FILE)
    deployment = load_deployment(config)

    async def serve_once() -> str:
        async with open_house(deployment) as house:
            return (await house.practice.open_act(ROSE, OpenAct(kind=ActKind.TELEASSISTANCE))).act.id

    act = asyncio.run(serve_once())
    engine = open_engine(store_url(deployment), connections=1, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE event SET content = CAST(replace(content, 'account_rose', 'account_ruse') AS BLOB) WHERE n = 1"
        )
    engine.dispose()
    found = cli.invoke(app, ["trace", "verify", "-c", str(config)])
    assert found.exit_code == 1
    assert f"event 1 of act {act}" in found.output


def test_an_unknown_act_and_a_missing_file_are_said_in_words(cli: CliRunner, place: tuple[Path, str]) -> None:
    answer = cli.invoke(app, ["act", "export", "act_nowhere", "-c", str(place[0])])
    assert answer.exit_code == 1
    assert "No act has this id." in answer.output
    answer = cli.invoke(app, ["serve", "-c", "/nowhere/visavis.toml"])
    assert answer.exit_code == 2
    assert "visavis demo" in answer.output


def test_an_account_is_added_with_its_second_factor_shown_once(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text(FILE)
    answers = ["Tremblay", "Rose", "Mme", "nurse", "plaies", "CLSC", "418 555-0100", "OIIQ", "1"]
    typed = "\n".join([*answers, "une phrase assez longue", "une phrase assez longue", ""])
    added = cli.invoke(app, ["user", "add", "rose", "-c", str(config)], input=typed)
    assert added.exit_code == 0, added.output
    assert "otpauth://totp/visavis:rose?secret=" in added.output
    assert "une phrase" not in added.output
    again = cli.invoke(app, ["user", "add", "ROSE", "-c", str(config)], input=typed)
    assert again.exit_code == 1
    assert "already taken" in again.output


def test_doctor_examines_and_names_what_would_fail(cli: CliRunner, place: tuple[Path, str], tmp_path: Path) -> None:
    answer = cli.invoke(app, ["doctor", "-c", str(place[0])])
    assert answer.exit_code == 0, answer.output
    for what in ("SQLite", "fsync", "Keys", "Clock", "Plugin quebec", "Web port", "Free space"):
        assert what in answer.output
    config = tmp_path / "visavis.toml"
    config.write_text('[site]\npublic_url = "http://clinic.example"\n[[plugins]]\nid = "nowhere"\nrequired = true')
    answer = cli.invoke(app, ["doctor", "-c", str(config)])
    assert answer.exit_code == 1
    assert "https only" in answer.output
    assert "not installed" in answer.output


def test_db_upgrade_brings_an_empty_store_up(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text(FILE)
    assert cli.invoke(app, ["db", "upgrade", "-c", str(config)]).exit_code == 0
    assert (tmp_path / "data" / "visavis.db").exists()


def test_an_error_of_ours_is_shown_by_class_and_place_only(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(config: Path) -> None:
        raise ValueError("Hector Bouchard, 1948")

    monkeypatch.setattr("visavis_core.cli.inspecting.list_plugins", fail)
    answer = cli.invoke(app, ["plugins", "list"])
    assert answer.exit_code == 1
    assert "ValueError" in answer.output
    assert "Hector" not in answer.output


class Served:
    """The demonstration in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = {**os.environ, "VISAVIS_LANGUAGE": "en", "COLUMNS": "200"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "visavis_core.cli", "demo", "--port", "0", "--no-browser", "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.printed = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if "to stop" in line:
                break
        found = re.search(r"http://localhost:\d+", self.printed)
        assert found is not None, self.printed + (self.process.stderr.read() if self.process.stderr else "")
        self.address = found[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One demonstration for the tests below; the last of them ends it."""
    served = Served(tmp_path_factory.mktemp("demo") / "demo-data")
    yield served
    if served.process.poll() is None:
        served.process.kill()
        served.process.communicate(timeout=30)


def start_another(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "visavis_core.cli", "demo", "--no-browser", *options],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "VISAVIS_LANGUAGE": "en"},
        check=False,
    )


def test_the_demo_prints_who_to_be_and_serves(demo: Served) -> None:
    for word in ("rose", "expert", "relais", "admin", "essai-visavis-2026", "invented"):
        assert word in demo.printed
    with urllib.request.urlopen(f"{demo.address}/login", timeout=20) as page:
        assert "essai-visavis-2026" in page.read().decode()
    with urllib.request.urlopen(f"{demo.address}/readyz", timeout=20) as ready:
        assert json.load(ready)["ready"] is True
    with urllib.request.urlopen(f"{demo.address}/metrics", timeout=20) as numbers:
        assert "visavis_recording 1.0" in numbers.read().decode()


def test_a_second_server_on_the_same_data_is_refused_in_words(demo: Served) -> None:
    second = start_another("--port", "0", "--folder", str(demo.folder))
    assert second.returncode == 1
    assert "Another visavis is already writing" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_busy_port_is_said_at_once(demo: Served, tmp_path: Path) -> None:
    port = demo.address.rpartition(":")[2]
    second = start_another("--port", port, "--folder", str(tmp_path))
    assert second.returncode == 1
    assert f"127.0.0.1:{port}" in second.stderr
    assert "--port" in second.stderr


def test_the_demo_ends_well_when_it_is_told_to(demo: Served) -> None:
    demo.process.send_signal(signal.SIGTERM)
    _, errors = demo.process.communicate(timeout=60)
    assert demo.process.returncode == 0, errors
    assert "Traceback" not in errors
    assert (demo.folder / "visavis.db").exists()


def test_a_record_whose_heads_were_deleted_is_neither_proved_nor_served(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text(FILE)
    deployment = load_deployment(config)

    async def serve_once() -> None:
        async with open_house(deployment) as house:
            await house.practice.open_act(ROSE, OpenAct(kind=ActKind.TELEASSISTANCE))

    asyncio.run(serve_once())
    engine = open_engine(store_url(deployment), connections=1, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM checkpoint")
    engine.dispose()
    found = cli.invoke(app, ["trace", "verify", "-c", str(config)])
    assert found.exit_code == 1, found.output
    assert "heads were removed" in found.output
    assert "proved" not in found.output
    with pytest.raises(RecordRewound):
        asyncio.run(serve_once())


def test_a_picture_struck_out_of_the_folder_is_not_proved(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text(FILE)
    deployment = load_deployment(config)
    picture = b"a wound" * 1000

    async def serve_once() -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield picture

        async with open_holdings(deployment, read_clock) as holdings:
            at, by = read_clock(), Actor(kind="account", id="account_rose")
            body = NeedStated(need="plaie", expectations="avis")
            await holdings.journal.append("act_1", 0, [Draft(at=at, actor=by, body=body)])
            await holdings.blobs.put("act_1", pieces(), sha256=hashlib.sha256(picture).hexdigest(), limit=1 << 20)

    asyncio.run(serve_once())
    whole = cli.invoke(app, ["trace", "verify", "-c", str(config)])
    assert whole.exit_code == 0, whole.output
    assert "1 pictures and documents read again" in whole.output
    shutil.rmtree(deployment.path(deployment.store.blobs))
    found = cli.invoke(app, ["trace", "verify", "-c", str(config)])
    assert found.exit_code == 1
    assert "act act_1: the sealed file of a picture or document is missing" in found.output
    assert "proved" not in found.output
