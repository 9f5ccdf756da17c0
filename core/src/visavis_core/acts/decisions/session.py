"""The live session: opening, coming and going, links and their quality (A1, A13, F1)."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_sdk import events as e
from visavis_sdk.obligations import Transition
from visavis_sdk.vocabulary import ActPhase, Role

from visavis_core.acts import commands as c
from visavis_core.acts.author import Author, Context, Decision, Refusal
from visavis_core.acts.decisions.consent import close_session
from visavis_core.acts.decisions.opening import is_later
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.refusals import gates_block, refuse
from visavis_core.acts.state import Act

__all__ = ["SESSION", "gates"]

SESSION = Decisions()


def gates(act: Act, context: Context, transition: Transition) -> Refusal | None:
    """The refusal that names every gate due before `transition`, or None when the way is free."""
    due = context.gates_due(act, transition)
    if not due:
        return None
    ids = tuple(dict.fromkeys(line.obligation.id for line in due))
    titles = [next(line.obligation.title for line in due if line.obligation.id == id) for id in ids]
    return gates_block(ids, titles, closing=transition is Transition.CLOSE_ACT)


@SESSION.of(c.StartSession)
def start_session(act: Act, _command: c.StartSession, _author: Author, context: Context) -> Decision:
    """Every gate passes, or is owed in emergency. A live part that was ended by mistake may be taken up again."""
    if act.session:
        return refuse("session_already_open")
    if act.ending is not None:
        return refuse("act_is_ending")
    if act.phase is ActPhase.CONCLUDING and any(note.signed for note in act.notes.values()):
        return refuse("signed_notes_forbid_session")
    blocked = gates(act, context, Transition.START_SESSION)
    return blocked or (e.SessionOpened(session=context.ids("session")),)


@SESSION.of(c.JoinSession)
def join_session(act: Act, _command: c.JoinSession, author: Author, context: Context) -> Decision:
    """Somebody comes in; a guest is identified by what the invitation says. Already in = no event, no refusal:
    a tablet that reconnects must not be turned away.
    """
    me = speaker(act, author)
    joined = e.ParticipantJoined(session=act.session, participant=me)
    if me in act.participants:
        return () if me in act.present else (joined,)
    invitation = act.invitations[me]
    if not is_later(invitation.expires_at, context.now):
        return refuse("invitation_expired")
    identified = e.ParticipantIdentified(
        participant=me,
        role=invitation.role,
        side=invitation.side,
        family_name=invitation.display_name,
        quality=invitation.quality,
    )
    return (identified, joined)


@SESSION.of(c.LeaveSession)
def leave_session(act: Act, command: c.LeaveSession, author: Author, _context: Context) -> Decision:
    """Oneself, or anybody when the program noticed it. Not there any more = no event, no refusal."""
    if not _speaks_for(act, author, command.participant):
        return refuse("not_yours")
    if command.participant not in act.present:
        return ()
    return (e.ParticipantLeft(session=act.session, participant=command.participant, reason=command.reason),)


@SESSION.of(c.EndLive)
def end_live(act: Act, _command: c.EndLive, author: Author, _context: Context) -> Decision:
    return (*close_session(act, "ended"), e.LiveEnded(by=speaker(act, author)))


@SESSION.of(c.OpenLink)
def open_link(act: Act, command: c.OpenLink, author: Author, _context: Context) -> Decision:
    """A source the patient withheld is never published (D7), and a link belongs to the session it was opened in."""
    if command.session != act.session:
        return refuse("session_has_changed")
    me = speaker(act, author)
    if command.direction == "publish" and me in act.participants and act.participants[me].role is Role.OBSERVER:
        return refuse("observer_publishes")
    if command.direction == "publish" and is_withheld(act.withheld, command.source):
        return refuse("source_withheld")
    return (
        e.LinkOpened(
            session=act.session,
            link=command.link,
            participant=me,
            direction=command.direction,
            source=command.source,
            client_fingerprint=command.client_fingerprint,
            server_fingerprint=command.server_fingerprint,
        ),
    )


@SESSION.of(c.AuthoriseDevice)
def authorise_device(act: Act, command: c.AuthoriseDevice, author: Author, _context: Context) -> Decision:
    """A device speaks in the name of who lets it in, so it may what they may, and nothing the patient withheld (D7)."""
    if is_withheld(act.withheld, command.source):
        return refuse("source_withheld")
    return (
        e.DeviceAuthorised(
            device=command.device,
            participant=speaker(act, author),
            source=command.source,
            expires_at=command.expires_at,
        ),
    )


def is_withheld(withheld: Sequence[str], source: str) -> bool:
    """By its name, whether a page publishes it or a device does (`device.otoscope` is the otoscope)."""
    names = {name.casefold() for name in withheld}
    return bool({source.casefold(), source.casefold().removeprefix("device.")} & names)


@SESSION.of(c.LoseConnection)
def lose_connection(act: Act, command: c.LoseConnection, author: Author, _context: Context) -> Decision:
    if not _speaks_for(act, author, command.participant):
        return refuse("not_yours")
    return (e.ConnectionLost(participant=command.participant),)


@SESSION.of(c.RestoreConnection)
def restore_connection(act: Act, command: c.RestoreConnection, author: Author, _context: Context) -> Decision:
    if not _speaks_for(act, author, command.participant):
        return refuse("not_yours")
    return (e.ConnectionRestored(participant=command.participant, seconds=command.seconds),)


@SESSION.of(c.MeasureQuality)
def measure_quality(act: Act, command: c.MeasureQuality, author: Author, _context: Context) -> Decision:
    if not _speaks_for(act, author, command.participant):
        return refuse("not_yours")
    return (
        e.QualityMeasured(
            participant=command.participant,
            source=command.source,
            verdict=command.verdict,
            frames_per_second=command.frames_per_second,
            loss_per_mille=command.loss_per_mille,
            round_trip_ms=command.round_trip_ms,
            kilobits_per_second=command.kilobits_per_second,
        ),
    )


def _speaks_for(act: Act, author: Author, participant: str) -> bool:
    return author.actor.kind == "system" or speaker(act, author) == participant
