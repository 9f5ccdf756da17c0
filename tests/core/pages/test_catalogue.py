"""The words: the same in both languages, all of them used, none missing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
import visavis_core.locale as locale
import visavis_core.web as web
from visavis_core.locale import Formats, MissingMessageError, Plural, catalogue, negotiate, typeset
from visavis_core.web.pages.home import SPECIALTIES
from visavis_core.web.pages.steps import STEPS
from visavis_sdk.events import AnyEvent

WEB, LOCALE = Path(web.__file__).parent, Path(locale.__file__).parent
FRENCH, ENGLISH = catalogue("fr"), catalogue("en")
SOURCES = [path.read_text(encoding="utf-8") for kind in ("*.py", "*.html", "*.js") for path in sorted(WEB.rglob(kind))]
# A key may stand in a table of the code as well as in a call, so every string that looks like one counts.
LITERAL = re.compile(r'["\'`]([a-z_]+(?:\.[A-Za-z0-9_-]+)+)["\'`]')
PREFIX = re.compile(r'["\'`]((?:[a-z_]+\.)+)(?:["\'`]|\{|\$\{)')
CALL = re.compile(r'\b(?:t|words|messages)\(\s*["\']([^"\']+?[^.])["\']\s*[,)]')
LITERALS = {found for source in SOURCES for found in LITERAL.findall(source)}
PREFIXES = {found for source in SOURCES for found in PREFIX.findall(source)}
AREAS = {key.split(".", 1)[0] for key in FRENCH}


def test_both_languages_say_the_same_things() -> None:
    assert set(FRENCH) == set(ENGLISH)


def test_a_message_asks_for_the_same_facts_in_both_languages() -> None:
    def facts(entry: str | Plural) -> set[str]:
        texts = entry.forms.values() if isinstance(entry, Plural) else [entry]
        return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}

    french, english = FRENCH._entries, ENGLISH._entries
    assert {key for key in FRENCH if facts(french[key]) != facts(english[key])} == set()


def test_every_key_named_in_the_code_exists() -> None:
    called = {key for source in SOURCES for key in CALL.findall(source)}
    # A script names its area once, when it loads it, and then calls with the rest of the key.
    known = set(FRENCH) | {key.split(".", 1)[1] for key in FRENCH}
    assert called - known == set()


def test_no_key_is_left_over() -> None:
    asked = {f"ask.{step}.{part}" for step in STEPS for part in ("title", "todo")}
    called = {key for source in SOURCES for key in CALL.findall(source)}
    prefixes = tuple(prefix for prefix in PREFIXES if prefix.split(".", 1)[0] in AREAS)
    # The room, the sign-in and the media door have catalogues and tests of their own.
    ours = {path.stem for path in (LOCALE / "interface" / "fr").glob("*.toml")} - {"room", "login", "join", "media"}

    def used(key: str) -> bool:
        return key in LITERALS | asked or key.split(".", 1)[1] in called or key.startswith(prefixes)

    assert {key for key in FRENCH if key.split(".", 1)[0] in ours and not used(key)} == set()


def test_every_event_has_a_sentence() -> None:
    for event in AnyEvent.__args__:
        assert f"event.{event.__struct_config__.tag}" in FRENCH


def test_every_specialty_has_a_name() -> None:
    assert all(f"specialty.{specialty}" in ENGLISH for specialty in SPECIALTIES)


def test_a_key_nobody_wrote_is_an_error_and_not_an_empty_page() -> None:
    with pytest.raises(MissingMessageError):
        FRENCH("queue.never_written")
    with pytest.raises(MissingMessageError):
        FRENCH("frame.born.female", date="12 mars 1947")


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0 fait", "0 done"),
        (1, "1 fait", "1 done"),
        (2, "2 faits", "2 done"),
        (1200, "1\u202f200 faits", "1,200 done"),
    ],
)
def test_numbers_agree(count: int, french: str, english: str) -> None:
    assert FRENCH("rail.count.met", count=count) == french
    assert ENGLISH("rail.count.met", count=count) == english


def test_french_typography() -> None:
    assert typeset("Pas de valeur ? Dites : « non »", "fr") == "Pas de valeur\u202f? Dites\u00a0: «\u202fnon\u202f»"
    assert typeset("No value? Say why", "en") == "No value? Say why"


def test_dates_hours_and_numbers() -> None:
    french, english = Formats("fr", "Europe/Paris"), Formats("en", "America/Toronto")
    moment = "2026-11-23T13:05:00.000000Z"
    assert french.date(moment) == "lundi 23 novembre 2026, 14\u202fh\u202f05"
    assert english.date(moment) == "Monday 23 November 2026, 08:05"
    assert french.date("1947-03-12") == "12 mars 1947"
    assert french.number("3.20") == "3,20"
    assert english.number("3.20") == "3.20"
    assert french.age("1947-11-24", moment) == 78
    assert french.age("1947-11-23", moment) == 79
    assert [french.duration(s) for s in (9, 720, 7500, 200_000)] == [
        "9\u202fs",
        "12\u202fmin",
        "2\u202fh\u202f05",
        "2\u202fj",
    ]


@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("en-CA,en;q=0.9,fr;q=0.8", "", "en"),
        ("fr-CA,en;q=0.9", "", "fr"),
        ("de,nl;q=0.5", "", "fr"),
        ("", "", "fr"),
        ("en", "fr", "fr"),
        ("en;q=0,fr;q=0.1", "", "fr"),
        ("en;q=many,,;q=", "xx", "fr"),
    ],
)
def test_the_reader_is_answered_in_their_language(accepted: str, chosen: str, language: str) -> None:
    assert negotiate(accepted, chosen) == language
