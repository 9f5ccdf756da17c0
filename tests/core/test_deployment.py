"""A deployment file that is right loads whole; one that is wrong is told where and how to be mended."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from visavis_core.deployment import Deployment, DeploymentError, load_deployment, read_deployment
from visavis_core.secret import Secret, encode_secret
from visavis_media.settings import Limits

ROOT = Path(__file__).resolve().parents[2]
HERE = Path()


def refuse(text: str, **environment: str) -> DeploymentError:
    with pytest.raises(DeploymentError) as refused:
        read_deployment(text, folder=HERE, environment=environment)
    return refused.value


def documented() -> str:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_documented_file_loads() -> None:
    deployment = read_deployment(documented(), folder=HERE, environment={})
    assert deployment.site.jurisdictions == ("quebec",)
    assert [plugin.id for plugin in deployment.plugins] == ["quebec", "wound_care"]
    assert deployment.media.port == 40000


def test_the_documented_file_names_every_key() -> None:
    text = documented()
    sections = {"site", "store", "media", "web", "session"}
    for section in msgspec.structs.fields(Deployment):
        if section.name in sections:
            for field in msgspec.structs.fields(section.type):
                if isinstance(field.default, msgspec.Struct):
                    assert f"[{section.name}.{field.name}]" in text
                else:
                    assert re.search(rf"^#? ?{field.name} =", text, re.MULTILINE), field.name


def test_every_limit_of_media_is_documented_with_its_default() -> None:
    assert read_deployment(documented(), folder=HERE, environment={}).media.limits == Limits()
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    written, explained = page.partition("## Limits of media")[::2]
    for field in msgspec.structs.fields(Limits):
        assert re.search(rf"^{field.name} =", written, re.MULTILINE), field.name
        assert f"`{field.name}`" in explained, field.name


@pytest.mark.parametrize(
    ("text", "key", "line", "words"),
    [
        ("[media.limits]\nsesions = 1", "media.limits.sesions", 2, "“sessions”"),
        ("[media.limits]\nsessions = 0", "media.limits.sessions", 2, "1"),
        ("[media.limits]\nadmit_load = 1.5", "media.limits.admit_load", 2, "1"),
        ("[media.limits]\nkept_packets = 1000", "media.limits.kept_packets", 2, "not in the list"),
        ("[media]\ndrain_seconds = -1", "media.drain_seconds", 2, "0"),
    ],
)
def test_a_limit_out_of_bounds_is_told_where_and_how(text: str, key: str, line: int, words: str) -> None:
    fault = refuse(text)
    assert (fault.key, fault.line) == (key, line)
    assert words in fault.message.en + fault.way_out.en


def test_an_empty_file_is_a_deployment_on_this_machine() -> None:
    deployment = read_deployment("", folder=HERE, environment={})
    assert deployment == Deployment()
    assert deployment.secure


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError) as refused:
        load_deployment(tmp_path / "visavis.toml")
    assert "visavis demo" in refused.value.way_out.en


@pytest.mark.parametrize(
    ("text", "key", "line", "words"),
    [
        ("[web]\nprot = 1", "web.prot", 2, "“port”"),
        ('[web]\nhost = "x"\nport = "eighty"', "web.port", 3, "whole number"),
        ("[web]\nport = 70000", "web.port", 2, "65535"),
        ("colour = 1", "colour", 1, "plugins"),
        ('[site]\npublic_url = "visavis.example.org"', "site.public_url", 2, "without a path"),
        ('[[plugins]]\nid = "a"\n\n[[plugins]]\nid = "b"\nenable = true', "plugins[1].enable", 6, "“enabled”"),
        ("[[plugins]]\nenabled = true", "plugins[0].id", 1, "missing"),
        ('[[plugins]]\nid = "a"\n[[plugins]]\nid = "a"', "plugins", 1, "twice"),
        ('[web]\ntls_key = "k"', "web.tls_certificate", 1, "together"),
        ('[site]\nzone = "Mars/X"', "site.zone", 2, "America/Toronto"),
        ("[session]\nidle_minutes = 200\nabsolute_minutes = 100", "session.idle_minutes", 2, "absolute_minutes"),
        ("demo = true", "demo", 1, "no key"),
        ("[site\nname=1", "", 1, "TOML"),
    ],
)
def test_a_wrong_file_is_told_where_and_how(text: str, key: str, line: int, words: str) -> None:
    fault = refuse(text)
    assert (fault.key, fault.line) == (key, line)
    assert words in fault.message.en + fault.way_out.en
    assert fault.message.fr
    assert fault.message.fr != fault.message.en
    for shown in (fault.in_language("fr"), fault.in_language("en")):
        assert key in shown


def test_secrets_are_found_at_any_depth_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    text = '[[plugins]]\nid = "a"\nconfig = { deep = [{ token = "env:TOKEN", other = "file:key", plain = "x" }] }'
    deployment = read_deployment(text, folder=tmp_path, environment={"TOKEN": "from-env"})
    found = deployment.plugins[0].config["deep"][0]
    assert (found["token"].reveal(), found["other"].reveal(), found["plain"]) == ("from-env", "from-file", "x")
    shown = (
        repr(deployment)
        + f"{found['token']} {found['token']!s} {found['token']:>20}"
        + msgspec.json.encode(deployment, enc_hook=encode_secret).decode()
        + json.dumps(found, default=str)
    )
    assert "from-" not in shown
    assert "***" in shown
    with pytest.raises(TypeError):
        found["token"].__reduce__()


@pytest.mark.parametrize(
    ("source", "why"),
    [("env:NOPE", "not set"), ("file:nowhere", "cannot be read"), ("file:empty", "empty"), ("file:huge", "64 KiB")],
)
def test_a_secret_that_is_not_there_names_the_key(tmp_path: Path, source: str, why: str) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "huge").write_bytes(b"x" * 70_000)
    with pytest.raises(DeploymentError) as refused:
        read_deployment(f'[store]\npassword = "{source}"', folder=tmp_path, environment={})
    assert refused.value.key == "store.password"
    assert refused.value.line == 2
    assert why in refused.value.message.en


def test_a_secret_pasted_in_the_file_is_refused_and_not_repeated() -> None:
    fault = refuse('[store]\npassword = "hunter2-hunter2"')
    assert fault.key == "store.password"
    assert "hunter2" not in fault.in_language("en") + fault.in_language("fr")


def test_a_relay_shares_a_secret_that_is_never_in_the_file() -> None:
    table = '[[media.turn]]\nurl = "turns:relay.example.org:443?transport=tcp"\nsecret = {}'
    deployment = read_deployment(table.format('"env:TURN"'), folder=HERE, environment={"TURN": "shared"})
    (relay,) = deployment.media.turn
    assert (relay.secret.reveal(), relay.lifetime_minutes) == ("shared", 60)
    fault = refuse(table.format('"shared-itself"'))
    assert "shared-itself" not in fault.in_language("en")
    assert (fault.code, fault.line) == ("deployment.invalid", 3)


@pytest.mark.parametrize("url", ["relay.example.org", "turn:a b", 'turn:x"; rel="x', "stun:relay.example.org"])
def test_an_address_that_is_no_relay_is_refused(url: str) -> None:
    fault = refuse(f"[[media.turn]]\nurl = '{url}'\nsecret = \"env:T\"", T="shared")
    assert fault.line == 2


def test_media_is_advertised_by_address() -> None:
    fault = refuse('[media]\nadvertised = ["visavis.example.org"]')
    assert (fault.key, fault.line) == ("media.advertised", 2)
    assert "IP addresses" in fault.message.en
    assert read_deployment('[media]\nadvertised = ["203.0.113.10", "2001:db8::1"]', folder=HERE, environment={})


def test_secrets_compare_without_showing() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert repr({Secret("a")}) == "{***}"


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://visavis.example.org", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://clinic.example", False),
    ],
)
def test_cookies_are_secure_where_browsers_take_them(url: str, secure: bool) -> None:
    deployment = read_deployment(f'[site]\npublic_url = "{url}"', folder=HERE, environment={})
    assert deployment.secure is secure
