"""One room as a value: the act's record, who is connected, what they publish and how good it is.

Knows: how each happening changes the room, and the views drawn from it. Pure; times are given in monotonic seconds.
Refuses to know: sockets, tasks and the journal.
"""

from __future__ import annotations

from typing import Any

import msgspec
from visavis_sdk.events import ParticipantIdentified
from visavis_sdk.vocabulary import Adequacy, Role

from visavis_core.acts.commands import MeasureQuality
from visavis_core.session.annotations import give_marks
from visavis_core.session.planb import advise_step
from visavis_core.session.presence import Presence
from visavis_core.session.quality import (
    GRAVITY,
    LinkQuality,
    Thresholds,
    assess,
    measurement,
)
from visavis_core.session.record import RoomRecord
from visavis_core.session.signalling import (
    AdequacyChanged,
    AdviceChanged,
    AnnotationAdded,
    ConsentChanged,
    FromServer,
    IncidentChanged,
    PlanBChanged,
    Report,
    Snapshot,
    StandingChanged,
    StillAdded,
)
from visavis_core.session.views import PersonView, PresenceState, SourceView

__all__ = [
    "MOST_SOURCES",
    "RoomState",
    "differences",
    "end_source",
    "is_resting",
    "note_report",
    "offer_plan_b",
    "people",
    "publish_source",
    "snapshot",
    "sources",
]

MOST_SOURCES = 16  # per room; six cameras and everybody's face, with room to spare
FACE = "face"
NEEDED = frozenset({Role.ON_SITE, Role.EXPERT})  # without one of them there is nobody to assist, or nobody who does
NEWEST = 200  # advices, stills and drawings in a snapshot; the pages of the act show all


class Source(msgspec.Struct, frozen=True):
    link: str
    participant: str
    source: str


class RoomState(msgspec.Struct, frozen=True):
    """`offered` is the step of plan B that the screens offer now."""

    act: str
    record: RoomRecord = RoomRecord()
    presence: Presence = Presence()
    sources: dict[str, Source] = {}
    muted: frozenset[str] = frozenset()
    qualities: dict[str, dict[str, LinkQuality]] = {}  # link -> who reports -> what they see
    offered: str = ""


def publish_source(state: RoomState, link: str, participant: str, source: str) -> RoomState:
    """Adds a stream. The same person publishing the same source again replaces it: a page that came back."""
    kept = {
        key: known for key, known in state.sources.items() if (known.participant, known.source) != (participant, source)
    }
    if len(kept) >= MOST_SOURCES:
        return state
    return with_sources(state, {**kept, link: Source(link, participant, source)})


def end_source(state: RoomState, link: str) -> RoomState:
    return with_sources(state, {key: known for key, known in state.sources.items() if key != link})


def with_sources(state: RoomState, kept: dict[str, Source]) -> RoomState:
    qualities = {link: seen for link, seen in state.qualities.items() if link in kept}
    return msgspec.structs.replace(state, sources=kept, qualities=qualities)


def note_report(
    state: RoomState, reporter: str, report: Report, thresholds: Thresholds, now: float
) -> tuple[RoomState, MeasureQuality | None]:
    """Takes one measure into account. Reports about links that are not here, or from the wrong end, change nothing."""
    source = state.sources.get(report.link)
    if source is None or (report.direction == "publish") != (source.participant == reporter):
        return state, None
    if source.source == FACE:
        # A face is sent small on purpose; nobody concludes from its size.
        report = msgspec.structs.replace(report, height=None)
    seen = state.qualities.get(report.link, {})
    mine = assess(seen.get(reporter, LinkQuality()), report, thresholds)
    seen = {**seen, reporter: mine}
    overall, command = measurement(
        msgspec.structs.replace(seen.get(OVERALL, LinkQuality()), verdict=worst(seen)[0]),
        report,
        source.participant,
        source.source,
        now,
    )
    seen[OVERALL] = overall
    return msgspec.structs.replace(state, qualities={**state.qualities, report.link: seen}), command


OVERALL = ""  # no participant has an empty id; this row remembers what was last recorded for the link


