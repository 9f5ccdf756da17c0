"""The furniture of an act: what its header and its conformity rail show, on every page and in the live room.

Knows: act + sheet + reader → one frozen view that `act_header.html` and `conformity_rail.html` draw.
Refuses to know: HTTP and markup; and any duty's content, which the sheet brings with its words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from visavis_sdk.obligations import Derogated, Due, Enforcement, Moment, NotApplicable, Obligation
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActPhase, Role

from visavis_core.moments import seconds_between
from visavis_core.obligations.sheet import Standing

if TYPE_CHECKING:
    from visavis_core.acts.act import Act
    from visavis_core.identity.subject import Subject
    from visavis_core.obligations.sheet import ConformitySheet, SheetLine

__all__ = ["ActFrame", "Mark", "Rail", "RailGroup", "RailLine", "Seen", "address_of", "frame_of", "rail_of"]

# Where each step of a duty is met. What is not here is met in the live room while a session is open, and after it on
# the page of the act.
_STEP_ADDRESS = {
    **{
        step: f"/acts/{{act}}?step={step}#{step}"
        for step in ("patient", "people", "consent", "need", "place", "plan_b", "check", "jurisdiction")
    },
    "note_assisting": "/acts/{act}/notes/assisting",
    "note_on_site": "/acts/{act}/notes/on_site",
    "quality": "/acts/{act}/quality",
    "close": "/acts/{act}/close",
}
# Duties whose step holds several gestures, each with a page of its own.
_DUTY_ADDRESS = {
    "B3": "/acts/{act}?step=person&person=lacking#person",
    "B10": "/acts/{act}/follow-up",
    "G8": "/acts/{act}/follow-up",
    "C6": "/acts/{act}/reorient",
    "F1": "/acts/{act}/quality",
}
_IN_THE_ROOM = frozenset({"session", "quality", "advice", "incident"})
_ROOM = "/acts/{act}/room"
_ACT = "/acts/{act}"

_IDENTITY = {"unverified": ("unverified", "limited", "limited"), "spoken": ("spoken", "limited", "limited")}
_VERIFIED = ("verified", "adequate", "met")

_CONSENT_MARK = {
    "none": ("limited", "missing"),
    "given": ("adequate", "consent"),
    "substituted": ("owed", "consent"),
    "refused": ("insufficient", "withdraw"),
    "withdrawn": ("insufficient", "withdraw"),
}
_UNSETTLED = (Standing.MISSING, Standing.OWED, Standing.LACKING)
# Counted beside what is to do, in this order.
_COUNTED = (Standing.LACKING, Standing.MET, Standing.DEROGATED)
# Technical seats and guests who only listen do not crowd the header; the people page lists everyone.
_SHOWN_IN_HEADER = 4


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A state as word (catalogue key), tone (a token of the style) and icon, always together."""

    state: str
    tone: str
    icon: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the act, as the header names them."""

    participant: str
    name: str
    role: Role
    present: bool


class RailLine(msgspec.Struct, frozen=True, kw_only=True):
    """One duty. `say` is what is missing or why it does not apply; `said` is a professional's own reason."""

    id: str
    jurisdiction: str
    state: Standing
    title: Text
    advice: Text
    say: Text | None
    said: str
    citation: str
    gate: bool
    stops: str
    address: str


class RailGroup(msgspec.Struct, frozen=True, kw_only=True):
    moment: Moment
    lines: tuple[RailLine, ...]

    @property
    def open_lines(self) -> tuple[RailLine, ...]:
        return tuple(line for line in self.lines if line.state in _UNSETTLED)

    @property
    def settled_lines(self) -> tuple[RailLine, ...]:
        return tuple(line for line in self.lines if line.state not in _UNSETTLED)


class Rail(msgspec.Struct, frozen=True, kw_only=True):
    """`to_do` is the sheet's own count; `counts` begins with it, under the standing that gives it its mark."""

    groups: tuple[RailGroup, ...]
    counts: tuple[tuple[Standing, int], ...]
    to_do: int
    tone: str
    icon: str

    @property
    def lines(self) -> tuple[RailLine, ...]:
        return tuple(line for group in self.groups for line in group.lines)


