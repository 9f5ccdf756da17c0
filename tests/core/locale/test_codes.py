"""No code of the record reaches a reader: each has a word in both languages, and no page or note shows the code.

The tables are walked, not sampled: a command that gains a coded field fails here until somebody gives it words or says
why nobody reads it.
"""

from __future__ import annotations

import re
import typing

import msgspec
import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.act import Act
from visavis_core.acts.roles import PROFESSIONS
from visavis_core.documents.framing import note_frame
from visavis_core.documents.notes import NOTES, note_document, prefill
from visavis_core.locale import LANGUAGES, Formats, catalogue, say_source, words
from visavis_core.obligations.evaluate import evaluate
from visavis_core.web.pages.home import SPECIALTIES
from visavis_core.web.pages.steps import check, jurisdiction
from visavis_core.web.pages.timeline import tell
from visavis_quebec.plugin import obligations
from visavis_sdk import events as e
from visavis_sdk import vocabulary as v
from visavis_sdk.reports import Paragraph, Table
from visavis_sdk.text import Language

from tests.core.documents import scene

# Codes → the documents' area and the interface's key, "" where that catalogue never says them.
METHODS = ("identity_document", "health_card", "wristband", "spoken", "known", "unverified")
INCIDENTS = ("picture", "sound", "connection", "device", "software", "other")
STEPS = ("telephone", "other_device", "stills", "audio_only")
SOURCES = ("clinical", "face", "stethoscope", "sound", "file", "information")
TOWARDS = ("face_to_face", "emergency")
WITHDRAWERS = ("patient", "representative")
TABLES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "kind": (tuple(v.ActKind), "kind", "kind"),
    "phase": (tuple(v.ActPhase), "", "phase"),
    "role": (tuple(v.Role), "role", "role"),
    "side": (tuple(v.Side), "side", ""),
    "outcome": (tuple(v.Outcome), "outcome", "outcome"),
    "adequacy": (tuple(v.Adequacy), "adequacy", "adequacy"),
    "channel": (tuple(v.ConsentChannel), "channel", "ask.consent.channel.option"),
    "giver": (tuple(v.ConsentGiver), "giver", ""),
    "withdrawer": (WITHDRAWERS, "giver", "ask.withdraw.by.option"),
    "substituted": (tuple(v.SubstitutedConsentResult), "substituted", "ask.consent.result.option"),
    "presence": (tuple(v.PatientPresence), "", "ask.patient.presence.option"),
    "method": (METHODS, "identity", "ask.patient.method.option"),
    "sex": (("female", "male", "other", "unknown"), "", "frame.born"),
    "incident": (INCIDENTS, "incident", "event.incident.kind"),
    "plan_b_step": (STEPS, "plan_b_step", "event.plan_b.step"),
    "source": (SOURCES, "source", "source"),
    "specialty": (SPECIALTIES, "specialty", "specialty"),
    "place": (jurisdiction._PLACES, "place_name", "place"),
    "basis": (jurisdiction._BASES, "basis", "ask.jurisdiction.basis.option"),
    "thing": (check._THINGS, "check", ""),
    "towards": (TOWARDS, "towards", "event.towards"),
    "note": (tuple(NOTES), "note", "note.name"),
    "language": (LANGUAGES, "language", ""),
}
# Each coded field of a command, and the table that gives its words.
FIELDS = {
    ("AttemptSubstitutedConsent", "result"): "substituted",
    ("CloseAct", "outcome"): "outcome",
    ("ConfirmPresence", "side"): "side",
    ("DeclareAdequacy", "verdict"): "adequacy",
    ("DraftNote", "note"): "note",
    ("DraftNote", "language"): "language",
    ("GiveConsent", "channel"): "channel",
    ("GiveConsent", "given_by"): "giver",
    ("IdentifyParticipant", "role"): "role",
    ("IdentifyParticipant", "side"): "side",
    ("IdentifyPatient", "sex"): "sex",
    ("IdentifyPatient", "method"): "method",
    ("IssueInvitation", "role"): "role",
    ("IssueInvitation", "side"): "side",
    ("MeasureQuality", "verdict"): "adequacy",
    ("OpenAct", "kind"): "kind",
    ("ReportIncident", "kind"): "incident",
    ("SignNote", "note"): "note",
    ("SignNote", "language"): "language",
    ("StatePatientPresence", "presence"): "presence",
    ("TakePlanB", "step"): "plan_b_step",
}
NOBODY_READS = {
    ("LeaveSession", "reason"): "who left is told, not why a link ended",
    ("CaptureStill", "method"): "how a browser took the picture; the proof keeps it",
    ("OpenLink", "direction"): "links are told by their source",
}


