"""What the patient is told: complete in both languages, in plain words, and never changed once published."""

from __future__ import annotations

import pytest
from visavis_france.plugin import create_plugin
from visavis_sdk.hooks import LoadContext

TEXTS = {text.language: text for text in create_plugin({}).contribute_consent_texts(LoadContext(sdk="0.1"))}

# A changed byte here is a changed text: publish a new version beside it, never edit a published one.
PUBLISHED = {
    ("2026-11", "fr"): "622405c4f8009ef4133decd3c30fbde24ff2053bce61ceae17bc36c6128486c9",
    ("2026-11", "en"): "c88ee2e54aaa86b5b46cccdc807d90a4b5473e2808b3877dc3f3796f56e582d4",
}

SAID = {
    "fr": (
        "à distance",
        "risques",
        "confidentialité",
        "enregistrés",
        "à tout moment",
        "repli",
        "libre",
        "Deux réponses",
    ),
    "en": ("at a distance", "risks", "confidentiality", "recorded", "at any moment", "fallback", "free", "Two answers"),
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_everything_that_must_be_said_is_said(language):
    body = TEXTS[language].body
    assert [word for word in SAID[language] if word not in body] == []
    assert TEXTS[language].jurisdiction == "france"


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
