"""An invented act, told event by event: Rose Tremblay's wound, nurse Luc Gagnon, Dr Anaïs Côté."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw
from visavis_core.acts.act import Act, fold
from visavis_core.acts.events import hash_sections
from visavis_core.obligations.evaluate import evaluate
from visavis_core.obligations.sheet import ConformitySheet
from visavis_sdk import events as e
from visavis_sdk.obligations import (
    ActView,
    Due,
    Enforcement,
    Met,
    Moment,
    NotApplicable,
    Obligation,
    Status,
    Transition,
)
from visavis_sdk.reports import Block, Finding, Heading, Measurement, Table
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import (
    ActKind,
    Adequacy,
    ConsentChannel,
    ConsentGiver,
    Outcome,
    PatientPresence,
    Role,
    Side,
    SubstitutedConsentResult,
)

ZONE = "America/Toronto"
START = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # 14 h 00 in Montréal
SYSTEM = e.Actor(kind="system", id="test")

ADVICE = (
    ("Nettoyer au sérum physiologique tiède, sans frotter", "Fibrine peu adhérente, berges saines"),
    ("Poser une interface siliconée puis un alginate", "Exsudat modéré : l’alginate absorbe sans coller"),
    ("Décharger le talon et revoir dans 48 h", "Appui répété visible à la rougeur non blanchissante"),
)


def picture(width: int = 1600, height: int = 1200, form: str = "JPEG") -> bytes:
    image = Image.new("RGB", (width, height), (214, 178, 158))
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.3, height * 0.3, width * 0.7, height * 0.7), fill=(150, 40, 44))
    draw.rectangle((width * 0.1, height * 0.85, width * 0.9, height * 0.93), fill="white", outline="black")
    made = io.BytesIO()
    image.save(made, form)
    return made.getvalue()


STILL = picture()
STILL_SHA256 = hashlib.sha256(STILL).hexdigest()

NURSE = e.ParticipantIdentified(
    participant="p_nurse",
    role=Role.ON_SITE,
    side=Side.ON_SITE,
    title="M.",
    given_names="Luc",
    family_name="Gagnon",
    profession="nurse",
    establishment="CLSC de Chibougamau",
    contact="418 555-0134",
    account="a_nurse",
)
EXPERT = e.ParticipantIdentified(
    participant="p_expert",
    role=Role.EXPERT,
    side=Side.REMOTE,
    title="Dre",
    given_names="Anaïs",
    family_name="Côté",
    profession="physician",
    specialty="chirurgie plastique",
    establishment="CHU de Québec",
    contact="418 555-0177",
    identifier_system="permis CMQ",
    identifier="12345",
    account="a_expert",
)
LOCAL_PHYSICIAN = e.ParticipantIdentified(
    participant="p_local",
    role=Role.OBSERVER,
    side=Side.ON_SITE,
    title="Dr",
    given_names="Marc",
    family_name="Obomsawin",
    profession="physician",
)
TEXT = {"text_id": "quebec.teleassistance", "text_version": "1", "text_sha256": "c" * 64, "language": "fr"}


def opening(*, emergency: bool = False) -> list[e.Event]:
    return [
        e.ActOpened(
            kind=ActKind.TELEASSISTANCE,
            opened_by="p_nurse",
            emergency=emergency,
            specialty="plaies",
            jurisdictions=("quebec",),
        ),
        NURSE,
        e.PatientIdentified(
            family_name="Tremblay",
            given_names="Rose",
            birth_date="1948-03-03",
            sex="female",
            identifier_system="NAM",
            identifier="TRER 4853 0312",
            checked_by="p_nurse",
            method="health_card",
        ),
        e.AssistanceRequested(specialty="chirurgie plastique"),
        EXPERT,
    ]


def preparation() -> list[e.Event]:
    return [
        LOCAL_PHYSICIAN,
        e.PatientPresenceStated(presence=PatientPresence.BESIDE_PROFESSIONAL),
        e.PlaceStated(
            establishment="CLSC de Chibougamau",
            address="51, 3e Rue",
            detail="salle 4",
            call_back_number="418 555-0100",
            suitable=True,
        ),
        e.PresenceConfirmed(
            side=Side.ON_SITE,
            participants=("p_nurse", "p_local"),
            others=("Jeanne Tremblay, fille",),
            confidentiality_reminded=True,
        ),
        e.JurisdictionStated(
            patient="quebec", professionals={"p_nurse": "quebec", "p_expert": "quebec"}, basis="same_jurisdiction"
        ),
        e.NeedStated(
            need="Plaie du talon droit qui ne ferme plus depuis trois semaines",
            expectations="Choisir le pansement et dire s’il faut décharger",
            competence_confirmed=True,
        ),
        e.BriefingProvided(summary="Diabète de type 2, IPS 0,9, dernier pansement il y a 48 h", documents=("d" * 64,)),
        e.InformationGiven(given_by="p_nurse", **TEXT),
        e.ConsentGiven(
            to_remote_professional=True,
            to_technology=True,
            channel=ConsentChannel.ORAL,
            given_by=ConsentGiver.PATIENT,
            received_by="p_nurse",
            **TEXT,
        ),
        e.EquipmentChecked(
            participant="p_nurse",
            results=(
                e.CheckResult(what="camera", label="arrière", verdict=Adequacy.ADEQUATE, measured="1920", unit="px"),
                e.CheckResult(what="network", verdict=Adequacy.LIMITED, measured="1.8", unit="Mbit/s"),
            ),
        ),
        e.PlanBDeclared(telephone="418 555-0177", procedure="Appeler, puis décrire et envoyer des captures."),
        e.PlanBTried(works=True),
    ]


def going_live() -> list[e.Event]:
    return [
        e.SessionOpened(session="s1"),
        e.ParticipantJoined(session="s1", participant="p_nurse"),
        e.ParticipantJoined(session="s1", participant="p_expert"),
        e.LinkOpened(
            session="s1",
            link="l1",
            participant="p_nurse",
            direction="publish",
            source="clinical",
            client_fingerprint="aa",
            server_fingerprint="bb",
        ),
    ]


def still() -> e.StillCaptured:
    return e.StillCaptured(
        still="still_1",
        sha256=STILL_SHA256,
        size=len(STILL),
        media_type="image/jpeg",
        width=1600,
        height=1200,
        source="clinical",
        method="take_photo",
        captured_at="2026-11-23T19:20:00.000000Z",
        captured_by="p_nurse",
        label="Talon droit, vue d’ensemble",
    )


def care() -> list[e.Event]:
    told: list[e.Event] = [
        still(),
        e.AnnotationCommitted(
            annotation="n1",
            by="p_expert",
            target="still_1",
            strokes=(e.Stroke(shape="circle", points=((4000, 4000), (6000, 6000))),),
        ),
        e.AdequacyDeclared(
            by="p_expert",
            subject="clinical",
            verdict=Adequacy.LIMITED,
            decision="Demander une capture",
            reason="Image ralentie",
        ),
        e.IncidentReported(incident="i1", kind="connection", description="Image figée", procedure="Reconnexion"),
        e.IncidentResolved(incident="i1", resumed=True, seconds_lost=45),
    ]
    for number, (text, reason) in enumerate(ADVICE, 1):
        told.append(
            e.AdviceGiven(
                advice=f"c{number}",
                by="p_expert",
                text=text,
                justification=reason,
                still="still_1" if number == 1 else "",
            )
        )
        told.append(
            e.AdviceAcknowledged(
                advice=f"c{number}",
                by="p_nurse",
                done=True if number < 3 else None,
                read_back="" if number > 1 else text,
            )
        )
    told.append(e.StepDecided(step="Pansement en place", by="p_expert", validated=True))
    told.append(
        e.FormSaved(
            instance="f1",
            form="wound_care.wound",
            form_version=1,
            schema_sha256="e" * 64,
            answers={"length": "4.2"},
            findings=("Score PUSH en hausse de 2",),
            by="p_nurse",
        )
    )
    return told


BLOCKS: dict[str, tuple[Block, ...]] = {
    "f1": (
        Heading(text="Plaie", level=2),
        Measurement(label="Longueur", value="4,2", unit="cm", method="règle"),
        Measurement(label="Douleur", value="", absent="non mesurable"),
        Table(caption="PUSH 3.0", header=("Composante", "Points"), rows=(("Surface", "6"), ("Exsudat", "2"))),
        Finding(severity="attention", text="Score PUSH 11, plus 2 depuis la visite", source="PUSH 3.0, NPIAP"),
    )
}


def ending() -> list[e.Event]:
    return [
        e.FollowUpNamed(name="Dre Anaïs Côté", contact="418 555-0177", by="p_expert"),
        e.SessionClosed(session="s1", reason="ended"),
        e.LiveEnded(by="p_expert"),
    ]


def record(bodies: list[e.Event]) -> Act:
    """The events one minute apart, folded."""
    return fold(
        e.Recorded(
            act="act_9fK2lQ0bRtW",
            n=n,
            at=(START + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            actor=SYSTEM,
            body=body,
        )
        for n, body in enumerate(bodies)
    )


def completed() -> Act:
    return record([*opening(), *preparation(), *going_live(), *care(), *ending()])


def withdrawn() -> Act:
    return record(
        [
            *opening(),
            *preparation(),
            *going_live(),
            still(),
            e.ConsentWithdrawn(by="patient", received_by="p_nurse", reason="La patiente préfère venir"),
            e.SessionClosed(session="s1", reason="withdrawn"),
            e.ActClosed(by="p_nurse", outcome=Outcome.WITHDRAWN),
        ]
    )


def urgent() -> Act:
    return record(
        [
            *opening(emergency=True),
            e.EmergencyDeclared(reason="Saignement abondant"),
            e.SubstitutedConsentAttempted(
                asked="Jeanne Tremblay",
                quality="fille",
                result=SubstitutedConsentResult.UNREACHABLE,
                attempted_by="p_nurse",
            ),
            *going_live(),
            *care(),
            preparation()[2],
            e.ObligationDerogated(
                obligation="E7", jurisdiction="quebec", reason="Hémorragie : aucun temps", by="p_nurse"
            ),
            *ending(),
        ]
    )


def sign(act: Act, note: str, by: str, sections: tuple[e.NoteSection, ...]) -> Act:
    signed = e.NoteSigned(note=note, sections=sections, content_sha256=hash_sections(sections), by=by)
    return record([*(one.body for one in act.events), signed])


def _wants(kind: type[e.Event], fr: str, en: str) -> object:
    def check(act: ActView) -> Status:
        found = tuple(one.n for one in act.events if isinstance(one.body, kind))
        return Met(events=found) if found else Due(missing=Text(fr=fr, en=en))

    return check


def _duty(id: str, fr: str, en: str, kind: type[e.Event], moment: Moment, stops: Transition | None) -> Obligation:
    return Obligation(
        id=id,
        jurisdiction="quebec",
        title=Text(fr=fr, en=en),
        advice=Text(fr=fr, en=en),
        enforcement=Enforcement.GATE if stops else Enforcement.EVIDENCE,
        moment=moment,
        step="x",
        citation="CMQ, téléassistance, « Consentement »",
        source="S0",
        effective_from="2020-01-01",
        stops=stops,
        check=_wants(kind, f"Il manque : {fr.lower()}.", f"Missing: {en.lower()}."),  # type: ignore[arg-type]  # same shape
    )


def _elsewhere(_act: ActView) -> Status:
    return NotApplicable(why=Text(fr="Tous sont au Québec.", en="All are in Québec."))


START_SESSION, BEFORE, DURING, AFTER = Transition.START_SESSION, Moment.BEFORE, Moment.DURING, Moment.AFTER
DUTIES = (
    _duty("D2", "Consentement libre et éclairé", "Free and informed consent", e.ConsentGiven, BEFORE, START_SESSION),
    _duty("E4", "Lieu exact, numéro de rappel", "Exact place, call-back number", e.PlaceStated, BEFORE, START_SESSION),
    _duty("E7", "Plan B écrit", "Plan B written", e.PlanBDeclared, BEFORE, START_SESSION),
    _duty("F3", "Conseils notés avec leurs motifs", "Advice noted with reasons", e.AdviceGiven, DURING, None),
    _duty("G1", "Note du médecin assistant", "Assisting physician’s note", e.NoteSigned, AFTER, Transition.CLOSE_ACT),
)


def sheet(act: Act) -> ConformitySheet:
    return evaluate(act, DUTIES)