def coded_fields() -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for command in typing.get_args(c.AnyCommand):
        info = msgspec.inspect.type_info(command)
        assert isinstance(info, msgspec.inspect.StructType)
        for field in info.fields:
            match field.type:
                case msgspec.inspect.StrType(pattern=str(pattern)) if re.fullmatch(r"\^\([a-z_|]+\)\??\$", pattern):
                    found[command.__name__, field.name] = tuple(re.findall(r"[a-z_]+", pattern))
                case msgspec.inspect.EnumType(cls=kind):
                    found[command.__name__, field.name] = tuple(str(one.value) for one in kind)
    return found


def test_every_coded_field_has_its_table_or_a_reason_for_none() -> None:
    coded = coded_fields()
    assert len(coded) > 20
    assert set(coded) == set(FIELDS) | set(NOBODY_READS)
    for field, table in FIELDS.items():
        assert set(coded[field]) <= set(TABLES[table][0]), field


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", TABLES)
def test_every_code_has_a_word_in_both_catalogues(table: str, language: Language) -> None:
    codes, area, key = TABLES[table]
    notes, pages = words(language), catalogue(language)
    assert codes
    for code in codes:
        assert not area or notes(f"{area}.{code}").strip(), code
        assert not key or f"{key}.{code}" in pages, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_profession_has_a_name(language: Language) -> None:
    for code, known in PROFESSIONS.items():
        assert known.name.in_language(language).strip(), code


@pytest.mark.parametrize(
    ("source", "french", "english"),
    [
        ("clinical", "caméra clinique", "clinical camera"),
        ("camera-2", "caméra 2", "camera 2"),
        ("Otoscope Horus", "Otoscope Horus", "Otoscope Horus"),
    ],
)
def test_a_source_is_named_and_a_device_keeps_its_name(source: str, french: str, english: str) -> None:
    for catalogues in (words, catalogue):
        assert say_source(source, catalogues("fr")) == french
        assert say_source(source, catalogues("en")) == english


def everything() -> Act:
    """One act in which every code of the tables stands where a reader could meet it."""
    by, beside = "p_expert", "p_nurse"
    bodies: list[e.Event] = [*scene.opening(emergency=True), *scene.preparation()]
    bodies += [e.AssistanceRequested(specialty=code) for code in SPECIALTIES]
    bodies += [e.EquipmentChecked(participant=beside, results=tuple(_check(code) for code in check._THINGS))]
    bodies += [
        e.JurisdictionStated(patient=place, professionals={by: place}, basis=basis)
        for place in jurisdiction._PLACES
        for basis in jurisdiction._BASES
    ]
    bodies += [e.SharingLimited(withheld=(*SOURCES, "camera-2"))]
    bodies += [
        e.SubstitutedConsentAttempted(asked="Jeanne", result=result, attempted_by=beside)
        for result in v.SubstitutedConsentResult
    ]
    bodies += [
        e.SessionOpened(session="ses"),
        e.ParticipantJoined(session="ses", participant=by),
        *(_opened(code) for code in ("clinical", "face", "camera-2")),
        scene.still(),
        msgspec.structs.replace(scene.still(), still="bare", label="", source="clinical"),
        *(e.AdequacyDeclared(by=by, subject=code, verdict=a, reason="Flou") for code in SOURCES for a in v.Adequacy),
        e.AdequacyDeclared(by=by, subject="bare", verdict=v.Adequacy.LIMITED, reason="Flou"),
        e.QualityMeasured(participant=beside, source="clinical", verdict=v.Adequacy.INSUFFICIENT),
        *(e.IncidentReported(incident=f"i_{code}", kind=code, description="Coupure") for code in INCIDENTS),
        *(e.PlanBTaken(by=by, step=code) for code in STEPS),
        e.ObligationDerogated(obligation="E7", jurisdiction="quebec", reason="Pas le temps du tout", by=beside),
        e.LiveEnded(by=by),
        e.NoteSigned(note="on_site", sections=(), content_sha256="", by=beside),
        *(e.ActReoriented(by=by, reason="Nécrose", towards=code) for code in TOWARDS),
        *(e.ConsentWithdrawn(by=code, received_by=beside) for code in WITHDRAWERS),
    ]
    return scene.record(bodies)


