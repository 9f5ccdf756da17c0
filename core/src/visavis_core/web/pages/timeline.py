"""An act's events in words: hour, what happened, who.

Knows: for each event type, which of its facts its sentence needs. The sentence is `event.<type>` in the catalogue.
Refuses to know: how events are stored or proved; and technical comings and goings, unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from visavis_sdk import events as e
from visavis_sdk.events import Recorded
from visavis_sdk.text import Text

from visavis_core.acts.act import Act
from visavis_core.locale import Formats, Messages, say_source
from visavis_core.web.pages.steps.check import say_result
from visavis_core.web.pages.steps.jurisdiction import say_place

__all__ = ["Moment", "tell"]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `n` is the event's number, which notes and duties cite; `detail` are a person's own words."""

    n: int
    at: str
    says: str
    who: str
    detail: str
    technical: bool


Titles = Mapping[tuple[str, str], Text]


class _Names:
    """People by participant id, account or actor, as the act knows them."""

    def __init__(self, act: Act, words: Messages, formats: Formats, titles: Titles) -> None:
        self.act = act
        self.titles = titles
        self.words = words
        self.formats = formats

    def __call__(self, participant: str) -> str:
        person = self.act.participants.get(participant)
        if person is None:
            return self.words("event.somebody")
        return " ".join(word for word in (person.title, person.given_names, person.family_name) if word)

    def word(self, key: str, code: str) -> str:
        """The word for a code of the record; what was typed instead of a code keeps its words."""
        return self.words(f"{key}.{code}") if f"{key}.{code}" in self.words else code

    def subject(self, subject: str) -> str:
        """What a verdict is about: a source, or a still by its label."""
        still = next((still for still in self.act.stills if still.still == subject), None)
        if still is None:
            return say_source(subject, self.words)
        return self.words("event.still.named", label=still.label or say_source(still.source, self.words))

    def duty(self, obligation: str, jurisdiction: str) -> str:
        """By its title; a row that is in no pack any more by its number."""
        title = self.titles.get((obligation, jurisdiction))
        return obligation if title is None else self.words.text(title)

    def actor(self, recorded: Recorded) -> str:
        if recorded.actor.kind == "system":
            return self.words("event.system")
        if recorded.actor.kind == "account":
            return self(self.act.participant_of(recorded.actor.id))
        return self(recorded.actor.id)


Facts = Mapping[str, Any]
Tell = Callable[[Any, _Names], Facts]


def _nothing(_body: Any, _names: _Names) -> Facts:
    return {}


def _word(area: str, field: str) -> Tell:
    return lambda body, names: {"what": names.words(f"{area}.{getattr(body, field)}")}


def _person(field: str) -> Tell:
    return lambda body, names: {"person": names(getattr(body, field))}


def _detail(*fields: str) -> Tell:
    return lambda body, _names: {"detail": " · ".join(str(getattr(body, f)) for f in fields if getattr(body, f))}


def _tell_participant(body: e.ParticipantIdentified, names: _Names) -> Facts:
    return {"person": names(body.participant), "what": names.words(f"role.{body.role}")}


def _tell_consent(body: e.ConsentGiven, names: _Names) -> Facts:
    whole = body.to_remote_professional and body.to_technology
    channel = names.words(f"ask.consent.channel.option.{body.channel}").lower()
    return {"what": channel, "detail": body.giver_name if whole else names.words("frame.consent.partial")}


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _tell_advice(body: e.AdviceGiven, _names: _Names) -> Facts:
    return {"detail": f"{body.text}\n{body.justification}"}


def _tell_heard(body: e.AdviceAcknowledged, names: _Names) -> Facts:
    return {"detail": names.words("event.advice.repeated") if body.was_read_back else ""}


def _tell_step(body: e.StepDecided, names: _Names) -> Facts:
    verdict = names.words("event.step.validated" if body.validated else "event.step.refused")
    return {"what": verdict, "detail": " · ".join(part for part in (body.step, body.reason) if part)}


def _tell_adequacy(body: e.AdequacyDeclared, names: _Names) -> Facts:
    detail = _joined(names.subject(body.subject), body.reason, body.decision)
    return {"what": names.words(f"adequacy.{body.verdict}").lower(), "detail": detail}


def _tell_check(body: e.EquipmentChecked, names: _Names) -> Facts:
    return {"detail": ", ".join(say_result(result, names.words) for result in body.results)}


def _tell_still(body: e.StillCaptured, _names: _Names) -> Facts:
    return {"what": f"{body.width} × {body.height}", "detail": body.label}


