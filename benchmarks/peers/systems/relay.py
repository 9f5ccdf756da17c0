"""aiortc's MediaRelay, what Python services use today: decode once, encode for each viewer."""

from __future__ import annotations

import asyncio
import importlib.metadata
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from benchmarks.peers.systems.answering import serve

relay = MediaRelay()
rooms: dict[str, list[object]] = {}
links: list[RTCPeerConnection] = []


async def take(parts: list[str], offer: str) -> str:
    if parts[0] == "version":
        return f"aiortc {importlib.metadata.version('aiortc')}, av {importlib.metadata.version('av')}"
    link = RTCPeerConnection()
    links.append(link)
    if parts[0] == "publish":
        tracks = rooms[parts[1]] = []
        link.on("track", tracks.append)
        await link.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    else:
        await link.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for track in rooms[parts[1]]:
            link.addTrack(relay.subscribe(track, buffered=False))  # type: ignore[arg-type] # tracks, as aiortc gave them
    await link.setLocalDescription(await link.createAnswer())
    return link.localDescription.sdp


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), take))
