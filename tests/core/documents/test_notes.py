"""The notes write themselves from the record, cite it line by line, and leave the reasoning to their author."""

from __future__ import annotations

import pytest
from visavis_core.acts.act import Act
from visavis_core.documents.notes import NOTES, NoteKind, note_document, prefill, section_keys, written_by_author
from visavis_sdk import events as e
from visavis_sdk.events import NoteSection
from visavis_sdk.reports import Figure, Finding, Heading, Measurement, Paragraph, Signature, Table
from visavis_sdk.text import Language

from tests.core.documents import scene


def sections(act: Act, note: NoteKind, language: Language = "fr") -> dict[str, NoteSection]:
    filled = prefill(act, scene.sheet(act), note, language, zone=scene.ZONE, blocks=scene.BLOCKS)
    return {section.key: section for section in filled}


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_assisting_note_holds_what_the_text_asks() -> None:
    """G1: identity, people and place, need, consent, information, advice with reasons, responsibility."""
    note = {key: plain(section.text) for key, section in sections(scene.completed(), "assisting").items()}
    assert "Dre Anaïs Côté" in note["assistant"]
    assert "Spécialité : chirurgie plastique" in note["assistant"]
    assert "Médecin présent : Dr Marc Obomsawin" in note["people"]
    assert "Jeanne Tremblay, fille" in note["people"]
    assert "51, 3e Rue" in note["place"]
    assert "418 555-0100" in note["place"]
    assert "ne ferme plus depuis trois semaines" in note["need"]
    assert "consentement oral, donné par le patient, reçu par M. Luc Gagnon" in note["consent"]
    assert "À l’usage des technologies : oui" in note["consent"]
    assert "Longueur : 4,2 cm" in note["information"]
    assert "annotée" in note["information"]
    for text, reason in scene.ADVICE:
        assert text in note["advice"]
        assert f"Motif : {reason}" in note["advice"]
    assert "14 h 26, Dre Anaïs Côté : Nettoyer" in note["advice"]
    assert "Fait, selon M. Luc Gagnon à 14 h 27." in note["advice"]
    assert "valide l’étape : Pansement en place" in note["advice"]
    assert "qualité limitée" in note["adequacy"]
    assert "l’acte a repris, 45 s perdus" in note["incidents"]
    assert "Plan B écrit : téléphone 418 555-0177" in note["incidents"]
    assert "418 555-0177" in note["follow_up"]
    assert "demeure responsable de l’acte" in note["responsibility"]
    assert "même territoire" in note["jurisdiction"]


def test_the_on_site_note_holds_what_the_text_asks() -> None:
    """G2: usual documentation, the assistant's identity and establishment, equipment, nature, exchanges, consent."""
    note = {key: plain(section.text) for key, section in sections(scene.completed(), "on_site").items()}
    for part in ("Dre Anaïs Côté", "CHU de Québec", "418 555-0177", "chirurgie plastique", "médecin"):
        assert part in note["assistant"]
    assert "caméra, arrière : qualité adéquate, 1920 px" in note["equipment"]
    assert "réseau : qualité limitée, 1,8 Mbit/s" in note["equipment"]
    assert "caméra clinique" in note["equipment"]
    assert "en temps réel, reçue de Dre Anaïs Côté" in note["nature"]
    assert all(text in note["exchanges"] for text, _ in scene.ADVICE)
    assert "Dessins du médecin assistant sur l’image, conservés : 1." in note["exchanges"]
    assert "Longueur : 4,2 cm" in note["care"]


def test_the_reasoning_is_left_to_its_author() -> None:
    assert sections(scene.completed(), "assisting")["approach"].text == ""
    assert written_by_author("assisting") == ("approach",)
    assert set(written_by_author("on_site")) <= set(section_keys("on_site"))


@pytest.mark.parametrize("note", NOTES)
def test_every_line_can_be_traced(note: NoteKind) -> None:
    act = scene.completed()
    told = sections(act, note)
    assert {n for section in told.values() for n in section.sources} <= set(range(act.n))
    unproved = {key for key, section in told.items() if section.text and not section.sources}
    assert unproved == set()
    advised = {one.n for one in act.events if isinstance(one.body, e.AdviceGiven | e.AdviceAcknowledged)}
    assert advised <= set(told["advice" if note == "assisting" else "exchanges"].sources)


@pytest.mark.parametrize("note", NOTES)
def test_an_act_without_anything_says_so_in_words(note: NoteKind) -> None:
    act = scene.record(scene.opening()[:2])
    told = {key: section.text for key, section in sections(act, note).items()}
    assert told["consent"] == "Aucune information ni aucun consentement n’est consigné."
    assert "Aucun médecin assistant" in told["assistant"]
    assert "Aucun médecin présent" in plain(told["people"])
    assert "emergency" not in told


def test_a_withdrawal_is_said_first_with_its_moment() -> None:
    act = scene.withdrawn()
    for note in NOTES:
        told = sections(act, note)
        first = plain(told["circumstances"].text.splitlines()[0])
        assert first.startswith("Le consentement a été retiré le lundi 23 novembre 2026, 14 h 22 (par : le patient")
        assert "L’image et le son ont été arrêtés à ce moment." in first
        assert 22 in told["circumstances"].sources
        assert "La patiente préfère venir" in told["consent"].text
        document = note_document(act, scene.sheet(act), note, "fr", zone=scene.ZONE)
        alert = document.blocks[0]
        assert isinstance(alert, Finding)
        assert alert.severity == "alert"
        assert "retiré" in alert.text