def _check(what: str) -> e.CheckResult:
    return e.CheckResult(what=what, verdict=v.Adequacy.INSUFFICIENT)


def _opened(source: str) -> e.LinkOpened:
    return e.LinkOpened(
        session="ses", link=f"l_{source}", participant="p_nurse", direction="publish", source=source,
        client_fingerprint="A", server_fingerprint="B",
    )  # fmt: skip


def shown(act: Act, language: Language) -> dict[str, str]:
    """Everything a reader is given in words about this act, by where it stands."""
    sheet = evaluate(act, obligations())
    titles = {(line.obligation.id, line.obligation.jurisdiction): line.obligation.title for line in sheet.lines}
    told = tell(act, catalogue(language), Formats(language, scene.ZONE), titles)
    texts = {f"timeline {one.n}": f"{one.says}\n{one.detail}" for one in told}
    for note in NOTES:
        frame = note_frame(act, note, language, zone=scene.ZONE)
        texts[f"frame {note}"] = "\n".join(value for _, value in frame.panel)
        for section in prefill(act, sheet, note, language, zone=scene.ZONE):
            texts[f"{note} {section.key}"] = section.text
        for n, block in enumerate(note_document(act, sheet, note, language, zone=scene.ZONE).blocks):
            if isinstance(block, Paragraph):
                texts[f"{note} paragraph {n}"] = block.text
            elif isinstance(block, Table):
                # The first column names a duty by its row and title, the last two cite.
                texts[f"{note} table {n}"] = "\n".join(row[1] for row in block.rows)
    return texts


def test_the_act_of_this_test_holds_every_code() -> None:
    bodies = {type(recorded.body) for recorded in everything().events}
    assert {e.AdequacyDeclared, e.SharingLimited, e.IncidentReported, e.PlanBTaken, e.LinkOpened} <= bodies


# Spelt as a code and a word of that language all the same.
WORDS_TOO: dict[Language, frozenset[str]] = {
    "fr": frozenset({"patient", "microphone", "information", "oral"}),
    "en": frozenset(
        {
            "adequate", "assisting", "camera", "cancelled", "clinical", "closed", "completed", "concluding",
            "connection", "declined", "dermatology", "device", "emergency", "expert", "face", "file", "imaging",
            "information", "insufficient", "interpreter", "known", "learner", "limited", "live", "male",
            "microphone", "network", "neurology", "observer", "obtained", "ophthalmology", "oral", "other",
            "otology", "paediatrics", "patient", "permit", "picture", "preparing", "refused", "relative",
            "remote", "reoriented", "representative", "software", "sound", "speaker", "spoken", "stethoscope",
            "stills", "substitute", "supervisor", "surgery", "telephone", "unknown", "unreachable", "unverified",
            "virtual", "withdrawn", "wristband", "written",
        }
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_is_read_anywhere(language: Language) -> None:
    codes = {str(code) for listed, _, _ in TABLES.values() for code in listed} - WORDS_TOO[language]
    # In the names of places, and in the id by which the text that was read to the patient can be found again.
    codes -= {"fr", "en", "quebec", "france", "teleassistance"}
    found = {
        (where, code)
        for where, text in shown(everything(), language).items()
        for code in codes | {"camera-2"}
        if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", text)
    }
    assert found == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_looks_like_a_code_is_read_anywhere(language: Language) -> None:
    """Words joined by underscores, and the numbers of duties, which stand only before their titles and in citations."""
    found = {
        (where, token)
        for where, text in shown(everything(), language).items()
        for token in re.findall(r"(?<![\w.])[a-z]+_[a-z_]+(?![\w.])|(?<!\w)[A-K]\d{1,2}(?!\w)", text)
    }
    assert found == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_duty_lacks_is_said_in_words(language: Language) -> None:
    act = scene.record([*scene.opening(emergency=True), e.SessionOpened(session="ses"), e.LiveEnded(by="p_nurse")])
    for line in evaluate(act, obligations()).lines:
        said = getattr(line.status, "missing", None) or getattr(line.status, "why", None)
        if said is not None:
            text = said.in_language(language)
            assert not re.search(r"[a-z]+_[a-z]+|(?<!\w)[A-K]\d{1,2}(?!\w)", text), (line.obligation.id, text)
