"""What the usager is told: complete in both languages, in plain words, and never changed once published."""

from __future__ import annotations

import pytest
from visavis_quebec.plugin import create_plugin
from visavis_sdk.hooks import LoadContext

TEXTS = {text.language: text for text in create_plugin({}).contribute_consent_texts(LoadContext(sdk="0.1"))}

# A changed byte here is a changed text: publish a new version beside it, never edit a published one.
PUBLISHED = {
    ("2026-11", "fr"): "2b43afdf8331a4b79d03dd9dc07f7fa4afed4d36d68838758e771fdcbc5abd12",
    ("2026-11", "en"): "de1912d868e3474c22caf38c1d3e7de971b3fad09342ec58247b2c9200e72e4a",
}

SAID = {
    "fr": ("téléassistance", "risques", "secret", "enregistrés", "à tout moment", "plan B", "libre", "deux choses"),
    "en": ("téléassistance", "risks", "secrecy", "recorded", "at any moment", "plan B", "free", "two things"),
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_everything_that_must_be_said_is_said(language):
    body = TEXTS[language].body
    assert [word for word in SAID[language] if word not in body] == []
    assert TEXTS[language].jurisdiction == "quebec"


def test_both_languages_say_it_in_the_same_paragraphs():
    counts = {language: len(text.body.strip().split("\n\n")) for language, text in TEXTS.items()}
    assert counts["fr"] == counts["en"] == 8


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_can_be_read_aloud(language):
    """About two and a half minutes at reading pace, in sentences one breath can hold."""
    body = TEXTS[language].body
    assert len(body.split()) < 420
    sentences = body.replace("?", ".").replace("\n", " ").split(".")
    assert max(len(sentence.split()) for sentence in sentences) <= 36


def test_a_published_version_never_changes():
    assert {(text.version, text.language): text.sha256 for text in TEXTS.values()} == PUBLISHED
