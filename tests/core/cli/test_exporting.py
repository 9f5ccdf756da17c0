"""`visavis act export`: an act keeps that it was taken out, or the command says why it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from visavis_core.acts.commands import OpenAct, StateNeed
from visavis_core.cli import app
from visavis_core.deployment import load_deployment
from visavis_core.holdings import open_holdings, open_keys, store_url
from visavis_core.identity.subject import CLINICIAN, ProfessionalIdentity, Subject
from visavis_core.moments import draw_id, read_clock
from visavis_core.plugins.loading import load_plugins
from visavis_core.service import Practice
from visavis_core.store.sql import Store
from visavis_core.trace.manifest import OPENED
from visavis_core.trace.reading import read_act
from visavis_sdk.events import ActExported, Recorded
from visavis_sdk.vocabulary import ActKind

FILE = """
[site]
jurisdictions = ["quebec"]
[store]
url = "sqlite:///data/visavis.db"
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
        family_name="Tremblay", given_names="Rose", title="Mme", profession="nurse", contact="418 555-0100"
    ),
    system_roles=(CLINICIAN,),
)


class Clinic:
    """A deployment in a folder, with one act in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "visavis.toml"
        self.config.write_text(FILE)
        self.deployment = load_deployment(self.config)
        self.act, self.subject = asyncio.run(self._begin())

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Any]:
        async with open_holdings(self.deployment, read_clock) as holdings:
            yield holdings

    async def _begin(self) -> tuple[str, str]:
        plugins = load_plugins(self.deployment.plugins, languages=("fr",), jurisdictions=("quebec",))
        async with self.writing() as holdings:
            practice = Practice(
                journal=holdings.journal, catalogue=plugins.catalogue, clock=read_clock, ids=draw_id,
                jurisdictions=("quebec",),
            )  # fmt: skip
            act = (await practice.open_act(ROSE, OpenAct(kind=ActKind.TELEASSISTANCE))).act.id
            await practice.perform(ROSE, act, StateNeed(need="plaie", expectations="avis"))
            [head] = await holdings.journal.acts()
            practice.close()
        return act, head.subject

    async def events(self) -> tuple[Recorded, ...]:
        keys = open_keys(self.deployment, create=False)
        store = await Store.open(store_url(self.deployment), read_only=True)
        try:
            return tuple(await store.read(lambda connection: read_act(keys.ring, self.act, connection)))
        finally:
            await store.close()
            keys.ring.close()

    def exports(self) -> list[ActExported]:
        return [one.body for one in asyncio.run(self.events()) if isinstance(one.body, ActExported)]

    def export(self, *options: str) -> Result:
        to = self.folder / "act.zip"
        return CliRunner().invoke(app, ["act", "export", self.act, "--to", str(to), "-c", str(self.config), *options])

    def verify(self) -> Result:
        return CliRunner().invoke(app, ["trace", "verify", str(self.folder / "act.zip"), "-c", str(self.config)])


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    monkeypatch.setenv("VISAVIS_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "300")
    return Clinic(tmp_path)


def test_an_export_is_an_event_of_the_act_and_stands_in_the_export_itself(clinic: Clinic) -> None:
    answer = clinic.export()
    assert answer.exit_code == 0, answer.output
    [exported] = clinic.exports()
    assert (exported.rule, exported.by) == ("system.exports", getpass.getuser())
    with zipfile.ZipFile(clinic.folder / "act.zip") as archive:
        opened = archive.read(OPENED)
    assert json.loads(opened.splitlines()[-1])["type"] == "access.act_exported"
    assert clinic.verify().exit_code == 0
    assert CliRunner().invoke(app, ["trace", "verify", "-c", str(clinic.config)]).exit_code == 0


@pytest.mark.parametrize(("language", "words"), [("en", "server holds this store"), ("fr", "serveur visavis tient")])
def test_beside_a_server_it_is_refused_in_words_and_nothing_is_written(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("VISAVIS_LANGUAGE", language)

    async def beside() -> Result:
        async with clinic.writing():
            return await asyncio.to_thread(clinic.export)

    answer = asyncio.run(beside())
    assert answer.exit_code == 1
    assert words in answer.output
    assert "--unrecorded" in answer.output
    assert not list(clinic.folder.glob("act.zip*"))
    assert clinic.exports() == []


def test_unrecorded_on_purpose_it_reads_beside_the_server_and_says_so(clinic: Clinic) -> None:
    async def beside() -> Result:
        async with clinic.writing():
            return await asyncio.to_thread(clinic.export, "--unrecorded")

    answer = asyncio.run(beside())
    assert answer.exit_code == 0, answer.output
    assert "nothing in the act says that it was taken out" in answer.output
    assert clinic.verify().exit_code == 0
    assert clinic.exports() == []


def test_a_folder_that_is_not_there_is_said_before_anything_is_recorded(clinic: Clinic) -> None:
    to = clinic.folder / "nowhere" / "act.zip"
    answer = CliRunner().invoke(app, ["act", "export", clinic.act, "--to", str(to), "-c", str(clinic.config)])
    assert answer.exit_code == 2
    assert "nothing was exported" in answer.output
    assert clinic.exports() == []


def test_a_wrong_folder_is_not_given_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_LANGUAGE", "en")
    config = tmp_path / "visavis.toml"
    config.write_text(FILE)
    answer = CliRunner().invoke(app, ["act", "export", "act_1", "--to", str(tmp_path / "a.zip"), "-c", str(config)])
    assert answer.exit_code == 1
    assert "Unforeseen" not in answer.output
    assert not (tmp_path / "data" / "visavis.db").exists()


def test_an_erased_act_is_exported_closed_and_the_record_itself_says_so(clinic: Clinic) -> None:
    async def erase() -> None:
        async with clinic.writing() as holdings:
            await holdings.journal.shred(clinic.subject, "retention.expired")

    asyncio.run(erase())
    answer = clinic.export()
    assert answer.exit_code == 0, answer.output
    assert clinic.verify().exit_code == 0
    assert noted(clinic) == [{"act": clinic.act}]


def noted(clinic: Clinic) -> list[dict[str, str]]:
    async def read() -> list[dict[str, str]]:
        store = await Store.open(store_url(clinic.deployment), read_only=True)
        try:
            query = "SELECT content FROM event WHERE act = 'trace' ORDER BY n"
            rows = await store.read(lambda connection: [bytes(r[0]) for r in connection.exec_driver_sql(query)])
        finally:
            await store.close()
        notices = (json.loads(row) for row in rows)
        return [one["data"] for one in notices if one["type"] == "trace.erased_act_exported"]

    return asyncio.run(read())
