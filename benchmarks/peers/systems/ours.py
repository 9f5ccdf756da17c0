"""visavis as it is deployed: the control process and one media worker, behind the two addresses every shim has."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import sys

import uvloop
from visavis_media.control import MediaControl
from visavis_media.settings import MediaSettings

from benchmarks.peers.systems.answering import serve

SPARE_SECONDS = 20


async def main(port: int) -> None:
    control = await MediaControl.start(MediaSettings(host=os.environ["HOST"]))

    async def take(parts: list[str], offer: str) -> str:
        if parts[0] == "version":
            return f"visavis-media {importlib.metadata.version('visavis-media')}"
        room = parts[1]
        if parts[0] == "publish":
            await control.open_session(room)
            return (await control.publish(room, f"{room}-camera", offer)).sdp
        return (await control.subscribe(room, f"{room}-camera", f"{room}-{parts[2]}", offer)).sdp

    # The spare that takes over from a crashed worker starts a second later: part of the start, not of a session.
    async with asyncio.timeout(SPARE_SECONDS):
        while not control.has_spare:  # noqa: ASYNC110 another process is waited for
            await asyncio.sleep(0.05)
    try:
        await serve(port, take)
    finally:
        await control.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
