"""A story: people who do things to one act, judged by the Québec pack, without store, clock or network."""

from __future__ import annotations

import itertools

import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.act import evolve
from visavis_core.acts.decide import CLINICIAN, Author, Context, Refusal, decide
from visavis_core.identity.subject import ProfessionalIdentity
from visavis_core.obligations.evaluate import evaluate
from visavis_quebec.plugin import create_plugin, obligations
from visavis_sdk.events import Actor, CheckResult, NoteSection, Recorded
from visavis_sdk.hooks import LoadContext
from visavis_sdk.notes import REQUIRED_SECTIONS
from visavis_sdk.obligations import Transition
from visavis_sdk.vocabulary import (
    ActKind,
    Adequacy,
    ConsentChannel,
    ConsentGiver,
    PatientPresence,
    Role,
    Side,
)

TEXT = create_plugin({}).contribute_consent_texts(LoadContext(sdk="0.1"))[0]


def account(id, **identity):
    return Author(
        actor=Actor(kind="account", id=id, acr="2", amr=("pwd", "otp")),
        account=id,
        roles=(CLINICIAN,),
        identity=ProfessionalIdentity(**identity),
    )


NURSE = account(
    "acc_nurse",
    family_name="Tremblay",
    given_names="Ariane",
    title="Infirmière clinicienne",
    profession="nurse",
    establishment="CLSC des Rapides",
    contact="418 555-0101",
)
PHYSICIAN = account(
    "acc_physician",
    family_name="Okafor",
    given_names="Nnamdi",
    title="Dr",
    profession="physician",
    specialty="Chirurgie plastique",
    establishment="CHU de la Rive",
    contact="418 555-0102",
    identifier_system="permis CMQ",
    identifier="99-001",
)
COLLEAGUE = account(
    "acc_colleague",
    family_name="Roy",
    title="Dre",
    profession="physician",
    specialty="Dermatologie",
    establishment="CHU de la Rive",
    contact="418 555-0103",
)
SYSTEM = Author(actor=Actor(kind="system", id="room"))


