"""What people get wrong at a shell, each said in words with the file it is about, and never by a traceback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner
from visavis_core.acts.commands import OpenAct
from visavis_core.app import open_house
from visavis_core.cli import app, machine
from visavis_core.demo import demo_deployment
from visavis_core.demo_file import write_file
from visavis_core.deployment import load_deployment
from visavis_core.identity.subject import CLINICIAN, ProfessionalIdentity, Subject
from visavis_sdk.vocabulary import ActKind

FILE = """
[site]
jurisdictions = ["quebec"]
[media]
host = "127.0.0.1"
loopback = true
[web]
port = 0
[[plugins]]
id = "quebec"
"""
NURSE = Subject(
    kind="account",
    id="account_rose",
    identity=ProfessionalIdentity(family_name="Tremblay", given_names="Rose", profession="nurse"),
    system_roles=(CLINICIAN,),
)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("VISAVIS_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "240")
    return CliRunner()


@pytest.fixture
def served(tmp_path: Path) -> tuple[Path, str]:
    """A deployment that has served one act."""
    config = tmp_path / "clinic" / "clinic.toml"
    config.parent.mkdir()
    config.write_text(FILE)

    async def serve_once() -> str:
        async with open_house(load_deployment(config)) as house:
            return (await house.practice.open_act(NURSE, OpenAct(kind=ActKind.TELEASSISTANCE))).act.id

    return config, asyncio.run(serve_once())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\xff\xfeSQLite format 3", "not text"),
        (b"[web\nport = 1", "not valid TOML"),
        (b"a = " + b"[" * 5_000, "not valid TOML"),
        (b"#" * (1024 * 1024 + 1), "larger than 1 MiB"),
        (b'[[plugins]]\nid = "quebec"\nsha256 = "1f2e3d4c5b6a"', "64 hexadecimal digits"),
        (b'[[plugins]]\nid = "Wound-Care"', "lower-case letters, digits"),
        (b'[plugins]\nid = "quebec"', "with two brackets"),
        (b'[[plugins]]\nid = "quebec"\nsha265 = ""', "Did you mean “sha256”?"),
        (b'[store]\nurl = "mysql://x"', "sqlite:///path"),
    ],
)
def test_a_bad_file_is_named_and_what_is_wrong_said(cli: CliRunner, tmp_path: Path, content: bytes, words: str) -> None:
    config = tmp_path / "our clinic.toml"
    config.write_bytes(content)
    for command in (["serve"], ["plugins", "list"], ["user", "list"], ["doctor"]):
        answer = cli.invoke(app, [*command, "-c", str(config)])
        assert answer.exit_code == 2, answer.output
        assert str(config) in answer.output, "the file that was opened, not the usual one"
        assert words in answer.output


def test_the_machine_is_examined_even_when_the_file_is_wrong_or_there_is_none(
    cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "bad.toml"
    config.write_text("[web]\nprot = 1")
    wrong = cli.invoke(app, ["doctor", "-c", str(config)])
    monkeypatch.chdir(tmp_path)
    none = cli.invoke(app, ["doctor"])
    for answer in (wrong, none):
        for what in ("Python", "SQLite", "Temporary folder", "Clock", "Open files", "UDP", "Usual port", "language"):
            assert what in answer.output
    assert "Did you mean “port”?" in wrong.output
    assert "no deployment was examined" in none.output
    assert "Address for media" in none.output


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (lambda: machine.check_python((3, 10, 1)), "bad"),
        (lambda: machine.check_sqlite_version((3, 40, 1)), "bad"),
        (lambda: machine.media_addresses((), loopback=False), "bad"),
        (lambda: machine.media_addresses((), loopback=True), "warning"),
    ],
)
def test_a_machine_that_will_not_do_is_told_so_with_a_way_out(
    check: Callable[[], machine.Examined], verdict: str
) -> None:
    found = check()
    assert found.verdict == verdict
    assert found.way_out.fr
    assert found.way_out.en


def test_a_port_that_is_taken_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert machine.check_web_port(taken.getsockname()[1]).verdict == "warning"


def test_no_folder_to_write_in_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    assert machine.check_temporary().verdict == "bad"


def test_doctor_names_a_jurisdiction_without_its_pack(cli: CliRunner, tmp_path: Path) -> None:
    config = tmp_path / "visavis.toml"
    config.write_text('[site]\njurisdictions = ["quebec", "france"]\n[[plugins]]\nid = "quebec"')
    answer = cli.invoke(app, ["doctor", "-c", str(config)])
    assert answer.exit_code == 1
    assert "Jurisdiction france" in answer.output
    assert 'id = "france"' in answer.output
    assert "Jurisdiction quebec" not in answer.output


def test_serving_on_a_port_that_is_taken_says_where_it_is_chosen(cli: CliRunner, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = tmp_path / "visavis.toml"
        config.write_text(FILE.replace("port = 0", f"port = {port}"))
        answer = cli.invoke(app, ["serve", "-c", str(config)])
    assert answer.exit_code == 1
    assert f"127.0.0.1:{port}" in answer.output
    assert "[web]" in answer.output


@pytest.mark.parametrize("lost", ["site.key", "signer.key", "identity.key", "patients.db"])
def test_a_missing_key_beside_a_record_is_named_and_no_new_one_is_made(
    cli: CliRunner, served: tuple[Path, str], lost: str
) -> None:
    config, act = served
    key = config.parent / "data" / "keys" / lost
    key.unlink()

    async def serve_again() -> None:
        async with open_house(load_deployment(config)):
            pass

    with pytest.raises(Exception) as hindered:  # noqa: PT011 -- two faults of ours; both are judged by their words below
        asyncio.run(serve_again())
    assert lost in hindered.value.message.en  # type: ignore[attr-defined]  # every fault of the house has one
    for command, code in (
        (["act", "export", act], 1),
        (["trace", "verify"], 2),
        (["user", "list"], 1),
    ):
        answer = cli.invoke(app, [*command, "-c", str(config)])
        assert answer.exit_code == code, (command, answer.output)
        assert lost in answer.output
        assert "Unforeseen" not in answer.output
        assert not key.exists(), "a new key would seal new acts beside old ones nobody can open"


def test_an_export_that_cannot_be_written_is_said(cli: CliRunner, served: tuple[Path, str]) -> None:
    config, act = served
    answer = cli.invoke(app, ["act", "export", act, "--to", "/nowhere/act.zip", "-c", str(config)])
    assert answer.exit_code != 0
    assert "/nowhere" in answer.output
    assert "Unforeseen" not in answer.output


def test_verifying_asks_for_the_file_and_the_key_first_and_says_when_it_could_not_look(
    cli: CliRunner, served: tuple[Path, str], tmp_path: Path
) -> None:
    config, _ = served
    export = tmp_path / "act.zip"
    export.write_bytes(b"not an archive")
    for command, words in (
        ([str(tmp_path / "absent.zip"), "-c", str(config)], "There is no file"),
        ([str(export), "-c", str(tmp_path / "absent.toml")], "--vkey"),
        ([str(export), "--vkey", "nonsense"], "key"),
        (["-c", str(config), "--known", str(tmp_path / "absent.head")], "absent.head"),
        (["-c", str(config), "--known", str(export)], ""),
    ):
        answer = cli.invoke(app, ["trace", "verify", *command])
        assert answer.exit_code in ((2,) if words else (1, 2)), (command, answer.output)
        assert words in answer.output
        assert "Unforeseen" not in answer.output
    looked = cli.invoke(app, ["trace", "verify", str(export), "-c", str(config)])
    assert looked.exit_code == 1, "it looked, and found a fault"
    assert cli.invoke(app, ["trace", "verify", "-c", str(config)]).exit_code == 0


def test_the_demonstration_leaves_a_file_that_serves_the_same_place(cli: CliRunner, tmp_path: Path) -> None:
    demo = demo_deployment(tmp_path, host="127.0.0.1", port=8080)
    written = write_file(demo)
    copied = load_deployment(written)
    assert not copied.demo
    assert copied.store == demo.store
    assert (copied.media.host, copied.media.loopback) == (demo.media.host, demo.media.loopback)
    assert copied.media.drain_seconds > 0, "a place of one's own lets its calls end"
    assert copied.site.jurisdictions == demo.site.jurisdictions
    assert [one.id for one in copied.plugins] == [one.id for one in demo.plugins]
    assert copied.session.second_factor == "clinicians"
    written.write_text(written.read_text() + "# mine\n")
    assert write_file(demo).read_text().endswith("# mine\n"), "what somebody changed stays"
