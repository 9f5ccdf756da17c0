"""`user …` beside a running server: the server keeps recording, and honours what was done at the next request."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from typer.testing import CliRunner
from visavis_core.acts.commands import OpenAct, StateNeed
from visavis_core.app import open_house
from visavis_core.cli import app
from visavis_core.cli.accounts_desk import open_desk
from visavis_core.deployment import load_deployment
from visavis_core.holdings import store_url
from visavis_core.house import House
from visavis_core.identity.signing_in import SignInRefused
from visavis_core.identity.subject import CLINICIAN, ProfessionalIdentity, Subject
from visavis_core.moments import moment
from visavis_core.store.engines import open_engine
from visavis_sdk.vocabulary import ActKind

PASSWORD = "une phrase assez longue"
ROSE = ProfessionalIdentity(family_name="Tremblay", given_names="Rose", title="Mme", profession="nurse")
NURSE = Subject(kind="account", id="account_rose", identity=ROSE, system_roles=(CLINICIAN,))
FILE = """
[site]
jurisdictions = ["quebec"]
[media]
host = "127.0.0.1"
loopback = true
[[plugins]]
id = "quebec"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "visavis.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("VISAVIS_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


@contextlib.asynccontextmanager
async def serving(config: Path) -> AsyncIterator[House]:
    async with open_house(load_deployment(config)) as house:
        yield house


