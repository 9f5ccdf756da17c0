"""Refusals at the media door speak the asker's language, whoever asks: a page, an encoder, a bridge."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import visavis_media
from starlette.testclient import TestClient
from visavis_core.acts.decide import Refusal
from visavis_core.locale.messages import catalogue
from visavis_core.service import Refused
from visavis_core.web import whip
from visavis_core.web.media_problems import Problem, problem_of
from visavis_sdk.text import Text


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ("fr-CA, en;q=0.5", "fr", "Connectez-vous d’abord."),
        ("en-US,en;q=0.9", "en", "Sign in first."),
        ("", "fr", "Connectez-vous d’abord."),
        ("de", "fr", "Connectez-vous d’abord."),
    ],
)
def test_a_refusal_follows_accept_language(client: TestClient, asked: str, language: str, title: str) -> None:
    answer = client.post("/media/act_1/whip", content="v=0", headers={"Accept-Language": asked})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]
    assert msgspec.json.decode(answer.content) == {
        "type": "about:blank",
        "title": title,
        "status": 401,
        "code": "signed_out",
    }


def test_a_method_that_is_not_taken_too(client: TestClient) -> None:
    answer = client.put("/media/act_1/whip", headers={"Accept-Language": "en"})
    assert answer.status_code == 405
    assert answer.json()["title"] == "This address does not take this method."


def test_every_code_the_door_gives_has_words_in_both_languages() -> None:
    written = "".join(path.read_text() for path in Path(whip.__file__).parent.glob("*.py"))
    given = set(re.findall(r'Problem\(\d+, "([a-z_]+)"', written))
    parsers = Path(visavis_media.__file__).parent
    for name in ("sdp.py", "negotiation.py", "plan.py"):
        given |= set(re.findall(r'Refused\("([a-z_]+)"', (parsers / name).read_text()))
    assert {"signed_out", "bad_source", "no_bundle"} <= given
    for language in ("fr", "en"):
        words = catalogue(language)
        assert [code for code in sorted(given) if f"media.{code}" not in words] == []


def test_a_code_without_words_has_the_common_sentence_and_a_refusal_of_the_act_its_own() -> None:
    assert Problem(503, "a_bound_without_words").title("en") == "The house cannot take another one of these now."
    refused = Refused(Refusal(code="act.closed", message=Text(fr="L’acte est clos.", en="The act is closed.")))
    assert problem_of(refused).title("fr") == "L’acte est clos."
    assert problem_of(refused).title("en") == "The act is closed."