def worst(seen: dict[str, LinkQuality]) -> tuple[Adequacy | None, str]:
    """The worst verdict among those who report, and the measure that decided it."""
    judged = [
        (quality.verdict, quality.why)
        for who, quality in seen.items()
        if who != OVERALL and quality.verdict is not None
    ]
    return max(judged, key=lambda pair: GRAVITY[pair[0]]) if judged else (None, "")


def is_resting(state: RoomState) -> bool:
    """Plan B rests the pictures on purpose: that none comes is then no finding."""
    return state.record.plan_b.state == "taken"


def offer_plan_b(state: RoomState) -> RoomState:
    """The room with the step of plan B that would help now."""
    clinical = [view.verdict for view in sources(state) if view.source != FACE]
    missing = any(person.state == "lost" and person.role in NEEDED for person in people(state))
    step = advise_step(state.record.plan_b, clinical, missing) if state.record.standing.session else None
    return state if (step or "") == state.offered else msgspec.structs.replace(state, offered=step or "")


def sources(state: RoomState) -> tuple[SourceView, ...]:
    views = []
    for known in state.sources.values():
        verdict, why = worst(state.qualities.get(known.link, {}))
        views.append(
            SourceView(link=known.link, participant=known.participant, source=known.source, verdict=verdict, why=why)
        )
    return tuple(views)


def people(state: RoomState) -> tuple[PersonView, ...]:
    marks = give_marks(state.record.people)
    return tuple(
        PersonView(
            participant=who,
            name=name_of(identity),
            role=identity.role,
            side=identity.side,
            state=presence_of(state.presence, who),
            mark=marks[who],
            muted=who in state.muted,
        )
        for who, identity in state.record.people.items()
    )


def name_of(identity: ParticipantIdentified) -> str:
    return " ".join(word for word in (identity.title, identity.given_names, identity.family_name) if word)


def presence_of(presence: Presence, participant: str) -> PresenceState:
    if presence.is_here(participant):
        return "here"
    return "lost" if presence.is_lost(participant) else "away"


def snapshot(state: RoomState, you: str, *, guest: bool = False) -> Snapshot:
    """The room as this person may see it: a guest takes part in the meeting, not in the dossier."""
    record = state.record
    if guest:
        record = RoomRecord(n=record.n, standing=record.standing, consent=record.consent, plan_b=record.plan_b)
    return Snapshot(
        act=state.act,
        you=you,
        people=people(state),
        sources=sources(state),
        standing=record.standing,
        consent=record.consent,
        plan_b=record.plan_b,
        advices=newest(record.advices),
        stills=newest(record.stills),
        annotations=newest(record.annotations),
        incidents=newest(record.incidents),
        adequacies=newest(record.adequacies),
    )


def newest(known: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(known.values())[-NEWEST:]


# What the record holds one of, and the message that carries its change.
SINGLE: dict[str, Any] = {
    "standing": lambda value: StandingChanged(standing=value),
    "consent": lambda value: ConsentChanged(consent=value),
    "plan_b": lambda value: PlanBChanged(plan_b=value),
}
# What it holds many of, by id.
MANY: dict[str, Any] = {
    "advices": lambda value: AdviceChanged(advice=value),
    "stills": lambda value: StillAdded(still=value),
    "annotations": lambda value: AnnotationAdded(annotation=value),
    "incidents": lambda value: IncidentChanged(incident=value),
    "adequacies": lambda value: AdequacyChanged(adequacy=value),
}


def differences(before: RoomRecord, after: RoomRecord) -> tuple[FromServer, ...]:
    """The messages that bring a page from one reading of the record to the next, in the order of the tables."""
    messages: list[FromServer] = []
    for field, message in SINGLE.items():
        if getattr(after, field) != getattr(before, field):
            messages.append(message(getattr(after, field)))
    for field, message in MANY.items():
        old, new = getattr(before, field), getattr(after, field)
        if new is not old:
            messages += [message(value) for key, value in new.items() if old.get(key) != value]
    return tuple(messages)
