"""`act export`: one act with all that proves it, into a file, and the event that says so in the act.

Knows: that taking an act out is recorded before a byte of it leaves (H2), that only one process writes, and how to read
beside it on purpose.
Refuses to know: how an export is built or verified (`trace.export`), and how a note is set (`documents`).
"""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from pathlib import Path

from rich.console import Console
from visavis_sdk.text import Text

from visavis_core.acts.act import Act, fold
from visavis_core.cli.words import fail, language, say
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.documents.forms import report_blocks
from visavis_core.documents.notes import NOTES, note_language
from visavis_core.documents.papers import print_note
from visavis_core.documents.pdf import Printer
from visavis_core.holdings import Holdings, open_holdings, open_keys, store_url
from visavis_core.identity.subject import system_subject
from visavis_core.moments import draw_id, read_clock
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.running import LoadedPlugins
from visavis_core.service import Practice
from visavis_core.store.blobs import Blobs
from visavis_core.store.faults import StoreBusy
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.export import ActProof, Exported, export_act_to, prove_act, sign_and_prove
from visavis_core.trace.faults import SubjectErased
from visavis_core.trace.journal import Notice
from visavis_core.trace.reading import read_act

__all__ = ["export_one"]

OPERATOR = system_subject("command_line")


def export_one(act: str, to: Path, config: Path, *, unrecorded: bool) -> None:
    """Exit 0 when the file is whole and the act keeps that it was exported; 1 in words, and then no file."""
    _refuse_where_nothing_can_be_written(to)
    deployment = load_deployment(config)
    if unrecorded:
        exported = asyncio.run(_export_beside(deployment, act, to))
        print(
            say(
                "Export non consigné : rien dans l’acte ne dit qu’il a été sorti.",
                "Unrecorded export: nothing in the act says that it was taken out.",
            ),
            file=sys.stderr,
        )
    else:
        try:
            exported = asyncio.run(_export_recorded(deployment, act, to))
        except StoreBusy:
            raise fail(_BUSY) from None
    Console().print(
        say(
            f"{to} : {exported.events} événements, prouvés par la tête de taille {exported.tree_size}.",
            f"{to}: {exported.events} events, proved by the head of size {exported.tree_size}.",
        )
    )
    if exported.absent:
        absent = ", ".join(exported.absent)
        raise fail(Text(fr=f"Images absentes du stockage : {absent}", en=f"Pictures missing from the store: {absent}"))


_BUSY = Text(
    fr="Un serveur visavis tient ces données : lui seul peut consigner l’export. Exportez depuis la page « Preuve et "
    "documents » de l’acte, ou arrêtez le serveur. Pour lire sans laisser de trace dans l’acte, exprès : --unrecorded.",
    en="A visavis server holds this store: it alone can record the export. Export from the act’s page “Proof and "
    "documents”, or stop the server. To read on purpose without a trace in the act: --unrecorded.",
)


def _refuse_where_nothing_can_be_written(to: Path) -> None:
    """Before anything is recorded: an act must not say it was exported because of a mistyped folder."""
    folder = to.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or to.is_dir():
        raise fail(
            Text(
                fr=f"Impossible d’écrire à l’adresse {to} ; rien n’a été exporté.",
                en=f"Cannot write {to}; nothing was exported.",
            ),
            2,
        )


async def _export_recorded(deployment: Deployment, act_id: str, to: Path) -> Exported:
    """Takes the writer's place for as long as it lasts. The event is durable before the file has a byte."""
    await _look_for(deployment, act_id)
    plugins = await _load(deployment)
    async with open_holdings(deployment, read_clock) as holdings:
        act = await _record(deployment, plugins, holdings, act_id)
        proof = await sign_and_prove(holdings.journal.checkpoint, holdings.store, holdings.signer, act_id)
        notes = await _print_notes(deployment, plugins, holdings.blobs, act, proof, holdings.signer.vkey)
        return await export_act_to(
            to, holdings.store, holdings.keys, holdings.signer, holdings.blobs, act_id,
            made_at=read_clock(), documents=notes, proof=proof,
        )  # fmt: skip


async def _look_for(deployment: Deployment, act_id: str) -> None:
    """Reads first: a wrong folder must not be given a store, nor an older one be brought to this version in passing."""
    keys = open_keys(deployment, create=False)
    try:
        store = await Store.open(store_url(deployment), read_only=True)
        try:
            await _read(keys.ring, store, act_id)
        finally:
            await store.close()
    finally:
        keys.ring.close()


async def _record(deployment: Deployment, plugins: LoadedPlugins, holdings: Holdings, act_id: str) -> Act | None:
    """The act with its last event, the export. An erased act can hold no more: the record's own chain says it."""
    practice = Practice(
        journal=holdings.journal,
        catalogue=plugins.catalogue,
        clock=read_clock,
        ids=draw_id,
        jurisdictions=deployment.site.jurisdictions,
    )
    try:
        return await practice.note_export(OPERATOR, act_id, by=_account())
    except SubjectErased:
        await holdings.journal.note(Notice(at=read_clock(), type="trace.erased_act_exported", data={"act": act_id}))
        return None
    finally:
        practice.close()


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


async def _export_beside(deployment: Deployment, act_id: str, to: Path) -> Exported:
    """Reads beside a running server: heads are signed every few seconds, and the last one is the proof."""
    plugins = await _load(deployment)
    keys = open_keys(deployment, create=False)
    store = await Store.open(store_url(deployment), read_only=True)
    try:
        blobs = await Blobs.open(deployment.path(deployment.store.blobs), store, keys.ring, read_clock)
        proof = await prove_act(store, keys.signer, act_id)
        act = await _read(keys.ring, store, act_id)
        notes = await _print_notes(deployment, plugins, blobs, act, proof, keys.signer.vkey)
        return await export_act_to(
            to, store, keys.ring, keys.signer, blobs, act_id, made_at=read_clock(), documents=notes, proof=proof
        )
    finally:
        await store.close()
        keys.ring.close()


async def _read(ring: KeyRing, store: Store, act_id: str) -> Act | None:
    """None when the act's key was destroyed: its proofs are exported alone."""
    try:
        return fold(await store.read(lambda connection: read_act(ring, act_id, connection)))
    except SubjectErased:
        return None


async def _load(deployment: Deployment) -> LoadedPlugins:
    return await asyncio.to_thread(
        load_plugins,
        deployment.plugins,
        languages=deployment.site.languages,
        jurisdictions=deployment.site.jurisdictions,
    )


async def _print_notes(
    deployment: Deployment, plugins: LoadedPlugins, blobs: Blobs, act: Act | None, proof: ActProof, vkey: str
) -> dict[str, bytes]:
    """Both notes as they stand; none of an act that was erased."""
    if act is None:
        return {}
    sheet, forms, reports = plugins.judge(act), plugins.catalogue.forms, plugins.catalogue.reports
    printer, printed = Printer(), {}
    try:
        for note in NOTES:
            spoken = note_language(act, note, language())
            told = await asyncio.to_thread(report_blocks, act, forms, reports, spoken, plugins.build_report)
            printed[f"note_{note}.pdf"] = await print_note(
                printer, blobs, act, sheet, note, told,
                language=spoken, zone=deployment.site.zone, proof=proof, vkey=vkey,
            )  # fmt: skip
        return printed
    finally:
        await printer.close()
