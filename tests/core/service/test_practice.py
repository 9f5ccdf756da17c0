"""The one door to the journal: answered means durable, twice asked is once done, nobody sees what is not theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from visavis_core.acts.act import fold
from visavis_core.acts.commands import (
    JoinAsExpert,
    OpenAct,
    RequestAssistance,
    StateNeed,
    StatePlace,
)
from visavis_core.identity.invitations import Invitations, InvitationSpent
from visavis_core.identity.permissions import Verb
from visavis_core.identity.sessions import SessionLimits, Sessions
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity, Subject, system_subject
from visavis_core.moments import stamp
from visavis_core.plugins.catalogue import Catalogue
from visavis_core.service import Forbidden, Practice, Refused, UnknownAct
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.journal import Draft, Journal
from visavis_core.watching import QUEUE_BOUND
from visavis_sdk.events import ActExported, DossierOpened, InvitationIssued, NeedStated, Recorded
from visavis_sdk.hosting import Failure, FailureKind
from visavis_sdk.obligations import Enforcement, Moment, Obligation, Transition
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActKind, Role, Side

OPEN = OpenAct(kind=ActKind.TELEASSISTANCE)
NEED = StateNeed(need="plaie du talon", expectations="avis sur le débridement")


def clinician(id: str, profession: str, name: str) -> Subject:
    identity = ProfessionalIdentity(
        family_name=name,
        given_names="A",
        title="Dre",
        profession=profession,
        specialty="plaies",
        establishment="CLSC",
        contact="418 555-0100",
        identifier_system="OIIQ",
        identifier="1",
    )
    return Subject(kind="account", id=id, identity=identity, system_roles=(CLINICIAN,), acr="aal2", amr=("pwd", "otp"))


ROSE = clinician("account_rose", "nurse", "Tremblay")
SALOME = clinician("account_salome", "physician", "Nadeau")
DANIEL = clinician("account_daniel", "physician", "Okafor")
OTHER = clinician("account_other", "nurse", "Autre")
ADMINISTRATOR = Subject(kind="account", id="account_admin", system_roles=(ADMIN,))


class HandClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)

    def __call__(self) -> str:
        return stamp(self.now)

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class House:
    """The parts a practice needs, on a real record; `reopen` is what a restart does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.numbers = count(1)

    def ids(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers)}"

    async def open(self) -> None:
        self.ring = KeyRing(self.folder / "keys.db", [b"k" * 32])
        self.store = await Store.open(f"sqlite:///{self.folder}/record.db", readers=2)
        signer = Signer("clinique.example/visavis", b"s" * 32)
        self.journal = await Journal.open(
            self.store, self.ring, signer, self.clock, "clinique.example/visavis", head_every=3600
        )
        self.practice = Practice(journal=self.journal, catalogue=Catalogue(), clock=self.clock, ids=self.ids)
        await self.practice.index()
        self.sessions = Sessions(
            store=self.store, clock=self.clock, limits=SessionLimits(idle=1800, absolute=14400, guest=14400)
        )
        self.invitations = Invitations(
            store=self.store, practice=self.practice, sessions=self.sessions, clock=self.clock
        )

    async def close(self) -> None:
        self.practice.close()
        await self.journal.close()
        await self.store.close()
        self.ring.close()

    async def reopen(self) -> None:
        await self.close()
        await self.open()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.open()
    yield house
    await house.close()


async def ask(house: House) -> str:
    act = (await house.practice.open_act(ROSE, OPEN)).act.id
    await house.practice.perform(ROSE, act, RequestAssistance(specialty="wound_care"))
    return act


async def test_an_act_is_what_was_recorded_and_a_restart_changes_nothing(house: House) -> None:
    act = await ask(house)
    before = (await house.practice.perform(ROSE, act, NEED)).act
    await house.reopen()
    assert await house.practice.check(ROSE, Verb.READ_ACT, act) == before
    assert fold(await house.journal.read(act)) == before