class ActFrame(msgspec.Struct, frozen=True, kw_only=True):
    """`me` is the reader's participant id ("" when they have no seat); `elapsed` is in seconds since opening."""

    act: Act
    identity: Mark
    consent: Mark
    people: tuple[Seen, ...]
    rail: Rail
    elapsed: int
    dial: str
    me: str
    my_role: Role | None
    may_withdraw: bool


def frame_of(act: Act, sheet: ConformitySheet, subject: Subject, now: str) -> ActFrame:
    """The furniture of `act` for this reader at this moment (RFC 3339 UTC)."""
    me = subject.participant if subject.kind == "guest" else act.participant_of(subject.id)
    state = act.consent.state.value
    return ActFrame(
        act=act,
        identity=_identity(act),
        consent=_mark(state, *_CONSENT_MARK[state]),
        people=_people(act),
        rail=rail_of(act, sheet),
        elapsed=max(0, int(seconds_between(act.opened_at, now))),
        dial="".join(c for c in act.place.call_back_number if c.isdigit() or c == "+") if act.place else "",
        me=me,
        my_role=act.role_of(me),
        # Before any consent there is nothing to withdraw, unless a session runs on an emergency's credit.
        may_withdraw=bool(me)
        and act.phase is not ActPhase.CLOSED
        and not act.consent.denied
        and (act.consent.stands or bool(act.session)),
    )


def address_of(duty: Obligation, act: Act) -> str:
    """The page, and the place in it, where this duty is met now."""
    if act.session and duty.step in _IN_THE_ROOM:
        return _ROOM.format(act=act.id)
    return (_DUTY_ADDRESS.get(duty.id) or _STEP_ADDRESS.get(duty.step, _ACT)).format(act=act.id)


def rail_of(act: Act, sheet: ConformitySheet) -> Rail:
    lines = tuple((line.obligation.moment, _line(act, sheet, line)) for line in sheet.lines)
    groups = tuple(
        RailGroup(moment=moment, lines=found)
        for moment in Moment
        if (found := tuple(line for at, line in lines if at is moment))
    )
    counts = sheet.counts
    # The tone is the count's: with nothing to do, what is left to a professional's judgement is no fault in the header.
    tone = "insufficient" if counts.missing else "owed" if counts.owed else "adequate"
    to_do = Standing.MISSING if counts.missing else Standing.OWED
    return Rail(
        groups=groups,
        counts=(
            (to_do, counts.to_do),
            *((standing, getattr(counts, standing.value)) for standing in _COUNTED),
        ),
        to_do=counts.to_do,
        tone=tone,
        icon={"insufficient": "missing", "owed": "owed", "adequate": "met"}[tone],
    )


def _line(act: Act, sheet: ConformitySheet, line: SheetLine) -> RailLine:
    duty, say, said = line.obligation, None, ""
    match line.status:
        case Due(missing=missing):
            say = missing
        case Derogated(reason=reason):
            said = reason
        case NotApplicable(why=why):
            say = why
    return RailLine(
        id=duty.id,
        jurisdiction=duty.jurisdiction,
        state=sheet.standing(line),
        title=duty.title,
        advice=duty.advice,
        say=say,
        said=said,
        citation=duty.citation,
        gate=duty.enforcement is Enforcement.GATE,
        stops=duty.stops.value if duty.stops else "",
        address=address_of(duty, act),
    )


def _mark(state: str, tone: str, icon: str) -> Mark:
    return Mark(state=state, tone=tone, icon=icon)


def _identity(act: Act) -> Mark:
    return _mark(*_IDENTITY.get(act.patient.method if act.patient else "unverified", _VERIFIED))


def _people(act: Act) -> tuple[Seen, ...]:
    seen = (
        Seen(
            participant=id,
            name=" ".join(word for word in (person.title, person.given_names, person.family_name) if word),
            role=person.role,
            present=id in act.present,
        )
        for id, person in act.participants.items()
        if person.role is not Role.PATIENT
    )
    return tuple(sorted(seen, key=lambda person: not person.present))[:_SHOWN_IN_HEADER]
