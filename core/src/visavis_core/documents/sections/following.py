"""What comes after: who answers, what was agreed, and whose responsibility is what (B14, C6, G8).

Knows: the named follow-up, the reorientation, and the two responsibilities that both notes keep.
Refuses to know: the follow-up itself; the author writes it.
"""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.vocabulary import Role

from visavis_core.documents.telling import Line, Teller

__all__ = ["tell_follow_up", "tell_responsibility"]


def tell_follow_up(teller: Teller) -> list[Line]:
    lines = [
        teller.say("follow_up.named", one.n, name=body.name, contact=body.contact)
        for one, body in teller.events(e.FollowUpNamed)[-1:]
    ]
    lines += [
        teller.say("follow_up.reoriented", one.n, towards=teller.choice("towards", body.towards), reason=body.reason)
        for one, body in teller.events(e.ActReoriented)
    ]
    return lines or [teller.say("follow_up.none")]


def tell_responsibility(teller: Teller) -> list[Line]:
    """S0: the one beside the patient stays responsible for the act, the one who assists for the quality of support."""
    on_site = [teller.full_name(person) for person in teller.people(Role.ON_SITE)]
    assistants = [teller.full_name(person) for person in teller.people(Role.EXPERT, Role.REQUIS)]
    sources = [n for person in teller.people(Role.ON_SITE, Role.EXPERT, Role.REQUIS) for n in teller.number_of(person)]
    nobody = teller.words("tell.responsibility.assistant")
    return [
        teller.say(
            "responsibility.shared",
            *sources,
            on_site=", ".join(on_site) or teller.words("tell.responsibility.on_site"),
            assistant=", ".join(assistants) or nobody,
        )
    ]