async def test_the_same_cause_is_carried_out_once_even_after_a_restart(house: House) -> None:
    first = await house.practice.open_act(ROSE, OPEN, "tap-1")
    again = await house.practice.open_act(ROSE, OPEN, "tap-1")
    assert again.repeated
    assert (again.act.id, again.events) == (first.act.id, first.events)

    stated = await house.practice.perform(ROSE, first.act.id, NEED, "tap-2")
    await house.reopen()
    repeated = await house.practice.perform(ROSE, first.act.id, NEED, "tap-2")
    assert repeated.repeated
    assert repeated.events == stated.events
    reopened = await house.practice.open_act(ROSE, OPEN, "tap-1")
    assert reopened.act.id == first.act.id
    assert (await house.practice.open_act(SALOME, OPEN, "tap-1")).act.id != first.act.id, "a cause is its sender's own"


async def test_an_act_opens_before_the_queue_has_been_read_and_still_only_once(house: House) -> None:
    first = await house.practice.open_act(ROSE, OPEN, "tap-1")
    still_reading = Practice(journal=house.journal, catalogue=Catalogue(), clock=house.clock, ids=house.ids)
    async with asyncio.timeout(5):
        urgent = await still_reading.open_act(ROSE, OPEN, "tap-2")
        again = await still_reading.open_act(ROSE, OPEN, "tap-1")
        twins = await asyncio.gather(*(still_reading.open_act(ROSE, OPEN, "tap-3") for _ in range(2)))
    assert not urgent.repeated
    assert (again.act.id, again.repeated, again.events) == (first.act.id, True, first.events)
    assert sorted(twin.repeated for twin in twins) == [False, True]
    others = await house.practice.open_act(OTHER, OPEN, "tap-1")
    assert others.act.id != first.act.id, "a cause is its sender's own"


async def test_many_at_once_lose_nothing(house: House) -> None:
    act = await ask(house)
    await asyncio.gather(*(house.practice.perform(ROSE, act, NEED, f"tap-{n}") for n in range(25)))
    await asyncio.gather(*(house.practice.perform(ROSE, act, NEED, f"tap-{n}") for n in range(25)))
    needs = [e for e in await house.journal.read(act) if isinstance(e.body, NeedStated)]
    assert sorted(e.cause for e in needs) == sorted(f"tap-{n}" for n in range(25))


async def test_a_writer_elsewhere_is_noticed_and_the_decision_made_again(house: House) -> None:
    act = await ask(house)
    known = await house.practice.check(ROSE, Verb.READ_ACT, act)
    elsewhere = Draft(at=house.clock(), actor=ROSE.actor, body=NeedStated(need="ailleurs", expectations="x"))
    await house.journal.append(act, known.n, [elsewhere])
    performed = await house.practice.perform(ROSE, act, NEED)
    assert performed.events[0].n == known.n + 1
    assert performed.act == fold(await house.journal.read(act))


async def test_who_hangs_up_half_way_still_has_it_recorded_and_told(house: House) -> None:
    act = await ask(house)
    told: list[Recorded] = []
    house.practice.listen(lambda events: told.extend(events))
    asking = asyncio.create_task(house.practice.perform(ROSE, act, NEED, "tap"))
    while not house.practice._commits:  # noqa: ASYNC110 -- the moment under test is between two steps of the loop
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    again = await house.practice.perform(ROSE, act, NEED, "tap")
    assert again.repeated
    assert [e.cause for e in told] == ["tap"]


async def test_a_refusal_leaves_no_trace(house: House) -> None:
    act = await ask(house)
    await house.practice.perform(SALOME, act, JoinAsExpert())
    before = await house.journal.read(act)
    with pytest.raises(Refused) as refused:
        await house.practice.perform(SALOME, act, StatePlace(address="1 rue", call_back_number="418 555-0101"))
    assert refused.value.refusal.message.fr
    assert await house.journal.read(act) == before


