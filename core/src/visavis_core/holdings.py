"""What a deployment keeps on disk, opened together and closed in order: keys, store, journal, blobs.

Knows: where each lies (from the deployment), which keys exist and that they are made on first use only.
Refuses to know: what is kept. The app, and the commands that work beside it, ask here rather than each opening files.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import URL, Connection, exists, make_url, or_, select
from visavis_sdk.text import Text

from visavis_core.deployment import Deployment
from visavis_core.identity.second_factor import KeyUnreadable, open_key
from visavis_core.identity.tables import account
from visavis_core.moments import Clock
from visavis_core.store.blobs import Blobs
from visavis_core.store.seal import KeyRing, make_secret, read_secret
from visavis_core.store.sql import Store
from visavis_core.store.tables import event
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.journal import Journal
from visavis_core.trace.kept_head import KeptHead

__all__ = ["Holdings", "KeyFiles", "Keys", "key_files", "open_holdings", "open_keys", "origin_of", "store_url"]


class KeyFiles(msgspec.Struct, frozen=True, kw_only=True):
    """`site` wraps the patients' keys, `signer` signs the tree's heads, `identity` seals second factors,
    `head` is the last head that was signed."""

    site: Path
    signer: Path
    identity: Path
    ring: Path
    origin: Path
    head: Path


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    ring: KeyRing
    signer: Signer
    identity: bytes


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    store: Store
    keys: KeyRing
    signer: Signer
    identity_key: bytes
    journal: Journal
    blobs: Blobs


def key_files(deployment: Deployment) -> KeyFiles:
    folder = deployment.path(deployment.store.keys)
    return KeyFiles(
        site=folder / "site.key",
        signer=folder / "signer.key",
        identity=folder / "identity.key",
        ring=folder / "patients.db",
        origin=folder / "origin.txt",
        head=folder / "head.txt",
    )


def origin_of(deployment: Deployment) -> str:
    """The tree's origin (C2SP tlog-checkpoint): a name without scheme, which must never change afterwards.

    It is the public address on the day the keys were made, kept beside them: a site may move to another port or name,
    and its record goes on under the name its heads were signed with.
    """
    kept = key_files(deployment).origin
    if kept.exists():
        return kept.read_text(encoding="utf-8").strip()
    return f"{urlsplit(deployment.site.public_url).netloc}/visavis"


def _keep_origin(path: Path, origin: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{origin}\n")
        file.flush()
        os.fsync(file.fileno())


def store_url(deployment: Deployment) -> URL:
    """The store's address; a relative SQLite path starts at the deployment's folder, a password is put in last."""
    url = make_url(deployment.store.url)
    if url.drivername == "sqlite" and url.database:
        return url.set(database=str(deployment.path(url.database)))
    password = deployment.store.password
    return url.set(password=password.reveal()) if password is not None else url


def open_keys(deployment: Deployment, *, create: bool) -> Keys:
    """Every key, made on first use when `create`. KekInvalid or KeyUnreadable say which file is the matter."""
    files = key_files(deployment)
    for path in (files.site, files.signer):
        if create and not path.exists():
            with contextlib.suppress(FileExistsError):
                make_secret(path)
    if create and not files.origin.exists():
        with contextlib.suppress(FileExistsError):
            _keep_origin(files.origin, origin_of(deployment))
    signer = Signer(origin_of(deployment), read_secret(f"file:{files.signer}"))
    ring = KeyRing(files.ring, [read_secret(f"file:{files.site}")], create=create)
    if not create and not files.identity.exists():
        raise KeyUnreadable(Text(fr=f"{files.identity} n’existe pas", en=f"there is no {files.identity}"))
    return Keys(ring=ring, signer=signer, identity=open_key(files.identity))


def _holds_something(connection: Connection) -> bool:
    kept = (exists().select_from(table) for table in (event, account))
    return bool(connection.execute(select(or_(*kept))).scalar())


@contextlib.asynccontextmanager
async def open_holdings(
    deployment: Deployment, clock: Clock, *, on_stop: Callable[[str], None] | None = None
) -> AsyncIterator[Holdings]:
    """For who writes: takes the writer's lock and brings the schema to this version.

    Keys are made for an empty store only. A store that holds something beside missing keys is a folder that was not
    mounted or not restored: new keys would seal new acts beside old ones nobody can open.
    """
    async with contextlib.AsyncExitStack() as closing:
        store = await Store.open(store_url(deployment))
        closing.push_async_callback(store.close)
        empty = not await store.read(_holds_something)
        keys = await asyncio.to_thread(open_keys, deployment, create=empty)
        closing.callback(keys.ring.close)
        journal = await Journal.open(
            store,
            keys.ring,
            keys.signer,
            clock,
            origin_of(deployment),
            on_stop=on_stop,
            kept=KeptHead(key_files(deployment).head),
        )
        closing.push_async_callback(journal.close)
        blobs = await Blobs.open(deployment.path(deployment.store.blobs), store, keys.ring, clock)
        yield Holdings(
            store=store,
            keys=keys.ring,
            signer=keys.signer,
            identity_key=keys.identity,
            journal=journal,
            blobs=blobs,
        )
