"""What the journal promises to whoever appends."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert, text
from visavis_core.store import tables
from visavis_core.store.faults import KeyMissing
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer, Verifier, open_checkpoint
from visavis_core.trace.faults import (
    ClockBehind,
    Conflict,
    DraftInvalid,
    JournalStopped,
    RecordBroken,
    RecordTooLarge,
    SubjectErased,
    UnknownActRecord,
    UnknownEvent,
)
from visavis_core.trace.journal import QUEUED_WISHES, Draft, Journal
from visavis_core.trace.record import Envelope, encode
from visavis_core.trace.sealing import ActKey
from visavis_sdk.events import FormSaved, SessionClosed

from .conftest import NURSE, ORIGIN, HandClock, need, opening

AT = "2026-11-23T14:05:00.000000Z"


async def test_what_was_appended_is_read_back_in_order(journal: Journal) -> None:
    opened = await journal.append("act_1", 0, [opening(cause="cmd-1")])
    stated = await journal.append("act_1", 1, [need("Plaie du talon"), need("Plaie du talon, depuis dix jours")])
    assert [recorded.n for recorded in opened + stated] == [0, 1, 2]
    assert await journal.read("act_1") == opened + stated
    assert opened[0].cause == "cmd-1"
    assert opened[0].actor == NURSE


async def test_no_word_of_the_patient_is_legible_in_the_files(journal: Journal, store: Store) -> None:
    await journal.append("act_1", 0, [opening(), need("Ulcère veineux malodorant")])
    rows = await store.read(lambda connection: connection.execute(text("SELECT content FROM event")).scalars().all())
    stored = b"\n".join(rows)
    assert b"need.stated" in stored
    assert "Ulcère".encode() not in stored
    assert b"malodorant" not in stored


async def test_who_decided_on_an_older_act_is_told(journal: Journal) -> None:
    await journal.append("act_1", 0, [opening()])
    with pytest.raises(Conflict) as told:
        await journal.append("act_1", 0, [opening()])
    assert (told.value.expected, told.value.actual) == (0, 1)
    with pytest.raises(Conflict):
        await journal.append("act_unknown", 3, [need("rien")])
    assert len(await journal.read("act_1")) == 1


async def test_of_many_writers_on_one_act_each_place_has_one_winner(journal: Journal) -> None:
    await journal.append("act_1", 0, [opening()])

    async def insist(words: str) -> int:
        """Read, decide, append; on conflict again, as the service does."""
        while True:
            n = len(await journal.read("act_1"))
            try:
                return (await journal.append("act_1", n, [need(words)]))[0].n
            except Conflict:
                continue

    places = await asyncio.gather(*(insist(f"besoin {i}") for i in range(12)))
    assert sorted(places) == list(range(1, 13))


async def test_an_event_too_large_is_refused_alone(journal: Journal) -> None:
    huge = FormSaved(instance="f", form="f", form_version=1, schema_sha256="", answers={"a": "x" * 70_000}, by="p")
    refused, kept = await asyncio.gather(
        journal.append("act_1", 0, [Draft(at="2026-11-23T14:05:00.000000Z", actor=NURSE, body=huge)]),
        journal.append("act_2", 0, [opening()]),
        return_exceptions=True,
    )
    assert isinstance(refused, RecordTooLarge)
    assert "SHA-256" in refused.message.fr
    assert isinstance(kept, tuple)
    with pytest.raises(UnknownActRecord):
        await journal.read("act_1")


async def test_free_words_in_the_clear_part_are_refused(journal: Journal) -> None:
    for draft in (opening(cause="Mme Tremblay"), opening(at="hier")):
        with pytest.raises(DraftInvalid):
            await journal.append("act_1", 0, [draft])
    with pytest.raises(DraftInvalid):
        await journal.append("act_1", 0, [])
    with pytest.raises(DraftInvalid):
        await journal.append("trace", 0, [opening()])


async def test_what_could_not_be_read_again_is_not_acknowledged(journal: Journal) -> None:
    form = FormSaved(instance="f", form="f", form_version=None, schema_sha256="", answers={}, by="p")  # type: ignore[arg-type] # the mistake under test
    with pytest.raises(DraftInvalid):
        await journal.append("act_1", 0, [Draft(at="2026-11-23T14:05:00.000000Z", actor=NURSE, body=form)])


async def test_acts_are_listed_with_their_heads(journal: Journal) -> None:
    await journal.append("act_b", 0, [opening()])
    await journal.append("act_a", 0, [opening(), need("x")])
    heads = await journal.acts()
    assert [(head.act, head.n) for head in heads] == [("act_b", 1), ("act_a", 2)]
    assert heads[0].subject != heads[1].subject


async def test_a_new_process_goes_on_where_the_last_one_stood(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    first = await Journal.open(store, keys, signer, clock, ORIGIN)
    await first.append("act_1", 0, [opening()])
    await first.checkpoint()
    await first.append("act_1", 1, [need("a")])
    await first.close()
    second = await Journal.open(store, keys, signer, clock, ORIGIN)
    await second.append("act_1", 2, [need("b")])
    head = await second.checkpoint()
    assert open_checkpoint(head.note, Verifier.read(second.vkey)).size == 3
    assert len(await second.read("act_1")) == 3
    await second.close()


async def test_a_head_is_not_signed_twice_for_nothing(journal: Journal) -> None:
    await journal.append("act_1", 0, [opening()])
    head = await journal.checkpoint()
    assert head.size == 1
    assert await journal.checkpoint() == head


async def test_the_end_of_a_session_is_signed_without_waiting_for_the_timer(journal: Journal, store: Store) -> None:
    ended = Draft(at=AT, actor=NURSE, body=SessionClosed(session="ses_1", reason="ended"))
    signed = "SELECT count(*) FROM checkpoint WHERE size = 2"
    await journal.append("act_1", 0, [opening(), ended])
    async with asyncio.timeout(10):
        # The journal tells nobody when it signs; what it kept is looked at, with a breath between two looks.
        while not await store.read(lambda connection: connection.execute(text(signed)).scalar()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert journal.stopped == ""


async def test_more_callers_than_the_queue_holds_are_all_served(journal: Journal) -> None:
    count = QUEUED_WISHES + 500
    opened = await asyncio.gather(*(journal.append(f"act_{i}", 0, [opening()]) for i in range(count)))
    assert len(opened) == count
    assert len(await journal.acts()) == count


async def test_an_act_may_open_under_a_subject_that_has_a_key(journal: Journal) -> None:
    await journal.append("act_1", 0, [opening()])
    [first] = await journal.acts()
    await journal.append("act_2", 0, [opening()], subject=first.subject)
    assert (await journal.acts())[1].subject == first.subject
    with pytest.raises(KeyMissing):
        await journal.append("act_3", 0, [opening()], subject="sub_nobody")
    await journal.append("act_3", 0, [opening()])  # the refusal was that caller's alone


async def test_bytes_changed_on_disk_are_named_when_the_act_is_read(journal: Journal, store: Store) -> None:
    await journal.append("act_1", 0, [opening(), need("a"), need("b")])
    change = "UPDATE event SET content = CAST(replace(content, 'acc_nurse', 'acc_other') AS BLOB) WHERE n = 1"
    await store.write(lambda connection: connection.execute(text(change)).close())
    with pytest.raises(RecordBroken) as found:
        await journal.read("act_1")
    assert (found.value.act, found.value.n) == ("act_1", 2)  # the next one no longer follows it
    retyped = "UPDATE event SET content = 'text' WHERE n = 1"
    await store.write(lambda connection: connection.execute(text(retyped)).close())
    with pytest.raises(RecordBroken):
        await journal.read("act_1")


async def test_an_event_of_a_later_version_is_named_not_skipped(journal: Journal, store: Store, keys: KeyRing) -> None:
    await journal.append("act_1", 0, [opening()])
    [head] = await journal.acts()
    key = ActKey.derive(keys.key_of(head.subject), "act_1")
    place = {"act": "act_1", "n": 1, "type_": "future.thing"}
    later = Envelope(
        type="future.thing",
        at=AT,
        act="act_1",
        n=1,
        prev=head.head,
        actor=NURSE,
        subject=head.subject,
        basis=None,
        cause="",
        enc=key.seal(b"{}", nonce=bytes(12), **place),  # type: ignore[arg-type] # one place, three arguments
    )
    row = {"position": 1, "act": "act_1", "n": 1, "leaf": bytes(32), "content": encode(later)}
    await store.write(lambda connection: connection.execute(insert(tables.event), row).close())
    with pytest.raises(UnknownEvent) as told:
        await journal.read("act_1")
    assert "future.thing" in told.value.message.fr


async def test_after_closing_nothing_is_acknowledged(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    journal = await Journal.open(store, keys, signer, clock, ORIGIN)
    await journal.append("act_1", 0, [opening()])
    await journal.close()
    with pytest.raises(JournalStopped):
        await journal.append("act_1", 1, [need("tard")])
    assert len(await journal.read("act_1")) == 1


async def test_a_clock_behind_the_last_head_is_refused_and_a_small_correction_is_not(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    journal = await Journal.open(store, keys, signer, clock, ORIGIN)
    await journal.append("act_1", 0, [opening()])
    await journal.close()
    clock.pass_(-1.5)
    await (await Journal.open(store, keys, signer, clock, ORIGIN)).close()
    clock.pass_(-3600)
    with pytest.raises(ClockBehind):
        await Journal.open(store, keys, signer, clock, ORIGIN)


async def test_an_erased_subject_is_named_as_such_and_the_chain_stands(journal: Journal) -> None:
    await journal.append("act_1", 0, [opening(), need("secret")])
    await journal.append("act_2", 0, [opening()])
    subject = (await journal.acts())[0].subject
    await journal.shred(subject, "retention.expired")
    with pytest.raises(SubjectErased):
        await journal.read("act_1")
    with pytest.raises(SubjectErased):
        await journal.append("act_1", 2, [need("encore")])
    assert len(await journal.read("act_2")) == 1


async def test_another_origin_than_the_signers_is_refused(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    with pytest.raises(DraftInvalid):
        await Journal.open(store, keys, signer, clock, "other.example/log")