async def visavis(config: Path, *words: str) -> tuple[int, str]:
    """The command in a process of its own, as an operator runs it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "visavis_core.cli", *words, "-c", str(config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "VISAVIS_LANGUAGE": "en", "COLUMNS": "200"},
    )  # fmt: skip
    async with asyncio.timeout(120):
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def sign_in(house: House, password: str, secret: str) -> str:
    """A token, with both steps; a code is good once, so the step it was used in is forgotten first."""
    first = await house.signing_in.with_password("rose", password, "192.0.2.1")
    account = await house.accounts.find("rose")
    assert account is not None
    code = pyotp.TOTP(secret).at(moment(house.clock()))
    return (await house.signing_in.with_code(first.token, code)).token


async def test_what_an_operator_does_beside_the_server_holds_at_the_next_request(config: Path) -> None:
    async with serving(config) as house:
        account = await house.accounts.add(login="rose", password=PASSWORD, identity=ROSE)
        token = await sign_in(house, PASSWORD, await house.accounts.enrol(account.id))
        assert await house.sessions.subject(token) is not None

        code, said = await visavis(config, "user", "disable", "Rose")
        assert code == 0, said
        assert await house.sessions.subject(token) is None, "the very next request"
        with pytest.raises(SignInRefused):
            await house.signing_in.with_password("rose", PASSWORD, "192.0.2.1")
        code, said = await visavis(config, "user", "list")
        assert re.search(r"rose .*Tremblay .*clinician .*yes .*disabled", said), said

        code, said = await visavis(config, "user", "enable", "rose")
        assert code == 0, said
        code, said = await visavis(config, "user", "second-factor", "reset", "rose")
        assert code == 0, said
        found = re.findall(r"secret=([A-Z2-7]+)", said)
        assert len(found) == 1, "shown once"
        code, said = await visavis(config, "user", "password", "rose")
        assert code == 0, said
        given = re.findall(r"^[a-z2-9]{5}(?:-[a-z2-9]{5}){3}$", said, re.MULTILINE)
        assert len(given) == 1, said
        first = await house.signing_in.with_password("rose", given[0], "192.0.2.1")
        second = await house.signing_in.with_code(first.token, pyotp.TOTP(found[0]).at(moment(house.clock())))
        assert second.needs_password

        await house.practice.open_act(NURSE, OpenAct(kind=ActKind.TELEASSISTANCE))
        assert house.gauges.ready, "the record never stopped"
    async with open_desk(load_deployment(config)) as desk:
        noted = await desk.administration.changes("rose")
    assert {one.by for one in noted[2:]} == {f"operator:{getpass.getuser()}"}
    assert [one.change for one in noted[2:]] == [
        "account.disabled", "account.enabled", "second_factor.reset", "password.reset",
    ]  # fmt: skip


async def test_the_record_goes_on_while_accounts_are_written_beside_it(config: Path) -> None:
    async with serving(config) as house:
        act = (await house.practice.open_act(NURSE, OpenAct(kind=ActKind.TELEASSISTANCE))).act.id
        await house.accounts.add(login="rose", password=PASSWORD, identity=ROSE)
        done = False

        async def record() -> int:
            count = 0
            while not done:
                count += 1
                await house.practice.perform(NURSE, act, StateNeed(need=f"plaie {count}", expectations="avis"))
            return count

        recording = asyncio.create_task(record())
        async with open_desk(load_deployment(config)) as desk:
            for _ in range(20):
                await desk.administration.disable("rose", by="operator:test")
                await desk.administration.enable("rose", by="operator:test")
        done = True
        recorded = await recording
        assert recorded > 0
        assert house.gauges.ready
        assert house.holdings.store.faulted == ""
        account = await house.accounts.find("rose")
        assert account is not None
        assert account.active


def test_an_account_is_added_beside_the_server_too(config: Path, cli: CliRunner) -> None:
    answers = ["Tremblay", "Rose", "Mme", "nurse", "plaies", "CLSC", "418 555-0100", "OIIQ", "1"]
    typed = "\n".join([*answers, PASSWORD, PASSWORD, ""])

    async def add_while_serving() -> object:
        async with serving(config) as house:
            added = await asyncio.to_thread(cli.invoke, app, ["user", "add", "rose", "-c", str(config)], input=typed)
            assert added.exit_code == 0, added.output
            return await house.accounts.find("rose")

    assert asyncio.run(add_while_serving()) is not None


def test_without_a_store_or_a_login_it_is_said_in_words_and_nothing_is_made(config: Path, cli: CliRunner) -> None:
    answer = cli.invoke(app, ["user", "disable", "rose", "-c", str(config)])
    assert answer.exit_code == 1
    assert "There is no store at" in answer.output
    assert not (config.parent / "data").exists()
    assert cli.invoke(app, ["db", "upgrade", "-c", str(config)]).exit_code == 0
    answer = cli.invoke(app, ["user", "disable", "rose", "-c", str(config)])
    assert answer.exit_code == 1
    assert "key" in answer.output.lower(), "no key was ever made, and that is said"
    assert "Unforeseen" not in answer.output


def test_a_store_that_somebody_holds_is_said_to_be_busy_and_nothing_is_changed(
    config: Path, cli: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve_once() -> None:
        async with serving(config) as house:
            await house.accounts.add(login="rose", password=PASSWORD, identity=ROSE)

    asyncio.run(serve_once())
    holder = open_engine(store_url(load_deployment(config)), connections=1, writer=True)
    monkeypatch.setattr("visavis_core.store.engines.BUSY_MILLISECONDS", 100)
    with holder.connect() as connection, connection.begin():
        answer = cli.invoke(app, ["user", "disable", "rose", "-c", str(config)])
    holder.dispose()
    assert answer.exit_code == 1
    assert "busy" in answer.output
    assert re.search("rose .*open", cli.invoke(app, ["user", "list", "-c", str(config)]).output)


@pytest.mark.parametrize(("step", "words"), [("9999_later", "newer visavis"), ("0002_identity", "db upgrade")])
def test_a_store_of_another_version_is_left_alone(config: Path, cli: CliRunner, step: str, words: str) -> None:
    async def serve_once() -> None:
        async with serving(config) as house:
            await house.accounts.add(login="rose", password=PASSWORD, identity=ROSE)

    asyncio.run(serve_once())
    engine = open_engine(store_url(load_deployment(config)), connections=1, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{step}'")
    engine.dispose()
    for command in (["user", "list"], ["user", "disable", "rose"]):
        answer = cli.invoke(app, [*command, "-c", str(config)])
        assert answer.exit_code == 1
        assert words in answer.output
