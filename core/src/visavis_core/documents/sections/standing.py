"""How the act stands: when, in emergency or not, live or not, and how it ended (A1, A13, C6, D5).

Knows: the plain sentence for each ending; a withdrawal is said first, with its moment.
Refuses to know: what anyone should have done.
"""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.obligations import Derogated, Due, Met, Transition

from visavis_core.documents.telling import Line, Teller

__all__ = ["tell_circumstances", "tell_emergency", "tell_withdrawal"]


def tell_circumstances(teller: Teller) -> list[Line]:
    act = teller.act
    kind = teller.choice("kind", act.kind)
    lines = [*tell_withdrawal(teller), teller.say("act.opened", 0, kind=kind, moment=teller.moment(act.opened_at))]
    lines += _urgency(teller)
    lines += [
        teller.say("act.requested", one.n, hour=teller.hour(one.at), specialty=name_specialty(body.specialty, teller))
        for one, body in teller.events(e.AssistanceRequested)
    ]
    return [*lines, *_sessions(teller), *_endings(teller)]


def name_specialty(code: str, teller: Teller) -> str:
    """The specialty by its name; one typed in keeps its words."""
    return teller.choice("specialty", code)


def tell_withdrawal(teller: Teller) -> list[Line]:
    """Empty unless consent was withdrawn: who, when, to whom, and what stopped."""
    return [
        teller.say(
            "act.withdrawn",
            one.n,
            moment=teller.moment(one.at),
            by=teller.choice("giver", body.by),
            to=teller.name(body.received_by),
        )
        for one, body in teller.events(e.ConsentWithdrawn)
    ]


def _urgency(teller: Teller) -> list[Line]:
    opened = teller.act.events[0].body
    lines = [teller.say("act.opened_in_emergency", 0)] if isinstance(opened, e.ActOpened) and opened.emergency else []
    return lines + [
        teller.say("act.emergency", one.n, hour=teller.hour(one.at), reason=body.reason)
        for one, body in teller.events(e.EmergencyDeclared)
    ]


def _sessions(teller: Teller) -> list[Line]:
    closings = {body.session: one for one, body in teller.events(e.SessionClosed)}
    lines = []
    for one, body in teller.events(e.SessionOpened):
        closed = closings.get(body.session)
        if closed is None:
            lines.append(teller.say("act.session_open", one.n, start=teller.hour(one.at)))
        else:
            start, end = teller.hour(one.at), teller.hour(closed.at)
            lines.append(teller.say("act.session", one.n, closed.n, start=start, end=end))
    return lines or [teller.say("act.no_session")]


def _endings(teller: Teller) -> list[Line]:
    lines = [
        teller.say(
            "act.reoriented", one.n, hour=teller.hour(one.at), towards=_where(teller, body.towards), reason=body.reason
        )
        for one, body in teller.events(e.ActReoriented)
    ]
    lines += [
        teller.say("act.declined", one.n, hour=teller.hour(one.at), by=teller.name(body.by), reason=body.reason)
        for one, body in teller.events(e.AssistanceDeclined)
    ]
    lines += [
        teller.say("act.closed", one.n, hour=teller.hour(one.at), outcome=teller.choice("outcome", body.outcome))
        for one, body in teller.events(e.ActClosed)
    ]
    return lines


def _where(teller: Teller, towards: str) -> str:
    return teller.choice("towards", towards)


def tell_emergency(teller: Teller) -> list[Line]:
    """What the emergency let pass, and where each formality stands now (A13). Empty outside an emergency."""
    if not teller.act.emergency:
        return []
    first = next((one.n for one, _ in teller.events(e.SessionOpened)), None)
    lines = []
    for line in teller.sheet.lines:
        title = teller.typeset(line.obligation.title.in_language(teller.language))
        match line.status:
            case Due(missing=missing) if line.owed:
                what = teller.typeset(missing.in_language(teller.language))
                lines.append(teller.item("emergency.owed", title=title, missing=what))
            case Derogated(reason=reason, event=event):
                hour = teller.hour(teller.act.events[event].at)
                lines.append(teller.item("emergency.justified", event, title=title, reason=reason, hour=hour))
            case Met(events=events) if _is_late(first, events, line.obligation.stops):
                hour = teller.hour(teller.act.events[max(events)].at)
                lines.append(teller.item("emergency.regularised", *events, title=title, hour=hour))
    return [teller.say("emergency.intro"), *lines] if lines else [teller.say("emergency.none")]


def _is_late(first_session: int | None, events: tuple[int, ...], stops: Transition | None) -> bool:
    """Met, but only after the link was already open."""
    return (
        first_session is not None and bool(events) and stops is Transition.START_SESSION and max(events) > first_session
    )