async def test_a_rule_that_cannot_be_judged_is_told_as_its_plugins_failure(house: House) -> None:
    words = Text(fr="Mot", en="Word")
    broken = Obligation(
        id="X1",
        jurisdiction="quebec",
        title=words,
        advice=words,
        enforcement=Enforcement.GATE,
        moment=Moment.BEFORE,
        step="need",
        citation="S0",
        source="S0",
        effective_from="2020-01-01",
        stops=Transition.START_SESSION,
        check=lambda _act: None,  # type: ignore[arg-type,return-value]  # what a careless pack would give
    )
    catalogue = Catalogue(obligations=(broken,), owners={("obligation", "quebec", "X1", "2020-01-01"): "quebec_pack"})
    told: list[Failure] = []
    practice = Practice(
        journal=house.journal, catalogue=catalogue, clock=house.clock, ids=house.ids, on_failure=told.append
    )
    await practice.index()
    opened = await practice.open_act(ROSE, OPEN)
    assert practice.sheet(opened.act).due(Transition.START_SESSION)
    assert [(failure.plugin, failure.kind) for failure in told] == [("quebec_pack", FailureKind.WRONG_TYPE)]


async def test_nobody_without_a_relation_learns_that_the_act_exists(house: House) -> None:
    act = (await house.practice.open_act(ROSE, OPEN)).act.id
    for stranger in (OTHER, SALOME, ADMINISTRATOR, Subject(kind="guest", id="i", act="act_other", participant="i")):
        for verb in (Verb.READ_ACT, Verb.COMMAND_ACT, Verb.PUBLISH_MEDIA, Verb.READ_STILL, Verb.EXPORT_ACT):
            with pytest.raises(UnknownAct):
                await house.practice.check(stranger, verb, act)
    with pytest.raises(UnknownAct):
        await house.practice.check(ROSE, Verb.READ_ACT, "act_nowhere")
    with pytest.raises(Forbidden):
        await house.practice.check(None, Verb.READ_ACT, act)
    with pytest.raises(Forbidden):
        await house.practice.open_act(ADMINISTRATOR, OPEN)


async def test_opening_a_dossier_is_recorded_once_in_a_quarter_of_an_hour(house: House) -> None:
    act = await ask(house)

    def readings(events: Sequence[Recorded]) -> list[tuple[str, str]]:
        return [(e.actor.id, e.body.rule) for e in events if isinstance(e.body, DossierOpened)]

    await asyncio.gather(*(house.practice.read(SALOME, act) for _ in range(5)))
    await house.practice.read(ROSE, act)
    house.clock.pass_(14 * 60)
    await house.practice.read(SALOME, act)
    assert readings(await house.journal.read(act)) == [
        (SALOME.id, "queue.reads_request"),
        (ROSE.id, "participant.reads"),
    ]
    house.clock.pass_(2 * 60)
    await house.practice.read(SALOME, act)
    assert len(readings(await house.journal.read(act))) == 3
    await house.practice.read(system_subject("room"), act)
    assert len(readings(await house.journal.read(act))) == 3


async def test_an_export_is_recorded_each_time_and_only_by_who_may(house: House) -> None:
    act = await ask(house)
    for _ in range(2):
        await house.practice.note_export(ROSE, act)
    with pytest.raises(Forbidden):
        await house.practice.note_export(SALOME, act)
    taken = [(e.actor.id, e.body.rule) for e in await house.journal.read(act) if isinstance(e.body, ActExported)]
    assert taken == [(ROSE.id, "participant.exports")] * 2


async def test_the_queue_shows_ones_own_acts_and_open_requests_emergencies_first(house: House) -> None:
    calm = await ask(house)
    house.clock.pass_(60)
    urgent = (await house.practice.open_act(ROSE, OpenAct(kind=ActKind.TELEASSISTANCE, emergency=True))).act.id
    await house.practice.perform(ROSE, urgent, RequestAssistance(specialty="emergency"))
    private = (await house.practice.open_act(ROSE, OPEN)).act.id

    seen = await house.practice.queue(SALOME)
    assert [(row.act, row.relation) for row in seen] == [(urgent, "queue"), (calm, "queue")]
    assert [row.act for row in await house.practice.queue(ROSE)] == [urgent, calm, private]
    assert await house.practice.queue(OTHER) == ()

    await house.practice.perform(SALOME, urgent, JoinAsExpert())
    assert [row.act for row in await house.practice.queue(DANIEL)] == [calm]
    mine = await house.practice.queue(SALOME)
    assert [(row.act, row.relation, row.expert) for row in mine] == [
        (urgent, "participant", "Dre A Nadeau"),
        (calm, "queue", ""),
    ]
    await house.reopen()
    assert await house.practice.queue(SALOME) == mine