class Story:
    """`does` expects the command to be carried out; `may_not` expects a refusal and gives its code."""

    nurse, physician, colleague, system = NURSE, PHYSICIAN, COLLEAGUE, SYSTEM
    text = TEXT

    def __init__(self):
        self.act = None
        self._ids, self._minutes = itertools.count(1), itertools.count()

    def context(self):
        minute = next(self._minutes)
        return Context(
            now=f"2026-11-23T{14 + minute // 60:02}:{minute % 60:02}:00.000000Z",
            ids=lambda prefix: f"{prefix}_{next(self._ids)}",
            gates_due=lambda act, transition: evaluate(act, obligations()).due(transition),
            jurisdictions=("quebec",),
        )

    def answer(self, author, command):
        return decide(self.act, command, author, self.context())

    def does(self, author, *commands):
        events = ()
        for command in commands:
            context = self.context()
            events = decide(self.act, command, author, context)
            assert not isinstance(events, Refusal), (type(command).__name__, events.code, events.missing)
            for body in events:
                self.record(author.actor, body, context.now)
        return events

    def record(self, actor, body, at="2026-11-23T14:59:00.000000Z"):
        n = 0 if self.act is None else self.act.n
        self.act = evolve(self.act, Recorded(act="act_1", n=n, at=at, actor=actor, body=body))

    def may_not(self, author, command):
        refusal = self.refusal(author, command)
        return refusal.code

    def refusal(self, author, command):
        before = self.act
        answer = self.answer(author, command)
        assert isinstance(answer, Refusal), f"{type(command).__name__} was carried out: {answer}"
        assert answer.message.fr
        assert answer.message.en
        assert self.act is before
        return answer

    @property
    def sheet(self):
        return evaluate(self.act, obligations())

    def status(self, obligation):
        return self.sheet.line(obligation).status

    def due(self, transition=Transition.CLOSE_ACT):
        return {line.obligation.id for line in self.sheet.due(transition)}

    def id_of(self, author):
        return self.act.participant_of(author.account)

    # chapters of the ordinary story

    def opens(self, *, emergency=False):
        self.does(NURSE, c.OpenAct(kind=ActKind.TELEASSISTANCE, emergency=emergency, specialty="Plaies"))
        return self

    def calls(self):
        self.does(NURSE, c.RequestAssistance(specialty="Plaies"))
        self.does(PHYSICIAN, c.JoinAsExpert())
        return self

    def informs(self):
        self.does(
            NURSE,
            c.GiveInformation(
                text_id=TEXT.id, text_version=TEXT.version, text_sha256=TEXT.sha256, language=TEXT.language
            ),
        )
        return self

    def consent(self, **changes):
        answers = {
            "to_remote_professional": True,
            "to_technology": True,
            "channel": ConsentChannel.ORAL,
            "given_by": ConsentGiver.PATIENT,
            "text_id": TEXT.id,
            "text_version": TEXT.version,
            "text_sha256": TEXT.sha256,
            "language": TEXT.language,
        }
        return c.GiveConsent(**{**answers, **changes})

    def consents(self):
        self.informs()
        self.does(NURSE, self.consent())
        return self

    def says_everything_else(self):
        """All formalities before a session except consent and what cannot be made good afterwards."""
        self.does(
            NURSE,
            c.IdentifyPatient(
                family_name="Exemple", given_names="Paul", birth_date="1950-02-03", sex="male", method="health_card"
            ),
            c.StatePatientPresence(presence=PatientPresence.BESIDE_PROFESSIONAL),
            c.StateNeed(need="Plaie du talon", expectations="Valider le pansement", competence_confirmed=True),
            c.ProvideBriefing(summary="Diabète, plaie depuis trois semaines"),
            c.StatePlace(address="12, rue des Pins, chambre 4", call_back_number="418 555-0199", suitable=True),
            self.places(),
        )
        return self

    def plans_b(self):
        self.does(NURSE, c.DeclarePlanB(telephone="418 555-0199", procedure="Poursuivre au téléphone, photos ensuite"))
        return self

    def places(self, patient="quebec", expert="quebec", **more):
        return c.StateJurisdiction(
            patient=patient,
            professionals={self.id_of(NURSE): "quebec", self.id_of(PHYSICIAN): expert},
            **more,
        )

    def tests_devices(self):
        results = tuple(
            CheckResult(what=what, verdict=Adequacy.ADEQUATE) for what in ("camera", "microphone", "network")
        )
        self.does(NURSE, c.RecordEquipmentCheck(results=results))
        return self

    def prepares(self):
        return self.opens().calls().consents().says_everything_else().tests_devices().plans_b()

    def goes_live(self):
        self.does(PHYSICIAN, c.StartSession())
        return self.both_join()

    def both_join(self):
        self.does(PHYSICIAN, c.JoinSession())
        self.does(NURSE, c.JoinSession())
        return self

    def advises(self, text="Refaire le pansement", **more):
        self.does(PHYSICIAN, c.GiveAdvice(text=text, justification="Berges saines", **more))
        return self.act.advices[-1].given.advice

    def confirms_presence(self):
        self.does(
            NURSE,
            c.ConfirmPresence(side=Side.ON_SITE, participants=(self.id_of(NURSE),), confidentiality_reminded=True),
        )
        if self.act.holders_of(Role.EXPERT):
            self.does(
                PHYSICIAN,
                c.ConfirmPresence(
                    side=Side.REMOTE, participants=(self.id_of(PHYSICIAN),), confidentiality_reminded=True
                ),
            )
        return self

    def invites(self, role, side, *, expires_at="2026-11-24T00:00:00Z"):
        """The guest who holds the link: an author who has not come in yet."""
        (invited,) = self.does(
            NURSE,
            c.IssueInvitation(
                role=role, side=side, display_name="Paul E.", token_sha256="a" * 64, expires_at=expires_at
            ),
        )
        return Author(actor=Actor(kind="guest", id=invited.invitation), participant=invited.invitation)

    def note(self, note, **texts):
        keys = (*REQUIRED_SECTIONS[note], "responsibility")
        return c.SignNote(
            note=note, sections=tuple(NoteSection(key=key, text=texts.get(key, f"Dit : {key}")) for key in keys)
        )

    def signs_both(self):
        self.does(PHYSICIAN, self.note("assisting"))
        self.does(NURSE, self.note("on_site"))
        return self


@pytest.fixture
def story():
    return Story()
