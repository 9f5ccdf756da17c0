"""What the patient was told and what they answered: given, refused, or in emergency sought from another (D1–D4).

Telling and consenting go out together, because the same reading of the same text gives both; the text's hash ties them.
"""

from __future__ import annotations

from visavis_sdk.vocabulary import ConsentChannel, ConsentGiver, SubstitutedConsentResult

from visavis_core.acts import commands as c
from visavis_core.web.pages.steps.ask import Ask, Asked, Given, Scene, Step, one

__all__ = ["CONSENT"]

_GIVEN = ("answer", "given")
_SOUGHT = ("answer", "substituted")


def asks(scene: Scene) -> tuple[Ask, ...]:
    answers = ("given", "refused", *(("substituted",) if scene.act.emergency else ()))
    return (
        Ask(name="answer", kind="choice", options=answers, required=True),
        Ask(name="to_remote_professional", kind="flag", when=_GIVEN, required=True),
        Ask(name="to_technology", kind="flag", when=_GIVEN, required=True),
        Ask(name="channel", kind="choice", options=tuple(ConsentChannel), when=_GIVEN, required=True, across=True),
        Ask(
            name="given_by",
            kind="choice",
            options=(ConsentGiver.PATIENT, ConsentGiver.LEGAL_REPRESENTATIVE),
            when=_GIVEN,
            required=True,
            across=True,
        ),
        Ask(name="giver_name", when=("given_by", "legal_representative"), required=True),
        Ask(name="giver_quality", when=("given_by", "legal_representative"), required=True),
        Ask(name="interpreter", when=_GIVEN),
        Ask(name="reason", kind="words", longest=4000, lines=2, when=("answer", "refused")),
        Ask(name="asked", when=_SOUGHT, required=True),
        Ask(name="quality", when=_SOUGHT),
        Ask(name="result", kind="choice", options=tuple(SubstitutedConsentResult), when=_SOUGHT, required=True),
        Ask(name="detail", kind="words", longest=4000, lines=2, when=_SOUGHT),
    )


def given(_scene: Scene) -> Given:
    # Who and how are habits and may be proposed; the answer itself never is.
    return {"channel": (ConsentChannel.ORAL,), "given_by": (ConsentGiver.PATIENT,)}


def build(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    return _BUILD[one(given, "answer")](given, scene)


def _give(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    text = scene.consent_text
    if text is None:
        raise Asked({"": scene.words("ask.consent.no_text")})
    told = {
        "text_id": text.id,
        "text_version": text.version,
        "text_sha256": text.sha256,
        "language": text.language,
    }
    return (
        c.GiveInformation(interpreter=one(given, "interpreter"), **told),
        c.GiveConsent(
            to_remote_professional=bool(one(given, "to_remote_professional")),
            to_technology=bool(one(given, "to_technology")),
            channel=ConsentChannel(one(given, "channel")),
            given_by=ConsentGiver(one(given, "given_by")),
            giver_name=one(given, "giver_name"),
            giver_quality=one(given, "giver_quality"),
            **told,
        ),
    )


def _refuse(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    """After a yes, a no ends the act's remote part for good: it has a page of its own that says so."""
    if scene.act.consent.stands:
        raise Asked({"answer": scene.words("ask.consent.withdraw_instead")})
    return (c.RefuseConsent(reason=one(given, "reason")),)


def _seek(given: Given, _scene: Scene) -> tuple[c.Command, ...]:
    return (
        c.AttemptSubstitutedConsent(
            asked=one(given, "asked"),
            quality=one(given, "quality"),
            result=SubstitutedConsentResult(one(given, "result")),
            detail=one(given, "detail"),
        ),
    )


_BUILD = {"given": _give, "refused": _refuse, "substituted": _seek}


def gist(scene: Scene) -> str:
    consent = scene.act.consent
    said = scene.words(f"frame.consent.{consent.state}")
    return f"{said} · {scene.formats.short(consent.at)}" if consent.at else scene.words("ask.consent.todo")


CONSENT = Step(
    id="consent",
    icon="consent",
    asks=asks,
    commands=(c.GiveInformation, c.GiveConsent),
    done=lambda scene: scene.act.consent.stands or scene.act.consent.denied,
    gist=gist,
    given=given,
    build=build,
)