def _tell_note(body: e.NoteDrafted | e.NoteSigned, names: _Names) -> Facts:
    return {"what": names.words(f"note.name.{body.note}").lower()}


def _tell_export(body: e.ActExported, names: _Names) -> Facts:
    return {"detail": names.words("event.access.on_the_command_line", by=body.by)} if body.by else {}


_TELL: dict[type[e.Event], Tell] = {
    e.ActOpened: _word("kind", "kind"),
    e.EmergencyDeclared: _detail("reason"),
    e.PatientPresenceStated: _detail("judgement"),
    e.ParticipantIdentified: _tell_participant,
    e.InvitationIssued: lambda body, names: {
        "person": body.display_name,
        "what": names.words(f"role.{body.role}"),
    },
    e.NeedStated: _detail("need", "expectations"),
    e.BriefingProvided: _detail("summary"),
    e.PlaceStated: _detail("establishment", "address", "detail", "call_back_number"),
    e.JurisdictionStated: lambda body, names: {"detail": say_place(body.patient, names.words)},
    e.ConsentGiven: _tell_consent,
    e.ConsentRefused: _detail("reason"),
    e.ConsentWithdrawn: _detail("reason"),
    e.SubstitutedConsentAttempted: lambda body, names: {
        "what": names.words(f"ask.consent.result.option.{body.result}").lower(),
        "detail": " · ".join(part for part in (body.asked, body.quality, body.detail) if part),
    },
    e.SharingLimited: lambda body, names: {"detail": ", ".join(map(names.subject, body.withheld))},
    e.EquipmentChecked: _tell_check,
    e.PlanBDeclared: _detail("telephone", "procedure"),
    e.PlanBTried: lambda body, names: {
        "what": names.words("field.yes" if body.works else "field.no").lower(),
        "detail": body.detail,
    },
    e.PlanBTaken: lambda body, names: {"detail": _joined(names.word("event.plan_b.step", body.step), body.reason)},
    e.PlanBEnded: _detail("detail"),
    e.IncidentReported: lambda body, names: {
        "detail": _joined(names.word("event.incident.kind", body.kind), body.description, body.procedure)
    },
    e.IncidentResolved: lambda body, names: {
        "what": names.formats.duration(body.seconds_lost),
        "detail": body.detail,
    },
    e.ParticipantJoined: _person("participant"),
    e.ParticipantLeft: _person("participant"),
    e.ConnectionLost: _person("participant"),
    e.ConnectionRestored: lambda body, names: {
        "person": names(body.participant),
        "what": names.formats.duration(body.seconds),
    },
    e.DeviceAuthorised: lambda body, names: {"person": names(body.participant), "what": names.subject(body.source)},
    e.LinkOpened: lambda body, names: {"person": names(body.participant), "what": names.subject(body.source)},
    e.QualityMeasured: lambda body, names: {
        "person": names(body.participant),
        "what": names.words(f"adequacy.{body.verdict}").lower(),
    },
    e.StillCaptured: _tell_still,
    e.AdviceGiven: _tell_advice,
    e.AdviceAcknowledged: _tell_heard,
    e.StepDecided: _tell_step,
    e.AdequacyDeclared: _tell_adequacy,
    e.InsufficiencyDeclared: _detail("reason"),
    e.AssistanceDeclined: _detail("reason"),
    e.FormSaved: lambda body, names: {"detail": " · ".join(body.told(names.words.language))},
    e.NoteDrafted: _tell_note,
    e.NoteSigned: _tell_note,
    e.FollowUpNamed: _detail("name", "contact"),
    e.ObligationDerogated: lambda body, names: {
        "what": names.duty(body.obligation, body.jurisdiction),
        "detail": body.reason,
    },
    e.ActReoriented: lambda body, names: {"detail": _joined(names.word("event.towards", body.towards), body.reason)},
    e.ActExported: _tell_export,
    e.ActClosed: _word("outcome", "outcome"),
}


def tell(act: Act, words: Messages, formats: Formats, titles: Titles = MappingProxyType({})) -> tuple[Moment, ...]:
    """Every event of the act, in order, technical ones marked. `titles` name its duties, by row and jurisdiction."""
    names = _Names(act, words, formats, titles)
    return tuple(_moment(recorded, names) for recorded in act.events)


def _moment(recorded: Recorded, names: _Names) -> Moment:
    body = recorded.body
    facts = dict(_TELL.get(type(body), _nothing)(body, names))
    detail = facts.pop("detail", "")
    return Moment(
        n=recorded.n,
        at=recorded.at,
        says=names.words(f"event.{body.__struct_config__.tag}", **facts),
        who=names.actor(recorded),
        detail=detail,
        technical=body.technical,
    )