async def test_an_erased_act_leaves_the_queue_and_hides_no_other(house: House) -> None:
    erased, kept = await ask(house), await ask(house)
    head = next(head for head in await house.journal.acts() if head.act == erased)
    await house.journal.shred(head.subject, "retention.expired")
    await house.reopen()
    assert [row.act for row in await house.practice.queue(SALOME)] == [kept]


async def test_watching_loses_nothing_however_slow(house: House) -> None:
    act = await ask(house)
    start = (await house.practice.check(ROSE, Verb.READ_ACT, act)).n
    total = QUEUE_BOUND * 2 + 7
    async with house.practice.watch(act) as live, house.practice.watch(act, after=-1) as from_the_start:
        for _ in range(total):
            await house.practice.perform(ROSE, act, NEED)
        followed = [(await anext(live)).n for _ in range(total)]
        replayed = [(await anext(from_the_start)).n for _ in range(start + total)]
    assert followed == list(range(start, start + total))
    assert replayed == list(range(start + total))


async def test_a_watch_ends_when_the_house_closes(house: House) -> None:
    act = await ask(house)
    watch = house.practice.watch(act)
    waiting = asyncio.ensure_future(anext(watch, None))
    await asyncio.sleep(0)
    house.practice.close()
    assert await asyncio.wait_for(waiting, 5) is None


async def test_a_guest_comes_in_once_and_sees_the_meeting_without_the_dossier(house: House) -> None:
    act = await ask(house)
    await house.practice.perform(ROSE, act, NEED)
    link = await house.invitations.issue(ROSE, act, role=Role.RELATIVE, side=Side.ON_SITE, display_name="Fille")
    token = link.path.removeprefix("/join/")
    assert await house.invitations.is_open(token)
    assert await house.invitations.is_open(token), "looking does not use it"

    sign_in, where = await house.invitations.consume(token)
    assert where == act
    with pytest.raises(InvitationSpent):
        await house.invitations.consume(token)
    guest = await house.sessions.subject(sign_in)
    assert guest is not None
    assert (guest.kind, guest.act, guest.participant) == ("guest", act, link.id)

    seen = await house.practice.read(guest, act)
    assert seen.need is None
    assert not [e for e in seen.events if isinstance(e.body, NeedStated | InvitationIssued)]
    with pytest.raises(Forbidden):
        await house.practice.check(guest, Verb.READ_ACT, act)
    with pytest.raises(Forbidden):
        await house.practice.check(guest, Verb.INVITE, act)


async def test_a_link_dies_of_age_and_made_up_ones_never_lived(house: House) -> None:
    act = await ask(house)
    link = await house.invitations.issue(ROSE, act, role=Role.RELATIVE, side=Side.ON_SITE, display_name="Fille")
    house.clock.pass_(4 * 3600)
    for token in (link.path.removeprefix("/join/"), "", "x" * 32, "é" * 32, "../" * 20):
        with pytest.raises(InvitationSpent):
            await house.invitations.consume(token)


async def test_two_tablets_with_one_link_let_one_in(house: House) -> None:
    act = await ask(house)
    link = await house.invitations.issue(ROSE, act, role=Role.RELATIVE, side=Side.ON_SITE, display_name="Fille")
    token = link.path.removeprefix("/join/")
    outcomes = await asyncio.gather(*(house.invitations.consume(token) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvitationSpent) for outcome in outcomes) == 7


async def test_the_token_of_a_link_is_nowhere_in_the_record(house: House) -> None:
    act = await ask(house)
    link = await house.invitations.issue(ROSE, act, role=Role.RELATIVE, side=Side.ON_SITE, display_name="Fille")
    token = link.path.removeprefix("/join/")
    assert token not in repr(await house.journal.read(act))
