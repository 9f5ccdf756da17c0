"""`device publish`: what was typed wrong is said in words, before anything is opened."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from typer.testing import CliRunner
from visavis_core.cli import app
from visavis_core.cli.device import CannotPublish, endpoint_of, explain, line_of, read_token, table_of
from visavis_core.identity.device_tokens import DeviceClaims, DeviceTokens, read_claims
from visavis_media.bridge_encoding import PROFILES
from visavis_media.publish import Meter, PublishRefused

CLAIMS = DeviceClaims(
    id="dev_1", act="act_1", account="acc_1", source="device.otoscope", expires_at="2026-11-28T20:15:00.000000Z"
)
TOKEN = DeviceTokens(b"k" * 32, lambda: "2026-11-28T18:00:00.000000Z").sign(CLAIMS)


def run(*typed: str, **environment: str) -> Any:
    environment = {"VISAVIS_LANGUAGE": "fr", "VISAVIS_DEVICE_TOKEN": TOKEN} | environment
    return CliRunner().invoke(app, ["device", "publish", *typed], env=environment)


@pytest.mark.parametrize(
    ("typed", "environment", "words"),
    [
        (("usb:3", "--server", "https://a.example"), {}, "Source inconnue"),
        (("file:", "--server", "https://a.example"), {}, "Source inconnue"),
        (("a.mp4", "--server", "a.example"), {}, "n’est pas une adresse de serveur"),
        (("a.mp4", "--server", "ftp://a.example"), {}, "n’est pas une adresse de serveur"),
        (
            ("a.mp4", "--server", "https://a.example"),
            {"VISAVIS_DEVICE_TOKEN": "vdt_nothing"},
            "pas un jeton d’appareil",
        ),
        (("a.mp4", "--server", "https://a.example", "--token-file", "/nowhere"), {}, "ne peut pas être lu"),
        (("usb:3", "--server", "https://a.example"), {"VISAVIS_LANGUAGE": "en"}, "Unknown source"),
    ],
)
def test_what_was_typed_wrong_is_said_and_nothing_starts(
    typed: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    result = run(*typed, **environment)
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    result = run("a.mp4", "--server", "https://a.example", "--profile", "best")
    assert result.exit_code == 2
    assert all(name in result.stderr for name in PROFILES)


def test_the_token_itself_says_where_to_go() -> None:
    claims = read_claims(TOKEN)
    assert claims == CLAIMS
    assert endpoint_of("https://a.example/anything", CLAIMS) == (
        "https://a.example/media/act_1/whip?source=device.otoscope"
    )


def test_a_token_is_read_from_its_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    assert read_token(path) == TOKEN


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(401, "signed_out", "no longer good"), (0, "source_stuck", "Unplug"), (422, "x", "422 x")],
)
def test_a_final_no_is_explained(status: int, code: str, words: str) -> None:
    refusal = explain(PublishRefused(status, code))
    assert isinstance(refusal, CannotPublish)
    assert words in refusal.message.en


def test_the_meter_shows_states_rates_and_level() -> None:
    meter = Meter(link="connected", source="running", width=640, height=480, level=-20.0, round_trip=0.012)
    shown = [cell for column in table_of(meter, CLAIMS, 25.0, 900_000).columns for cell in column.cells]
    assert "device.otoscope" in shown
    assert "640 x 480" in shown
    assert "900 kb/s · 25/s" in shown
    assert any("-20 dBFS" in str(cell) for cell in shown)
    assert "l’appareil ou le fichier est introuvable" not in shown
    lost = Meter(link="connected", source="lost", trouble="FileNotFoundError")
    said = [cell for column in table_of(lost, CLAIMS, 0.0, 0.0).columns for cell in column.cells]
    assert {"the device or the file is not there", "l’appareil ou le fichier est introuvable"} & set(said)
    assert line_of(meter).startswith("link=connected source=running")
