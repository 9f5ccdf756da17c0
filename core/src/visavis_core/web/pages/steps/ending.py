"""Gestures with a page or a corner of their own: urgency, withdrawal, reorientation, follow-up (A13, B10, C6, D5)."""

from __future__ import annotations

from visavis_sdk.vocabulary import Adequacy

from visavis_core.acts import commands as c
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one

__all__ = ["EMERGENCY", "FOLLOW_UP", "QUALITY", "REORIENT", "WITHDRAW"]


def _not_yet(_scene: Scene) -> bool:
    return False


def _nothing(_scene: Scene) -> str:
    return ""


def _withdraw_given(_scene: Scene) -> Given:
    return {"by": ("patient",)}


def _withdraw(given: Given, _scene: Scene) -> tuple[c.Command, ...]:
    by = one(given, "by")
    who = one(given, "by_name") if by == "other" else by
    return (c.WithdrawConsent(by=who, reason=one(given, "reason")),)


WITHDRAW = Step(
    id="withdraw",
    icon="withdraw",
    asks=lambda _scene: (
        Ask(name="by", kind="choice", options=("patient", "representative", "other"), required=True, across=True),
        Ask(name="by_name", when=("by", "other"), required=True, longest=100),
        Ask(name="reason", kind="words", longest=4000, lines=2),
    ),
    commands=(c.WithdrawConsent,),
    done=lambda scene: scene.act.consent.denied,
    gist=_nothing,
    given=_withdraw_given,
    build=_withdraw,
)

EMERGENCY = Step(
    id="emergency",
    icon="emergency",
    asks=lambda _scene: (Ask(name="reason", kind="words", required=True, longest=4000, lines=2),),
    commands=(c.DeclareEmergency,),
    done=lambda scene: scene.act.emergency,
    gist=_nothing,
    given=lambda _scene: {},
    build=lambda given, _scene: (c.DeclareEmergency(reason=one(given, "reason")),),
)

REORIENT = Step(
    id="reorient",
    icon="reorient",
    asks=lambda _scene: (
        Ask(name="towards", required=True, longest=400),
        Ask(name="reason", kind="words", required=True, longest=4000),
    ),
    commands=(c.ReorientAct,),
    done=_not_yet,
    gist=_nothing,
    given=lambda _scene: {},
    build=lambda given, _scene: (c.ReorientAct(reason=one(given, "reason"), towards=one(given, "towards")),),
)


def _follow_up_given(scene: Scene) -> Given:
    known, identity = scene.act.follow_up, scene.subject.identity
    if known is not None:
        return {"name": (known.name,), "contact": (known.contact,)}
    # The assistant answers afterwards unless they name a colleague (S0): propose the reader.
    return {"name": (identity.display_name,), "contact": (identity.contact,)} if identity else {}


FOLLOW_UP = Step(
    id="follow_up",
    icon="follow-up",
    asks=lambda _scene: (Ask(name="name", required=True), Ask(name="contact", required=True)),
    commands=(c.NameFollowUp,),
    done=lambda scene: scene.act.follow_up is not None,
    gist=_nothing,
    given=_follow_up_given,
    build=lambda given, _scene: (c.NameFollowUp(name=one(given, "name"), contact=one(given, "contact")),),
)

QUALITY = Step(
    id="quality",
    icon="adequate",
    asks=lambda _scene: (
        Ask(name="subject", kind="choice", options=("information", "clinical", "sound"), required=True, across=True),
        Ask(name="verdict", kind="choice", options=tuple(Adequacy), required=True, across=True),
        Ask(name="reason", kind="words", longest=4000, lines=2),
        Ask(name="decision", kind="words", longest=4000, lines=2),
    ),
    commands=(c.DeclareAdequacy,),
    done=_not_yet,
    gist=_nothing,
    given=lambda _scene: {"subject": ("information",)},
    build=lambda given, _scene: (
        c.DeclareAdequacy(
            subject=one(given, "subject"),
            verdict=Adequacy(one(given, "verdict")),
            reason=one(given, "reason"),
            decision=one(given, "decision"),
        ),
    ),
)
