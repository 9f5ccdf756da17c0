"""A pack is data read strictly: what is wrong in it is named, and nothing of it is used."""

from __future__ import annotations

import sys

import pytest
from visavis_sdk.evidence import DUTIES
from visavis_sdk.obligations import Due, Enforcement, Transition
from visavis_sdk.packs import PackRefusedError, read_consent_texts, read_obligations

ROW = """
[[obligation]]
id = "{id}"
title = {{ fr = "Besoin", en = "Need" }}
advice = {{ fr = "Écrivez-le.", en = "Write it." }}
enforcement = "gate"
stops = "start_session"
moment = "before"
step = "need"
check = "{check}"
source = "S0"
citation = "S0"
{more}
"""
HEAD = 'jurisdiction = "ontario"\nreviewed = "2026-01-15"\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a pack's files as an importable package and gives its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**files):
        folder = tmp_path / "ontario_pack"
        for sub in ("texts", "obligations"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text("")
        for name, content in files.items():
            path = folder / name.replace("__", "/").replace("_toml", ".toml")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return "ontario_pack"

    yield write
    sys.modules.pop("ontario_pack", None)


def row(id="E1", check="need_stated", more=""):
    return ROW.format(id=id, check=check, more=more)


def own_check(_view):
    return Due(missing=None)


def test_rows_become_duties_with_their_checks(package):
    name = package(obligations__b_toml=HEAD + row() + row("X1", "own_check", 'effective_from = "2020-02-03"'))
    first, second = read_obligations(name, {"own_check": own_check})
    assert (first.id, first.jurisdiction, first.check) == ("E1", "ontario", DUTIES["need_stated"])
    assert (first.enforcement, first.stops) == (Enforcement.GATE, Transition.START_SESSION)
    assert (first.effective_from, first.reviewed) == ("2026-01-15", "2026-01-15")
    assert (second.check, second.effective_from) == (own_check, "2020-02-03")


def test_a_row_is_replaced_by_its_successor_without_code(package):
    old = row(more='effective_from = "2020-01-01"\neffective_to = "2025-12-31"')
    rows = read_obligations(package(obligations__b_toml=HEAD + old + row(more='effective_from = "2026-01-01"')), {})
    assert [(one.effective_from, one.effective_to) for one in rows] == [
        ("2020-01-01", "2025-12-31"),
        ("2026-01-01", None),
    ]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (HEAD + row(check="wish"), "'wish'"),
        (HEAD + row() + row(), "E1 is written twice"),
        (HEAD + row(more='colour = "red"'), "colour"),
        (HEAD + row(more='effective_from = "soon"'), "effective_from"),
        (HEAD + row().replace('"gate"', '"evidence"'), "a gate stops"),
        (HEAD + row().replace('stops = "start_session"', ""), "a gate stops"),
        (HEAD + row().replace('en = "Need"', 'de = "Bedarf"'), "de"),
        (row(), "jurisdiction"),
        ("= nothing", r"obligations/b\.toml"),
    ],
)
def test_a_faulty_pack_is_refused_and_says_where(package, content, named):
    with pytest.raises(PackRefusedError, match=named):
        read_obligations(package(obligations__b_toml=content), {})


def test_a_pack_does_not_redefine_a_shared_check(package):
    with pytest.raises(PackRefusedError, match="need_stated"):
        read_obligations(package(obligations__b_toml=HEAD + row()), {"need_stated": own_check})


def test_files_are_read_by_name_and_speak_of_one_place(package):
    name = package(obligations__b_toml=HEAD + row("B1"), obligations__a_toml=HEAD + row("A1"))
    assert [one.id for one in read_obligations(name, {})] == ["A1", "B1"]
    name = package(obligations__c_toml=HEAD.replace("ontario", "manitoba") + row("C1"))
    with pytest.raises(PackRefusedError, match="the same one jurisdiction"):
        read_obligations(name, {})


def test_a_missing_file_is_named(package):
    with pytest.raises(PackRefusedError, match="holds no file of rows"):
        read_obligations(package(), {})


TEXT = """
[[text]]
id = "ontario.teleassistance"
version = "1"
language = "fr"
title = "Votre information"
file = "a.md"
effective_from = "2026-01-15"
"""


def test_a_consent_text_is_its_files_bytes(package):
    name = package(consent_texts_toml='jurisdiction = "ontario"\n' + TEXT, **{"texts__a.md": "Bonjour.\n"})
    (text,) = read_consent_texts(name)
    assert (text.body, text.jurisdiction, text.language) == ("Bonjour.\n", "ontario", "fr")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"consent_texts_toml": 'jurisdiction = "o"\n' + TEXT}, r"texts/a\.md is missing"),
        ({"consent_texts_toml": 'jurisdiction = "o"\n' + TEXT, "texts__a.md": b"\xff"}, "utf-8"),
        ({"consent_texts_toml": 'jurisdiction = "o"\n' + TEXT.replace('"fr"', '"la"')}, "language"),
    ],
)
def test_a_faulty_text_is_refused_and_says_where(package, files, named):
    with pytest.raises(PackRefusedError, match=named):
        read_consent_texts(package(**files))