def test_in_an_emergency_what_was_skipped_is_listed_where_it_stands() -> None:
    told = plain(sections(scene.urgent(), "assisting")["emergency"].text)
    assert "Consentement libre et éclairé : reste à remplir." in told
    assert "Plan B écrit : justification donnée à 14 h 25. Hémorragie : aucun temps" in told
    assert "Lieu exact, numéro de rappel : en règle depuis 14 h 24" in told
    consent = plain(sections(scene.urgent(), "assisting")["consent"].text)
    assert "consentement substitué demandé par M. Luc Gagnon à Jeanne Tremblay, fille : personne injoignable" in consent


def test_english_is_whole() -> None:
    told = {key: section.text for key, section in sections(scene.completed(), "assisting", "en").items()}
    assert "oral consent, given by the patient, received by M. Luc Gagnon" in told["consent"]
    assert "14:26, Dre Anaïs Côté: Nettoyer" in told["advice"]
    assert "remains responsible" in told["responsibility"]


def test_words_that_look_like_a_pattern_are_only_words() -> None:
    hostile = "{hour} {0} {act.events} %s {{x}}"
    act = scene.record([*scene.opening(), e.NeedStated(need=hostile, expectations="{nope}")])
    assert f"Besoin : {hostile}" in plain(sections(act, "assisting")["need"].text)


def test_the_document_shows_what_was_signed_and_nothing_else() -> None:
    act = scene.completed()
    mine = (NoteSection(key="approach", text="Plaie neuropathique du talon.", sources=(10,)),)
    signed = scene.sign(act, "assisting", "p_expert", mine)
    document = note_document(signed, scene.sheet(signed), "assisting", "fr", scene.BLOCKS, zone=scene.ZONE)
    paragraphs = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    assert paragraphs[0] == "Plaie neuropathique du talon."
    assert not any("Nettoyer" in text for text in paragraphs)
    signature = next(block for block in document.blocks if isinstance(block, Signature))
    assert signature.name == "Dre Anaïs Côté"
    assert signature.title == "médecin, chirurgie plastique, CHU de Québec, permis CMQ 12345"
    assert signature.content_sha256 == signed.notes["assisting"].content_sha256
    assert plain(signature.at) == "lundi 23 novembre 2026, 14 h 37"
    # The author took the section out; the forms and stills are of the record and stay.
    assert any(isinstance(block, Measurement) for block in document.blocks)
    assert [block.sha256 for block in document.blocks if isinstance(block, Figure)] == [scene.STILL_SHA256]


def test_an_unsigned_note_says_so() -> None:
    act = scene.completed()
    document = note_document(act, scene.sheet(act), "on_site", "fr", zone=scene.ZONE)
    assert "n’est pas signée" in document.blocks[0].text  # type: ignore[union-attr]  # the first block is a finding
    assert not any(isinstance(block, Signature) for block in document.blocks)


def test_the_annex_tells_every_duty_by_moment_with_its_proof() -> None:
    act = scene.urgent()
    document = note_document(act, scene.sheet(act), "assisting", "fr", zone=scene.ZONE)
    start = next(i for i, b in enumerate(document.blocks) if isinstance(b, Heading) and b.text.startswith("Annexe"))
    tables = [block for block in document.blocks[start:] if isinstance(block, Table)]
    rows = {row[0].split(".")[0]: row for table in tables for row in table.rows}
    assert list(rows) == ["D2", "E4", "E7", "F3", "G1"]
    assert rows["D2"][1].startswith("À faire avant de clore, passée en urgence. Il manque")
    assert rows["D2"][2] == "–"
    assert rows["E7"][1] == "Justifiée : Hémorragie : aucun temps".replace(" :", "\u00a0:", 1)
    assert rows["F3"][2] == "16, 18, 20"
    assert rows["F3"][3] == "CMQ, téléassistance, « Consentement »"
    assert plain(rows["G1"][1]).startswith("À faire.")
    summary = document.blocks[start + 1]
    assert isinstance(summary, Paragraph)
    assert plain(summary.text).startswith("2 obligations remplies sur 5 applicables. À faire : 2. À établir : 0.")


def test_advice_read_back_is_told_in_the_language_of_the_note_and_words_in_their_own() -> None:
    def told(heard: e.AdviceAcknowledged, language: str) -> str:
        advice = e.AdviceGiven(advice="a", by="p_expert", text="Rincer", justification="Fibrine")
        act = scene.record([*scene.opening(), advice, heard])
        [section] = [one for one in prefill(act, scene.sheet(act), "assisting", language) if one.key == "advice"]
        return plain(section.text)

    flagged = e.AdviceAcknowledged(advice="a", by="p_nurse", repeated=True)
    assert "Répété à voix haute." in told(flagged, "fr")
    assert "Repeated aloud." in told(flagged, "en")
    pressed = e.AdviceAcknowledged(advice="a", by="p_nurse", read_back="Répété à voix haute")
    assert told(pressed, "en") == told(flagged, "en"), "an older record holds what its button said"
    worded = e.AdviceAcknowledged(advice="a", by="p_nurse", read_back="Je rince la plaie", repeated=True)
    assert "Read back: “Je rince la plaie”" in told(worded, "en")
