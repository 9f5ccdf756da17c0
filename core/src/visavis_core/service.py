"""The practice: the one door through which an act is opened, read, changed and followed.

Knows: the order of things. Permission is decided, the act is loaded, the command is decided, its events are made
durable, and only then is anyone answered or told. A command sent twice with the same cause is carried out once.
Refuses to know: HTTP, clinical rules (`acts.decide`), permissions (`identity.decide`), bytes on disk (`trace`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec
import structlog
from visavis_sdk.events import (
    Actor,
    DossierOpened,
    Event,
    Recorded,
)
from visavis_sdk.hosting import Failure, FailureKind
from visavis_sdk.obligations import Obligation, Transition
from visavis_sdk.vocabulary import ActKind

from visavis_core.acts.act import Act, evolve, fold
from visavis_core.acts.commands import Command, ExportAct, JoinAsExpert, OpenAct, OpenDossier, OpenLink
from visavis_core.acts.decide import Context, Refusal
from visavis_core.acts.decide import decide as decide_command
from visavis_core.acts.refusals import request_taken
from visavis_core.authorship import CONSENT_SPOKEN, author_of, caused, id_of_opening, says_no
from visavis_core.identity.narrowing import narrow
from visavis_core.identity.permissions import Decision, Relation, Verb, came_too_late, relation_of
from visavis_core.identity.permissions import decide as decide_access
from visavis_core.identity.subject import Subject
from visavis_core.moments import Clock, Ids, seconds_between
from visavis_core.obligations.evaluate import ConformitySheet, SheetLine, evaluate
from visavis_core.plugins.catalogue import Catalogue
from visavis_core.queue import ActSummary, Row, order_of, row_of
from visavis_core.store.faults import StoreFault
from visavis_core.trace.faults import Conflict, JournalStopped, TraceFault, UnknownActRecord
from visavis_core.trace.journal import ActHead, Draft
from visavis_core.watching import Watch, Watchers

__all__ = ["ActJournal", "Forbidden", "Performed", "Practice", "Refused", "UnknownAct"]

log = structlog.get_logger(__name__)

READ_AGAIN_AFTER_SECONDS = 15 * 60  # the same person leafing through a dossier is one reading
ACTS_IN_MEMORY = 256
CONFLICT_RETRIES = 4


Listener = Callable[[tuple[Recorded, ...]], None]
Stopper = Callable[[Act], Awaitable[None]]
MEDIA_VERBS = frozenset({Verb.PUBLISH_MEDIA, Verb.SUBSCRIBE_MEDIA})


class Performed(msgspec.Struct, frozen=True, kw_only=True):
    """The act after the command, and the events the command gave. `repeated`: they were given the first time."""

    act: Act
    events: tuple[Recorded, ...]
    repeated: bool = False


class Refused(Exception):  # noqa: N818 -- a refusal is an answer of the house, not an error of the program
    """The command is not allowed now; `refusal` says why and what is missing, in words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Forbidden(Exception):  # noqa: N818 -- same
    """No rule allows this subject this verb."""

    def __init__(self, decision: Decision, verb: Verb) -> None:
        super().__init__(decision.rule)
        self.decision = decision
        self.verb = verb


