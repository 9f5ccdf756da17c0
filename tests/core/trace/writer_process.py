"""A process that writes as fast as it can and says what was acknowledged, until it is killed."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.journal import Draft, Journal
from visavis_sdk.events import Actor, NeedStated

ORIGIN = "clinique.example/visavis"
WRITERS = 20


def clock() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def write(journal: Journal, act: str) -> None:
    n = 0
    actor = Actor(kind="system", id="writer")
    while True:
        body = NeedStated(need=f"besoin {n}", expectations="x" * 200)
        [recorded] = await journal.append(act, n, [Draft(at=clock(), actor=actor, body=body)])
        # One unbuffered write: what the parent reads was acknowledged before the kill.
        os.write(1, f"{recorded.act} {recorded.n}\n".encode())
        n += 1


async def main(directory: Path, run: str) -> None:
    store = await Store.open(f"sqlite:///{directory}/record.db")
    keys = KeyRing(directory / "keys.db", [b"k" * 32])
    journal = await Journal.open(store, keys, Signer(ORIGIN, b"s" * 32), clock, ORIGIN, head_every=0.05)
    os.write(1, b"ready\n")
    await asyncio.gather(*(write(journal, f"act_{run}_{i}") for i in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
