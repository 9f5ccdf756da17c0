"""Information and consent, told with who, to whom, how, when and on which text (D1–D7).

Knows: every consent event of the act, in the order they came.
Refuses to know: whether the consent is valid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from visavis_sdk import events as e
from visavis_sdk.vocabulary import ConsentGiver

from visavis_core.documents.telling import Line, Teller

__all__ = ["tell_consent"]

_SHOWN = 16  # hexadecimal digits of a text's hash that a reader can compare; the event holds all 64


def tell_consent(teller: Teller) -> list[Line]:
    lines = []
    for one in teller.act.events:
        tell = _TELLERS.get(type(one.body))
        if tell is not None:
            lines += tell(teller, one, one.body)
    return lines or [teller.say("consent.none")]


def _information(teller: Teller, one: e.Recorded, body: e.InformationGiven) -> list[Line]:
    told = teller.item(
        "consent.information",
        one.n,
        hour=teller.hour(one.at),
        by=teller.name(body.given_by),
        text=body.text_id,
        version=body.text_version,
        language=teller.choice("language", body.language),
        digest=body.text_sha256[:_SHOWN],
    )
    if not body.interpreter:
        return [told]
    return [told, teller.detail("consent.interpreter", one.n, name=teller.name(body.interpreter, body.interpreter))]


def _given(teller: Teller, one: e.Recorded, body: e.ConsentGiven) -> list[Line]:
    giver = teller.choice("giver", body.given_by)
    if body.given_by is not ConsentGiver.PATIENT and body.giver_name:
        details = ", ".join(part for part in (body.giver_name, body.giver_quality) if part)
        giver = f"{giver} ({details})"
    return [
        teller.item(
            "consent.given",
            one.n,
            hour=teller.hour(one.at),
            channel=teller.choice("channel", body.channel),
            giver=giver,
            receiver=teller.name(body.received_by),
        ),
        teller.detail("consent.to_remote", one.n, answer=_yes(teller, body.to_remote_professional)),
        teller.detail("consent.to_technology", one.n, answer=_yes(teller, body.to_technology)),
        teller.detail(
            "consent.text", one.n, text=body.text_id, version=body.text_version, digest=body.text_sha256[:_SHOWN]
        ),
    ]


def _refused(teller: Teller, one: e.Recorded, body: e.ConsentRefused) -> list[Line]:
    told = teller.item("consent.refused", one.n, hour=teller.hour(one.at), receiver=teller.name(body.received_by))
    return [told, *_because(teller, one, body.reason)]


def _withdrawn(teller: Teller, one: e.Recorded, body: e.ConsentWithdrawn) -> list[Line]:
    told = teller.item(
        "consent.withdrawn",
        one.n,
        hour=teller.hour(one.at),
        by=teller.choice("giver", body.by),
        receiver=teller.name(body.received_by),
    )
    return [told, *_because(teller, one, body.reason)]


def _substituted(teller: Teller, one: e.Recorded, body: e.SubstitutedConsentAttempted) -> list[Line]:
    asked = ", ".join(part for part in (body.asked, body.quality) if part)
    told = teller.item(
        "consent.substituted",
        one.n,
        hour=teller.hour(one.at),
        by=teller.name(body.attempted_by),
        asked=asked,
        result=teller.choice("substituted", body.result),
    )
    return [told, *_because(teller, one, body.detail)]


def _limited(teller: Teller, one: e.Recorded, body: e.SharingLimited) -> list[Line]:
    told = teller.item(
        "consent.limited", one.n, hour=teller.hour(one.at), what=", ".join(map(teller.source, body.withheld))
    )
    return [told, *_because(teller, one, body.reason)]


def _because(teller: Teller, one: e.Recorded, reason: str) -> list[Line]:
    return [teller.detail("reason", one.n, reason=reason)] if reason else []


def _yes(teller: Teller, answer: bool) -> str:
    return teller.words("answer.yes" if answer else "answer.no")


# Each teller is written for its own event type; the table pairs them.
_TELLERS: dict[type[e.Event], Callable[[Teller, e.Recorded, Any], list[Line]]] = {
    e.InformationGiven: _information,
    e.ConsentGiven: _given,
    e.ConsentRefused: _refused,
    e.ConsentWithdrawn: _withdrawn,
    e.SubstitutedConsentAttempted: _substituted,
    e.SharingLimited: _limited,
}