class UnknownAct(LookupError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """No such act. Also said of an act the subject has no relation to, so that ids cannot be probed."""


class ActJournal(Protocol):
    """What the practice needs of `trace.journal.Journal`."""

    async def append(self, act: str, expected_n: int, drafts: Sequence[Draft]) -> tuple[Recorded, ...]: ...
    async def read(self, act: str) -> tuple[Recorded, ...]: ...
    async def acts(self) -> tuple[ActHead, ...]: ...


class Practice:
    """One per process. Methods raise `Forbidden`, `UnknownAct`, `Refused`, or the journal's `JournalStopped`."""

    def __init__(
        self,
        *,
        journal: ActJournal,
        catalogue: Catalogue,
        clock: Clock,
        ids: Ids,
        jurisdictions: tuple[str, ...] = (),
        on_failure: Callable[[Failure], None] = lambda _failure: None,
        judge: Callable[[Act], ConformitySheet] | None = None,
    ) -> None:
        """`judge` gives an act's sheet with a limit of time per check; by default the checks run here, unlimited."""
        self._journal = journal
        self._catalogue = catalogue
        self._clock = clock
        self._ids = ids
        self._jurisdictions = jurisdictions
        self._on_failure = on_failure
        self._judge = judge or self._judge_here
        self._acts: OrderedDict[str, Act] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._rows: dict[str, Row] = {}
        self._index_ready = asyncio.Event()
        self._watchers = Watchers(journal.read)
        self._listeners: list[Listener] = []
        self._stoppers: list[Stopper] = []
        self._held: set[str] = set()  # acts whose patient said no while the record could not be written
        self._commits: set[asyncio.Future[Performed]] = set()

    # -- changing ------------------------------------------------------------------------------------------------

    async def open_act(self, subject: Subject, command: OpenAct, cause: str = "") -> Performed:
        """Opens an act without waiting for anything read at the start: an emergency comes when it comes.

        Its id follows from who opens it and from the cause, so that the record itself refuses to open it twice.
        """
        self._allow(subject, Verb.OPEN_ACT, None)
        act_id = id_of_opening(subject, cause) if cause else self._ids("act")
        events = self._decide(None, command, subject)
        try:
            return await self._append(act_id, None, events, subject.actor, cause)
        except Conflict:
            act = await self._load(act_id)
            return Performed(act=act, events=caused(act, subject, cause), repeated=True)

    async def perform(self, subject: Subject, act_id: str, command: Command, cause: str = "") -> Performed:
        verb = Verb.TAKE_REQUEST if isinstance(command, JoinAsExpert) else Verb.COMMAND_ACT

        async def step(act: Act) -> Performed:
            self._allow(subject, verb, act)
            done = caused(act, subject, cause)
            if done:
                return Performed(act=act, events=done, repeated=True)
            if isinstance(command, OpenLink):
                self._refuse_while_held(verb, act_id)
            return await self._append(act_id, act, self._decide(act, command, subject), subject.actor, cause)

        return await self._in_turn(act_id, step)

    # -- reading -------------------------------------------------------------------------------------------------

    async def read(self, subject: Subject, act_id: str) -> Act:
        """The act as this subject may see it; a guest gets the session without the dossier.

        The first reading of a dossier within 15 minutes by the same subject is itself recorded (H2).
        """
        act = await self._load(act_id)
        if subject.kind == "guest":
            self._allow(subject, Verb.READ_SESSION, act)
            return narrow(act)
        decision = self._allow(subject, Verb.READ_ACT, act)
        if subject.kind == "system" or self._has_read_lately(subject, act):
            return act

        async def step(current: Act) -> Performed:
            if self._has_read_lately(subject, current):
                return Performed(act=current, events=())
            command = OpenDossier(rule=decision.rule, basis=decision.basis)
            events = self._decide(current, command, subject)
            return await self._append(act_id, current, events, subject.actor, "", basis=decision.basis)

        return (await self._in_turn(act_id, step)).act

    async def check(self, subject: Subject | None, verb: Verb, act_id: str) -> Act:
        """The act, once `verb` on it is allowed; for what changes nothing in it (media, stills)."""
        if subject is None:
            raise Forbidden(decide_access(None, verb), verb)
        act = await self._load(act_id)
        self._allow(subject, verb, act)
        if verb in MEDIA_VERBS:
            self._refuse_while_held(verb, act_id)
        return act

    async def note_export(self, subject: Subject, act_id: str, *, by: str = "") -> Act:
        """Records that the subject takes the whole act out (H2). Awaited before a byte of it leaves.

        `by` is the operating system's account, on the command line.
        """

        async def step(act: Act) -> Performed:
            decision = self._allow(subject, Verb.EXPORT_ACT, act)
            events = self._decide(act, ExportAct(rule=decision.rule, by=by), subject)
            return await self._append(act_id, act, events, subject.actor, "", basis=decision.basis)

        return (await self._in_turn(act_id, step)).act

    def sheet(self, act: Act) -> ConformitySheet:
        """Every duty in force, judged. A check that fails leaves its line due and is told as its plugin's failure."""
        return self._judge(act)

    async def queue(self, subject: Subject) -> tuple[ActSummary, ...]:
        """The acts the subject takes part in and the requests they may answer, in working order."""
        self._allow(subject, Verb.LIST_ACTS, None)
        await self._index_ready.wait()
        mine = ((row, relation_of(subject, row)[0]) for row in self._rows.values())
        shown = (
            msgspec.structs.replace(row.summary, relation=relation.value)
            for row, relation in mine
            if relation in (Relation.PARTICIPANT, Relation.QUEUE)
        )
        return tuple(sorted(shown, key=order_of))

    # -- following -----------------------------------------------------------------------------------------------

    def watch(self, act_id: str, after: int | None = None) -> Watch:
        """`async with practice.watch(act) as events: async for recorded in events`. From `after` + 1, or from now."""
        return self._watchers.watch(act_id, after)

    def kind_of(self, act_id: str) -> ActKind:
        """The kind of an act that was read or written since the start."""
        return self._rows[act_id].summary.kind

    def listen(self, listener: Listener) -> None:
        """`listener(events)` is called with every durable batch; it returns at once and never raises."""
        self._listeners.append(listener)

    def stop_with(self, stopper: Stopper) -> None:
        """`await stopper(act)` ends the act's media when a no of the patient cannot be recorded."""
        self._stoppers.append(stopper)

    # -- within --------------------------------------------------------------------------------------------------

    async def index(self) -> None:
        """Reads every act once, so that the queue is in memory. The app runs it as a task; `queue` waits for it.

        A table of summaries on disk was rejected: it would hold names in clear next to a sealed record.
        """
        try:
            for head in await self._journal.acts():
                if head.act not in self._rows:
                    await self._index_one(head.act)
        finally:
            self._index_ready.set()

    async def _index_one(self, act: str) -> None:
        try:
            self._note(fold(await self._journal.read(act)))
        except TraceFault as fault:
            # An erased patient's act, or a broken record, must not hide everyone else's acts from the queue.
            log.warning("practice.act_unreadable", act=act, error=type(fault).__name__)

    def _refuse_while_held(self, verb: Verb, act_id: str) -> None:
        if act_id in self._held:
            raise Forbidden(Decision(allow=False, rule="held_until_the_no_is_recorded"), verb)

    async def _hold(self, act: Act) -> None:
        """A no holds before it can be proved: media stops now, and the person is told that it is not recorded yet."""
        self._held.add(act.id)
        for outcome in await asyncio.gather(*(stop(act) for stop in self._stoppers), return_exceptions=True):
            if isinstance(outcome, BaseException):
                log.error("practice.media_not_stopped", act=act.id, error=type(outcome).__name__)

    def close(self) -> None:
        self._watchers.close()

    def _allow(self, subject: Subject, verb: Verb, act: Act | None) -> Decision:
        decision = decide_access(subject, verb, act)
        if decision.allow:
            return decision
        if act is not None and relation_of(subject, act)[0] is Relation.STRANGER:
            if verb is Verb.TAKE_REQUEST and came_too_late(subject, act):
                raise Refused(request_taken())
            raise UnknownAct
        raise Forbidden(decision, verb)

    def _decide(self, act: Act | None, command: Command, subject: Subject) -> tuple[Event, ...]:
        context = Context(
            now=self._clock(), ids=self._ids, gates_due=self._gates_due, jurisdictions=self._jurisdictions
        )
        outcome = decide_command(act, command, author_of(subject, act), context)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        return outcome

    def _gates_due(self, act: Act, transition: Transition) -> tuple[SheetLine, ...]:
        return self.sheet(act).due(transition)

    def _judge_here(self, act: Act) -> ConformitySheet:
        return evaluate(act, self._catalogue.obligations, self._tell_failure)

    def _tell_failure(self, duty: Obligation, kind: FailureKind) -> None:
        plugin = self._catalogue.owners.get(("obligation", duty.jurisdiction, duty.id, duty.effective_from), "")
        self._on_failure(Failure(plugin=plugin, hook=f"check {duty.jurisdiction}/{duty.id}", kind=kind, budget=0))

    async def _in_turn(self, act_id: str, step: Callable[[Act], Awaitable[Performed]]) -> Performed:
        """One command at a time per act here; when another process wrote first, its events may change the decision."""
        async with self._lock(act_id):
            for _ in range(CONFLICT_RETRIES):
                try:
                    return await step(await self._load(act_id))
                except Conflict:
                    self._acts.pop(act_id, None)
            return await step(await self._load(act_id))

    async def _append(
        self,
        act_id: str,
        act: Act | None,
        bodies: Sequence[Event],
        actor: Actor,
        cause: str,
        basis: int | None = None,
    ) -> Performed:
        if not bodies and act is not None:
            return Performed(act=act, events=())
        at = self._clock()
        drafts = tuple(Draft(at=at, actor=actor, body=body, cause=cause, basis=basis) for body in bodies)
        # Shielded: once on its way to the disk, an event is also told, even if who asked has hung up.
        commit = asyncio.ensure_future(self._commit(act_id, act, drafts))
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)
        return await asyncio.shield(commit)

    async def _commit(self, act_id: str, act: Act | None, drafts: tuple[Draft, ...]) -> Performed:
        try:
            recorded = await self._journal.append(act_id, 0 if act is None else act.n, drafts)
        except (JournalStopped, StoreFault):
            if act is not None and says_no([draft.body for draft in drafts]):
                await self._hold(act)
            raise
        for event in recorded:
            act = evolve(act, event)
        if act is None:
            raise ValueError("nothing was decided, so there is no act to open")
        self._note(act)
        if any(isinstance(event.body, CONSENT_SPOKEN) for event in recorded):
            self._held.discard(act_id)  # from here on the record itself allows or forbids
        self._watchers.tell(act_id, recorded)
        for listener in self._listeners:
            listener(recorded)
        return Performed(act=act, events=recorded)

    async def _load(self, act_id: str) -> Act:
        act = self._acts.get(act_id)
        if act is None:
            try:
                act = fold(await self._journal.read(act_id))
            except UnknownActRecord:
                raise UnknownAct from None
            self._note(act)
        self._acts.move_to_end(act_id)
        return act

    def _note(self, act: Act) -> None:
        known = self._acts.get(act.id)
        if known is not None and known.n > act.n:
            return
        self._acts[act.id] = act
        self._acts.move_to_end(act.id)
        if len(self._acts) > ACTS_IN_MEMORY:
            self._acts.popitem(last=False)
        self._rows[act.id] = row_of(act)

    def _has_read_lately(self, subject: Subject, act: Act) -> bool:
        now = self._clock()
        for event in reversed(act.events):
            if isinstance(event.body, DossierOpened) and event.actor.id == subject.id:
                return seconds_between(event.at, now) < READ_AGAIN_AFTER_SECONDS
        return False

    def _lock(self, key: str) -> asyncio.Lock:
        lock = self._locks.get(key)
        if lock is None:
            self._locks[key] = lock = asyncio.Lock()
        return lock
