"""What no forwarder in Python can avoid, and nothing else: receive, open, seal per viewer, send.

One blocking thread on one socket, keys agreed beforehand, no header read, nothing kept or counted, no RTCP.
A viewer's or publisher's first datagram is its token, so that its address is known.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable

from visavis_media import aiortc_seam
from visavis_media.srtp import Workspace

from benchmarks.peers.peer import shared_key_session
from benchmarks.peers.systems.answering import serve

Seal = tuple[Callable[[int], int], tuple[str, int]]
workspace = Workspace()
channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
awaited: dict[bytes, tuple[list[str], bytes]] = {}
routes: dict[tuple[str, int], tuple[Callable[[int], int], list[Seal]]] = {}
rooms: dict[str, list[Seal]] = {}


def forward() -> None:
    incoming, outgoing, view, into = workspace.incoming, workspace.outgoing, workspace.outgoing_view, workspace.incoming
    receive, send = channel.recvfrom_into, channel.sendto
    while True:
        size, address = receive(into)
        if not 127 < incoming[0] < 192:
            meet(bytes(incoming[:size]), address)
            continue
        route = routes.get(address)
        if route is None or 192 <= incoming[1] <= 223:
            continue
        opened = route[0](size)
        if opened <= 0:
            continue
        for seal, viewer in route[1]:
            outgoing[:opened] = incoming[:opened]
            send(view[: seal(opened)], viewer)


def meet(token: bytes, address: tuple[str, int]) -> None:
    known = awaited.pop(token, None)
    if known is None:
        return
    parts, key = known
    viewers = rooms.setdefault(parts[1], [])
    if parts[0] == "publish":
        opening = aiortc_seam.make_crypto(shared_key_session(key, "inbound"), "srtp_unprotect", workspace.incoming)
        routes[address] = (opening, viewers)
    else:
        sealing = aiortc_seam.make_crypto(shared_key_session(key, "outbound"), "srtp_protect", workspace.outgoing)
        viewers.append((sealing, address))


async def take(parts: list[str], _offer: str) -> str:
    if parts[0] == "version":
        return "the least a Python forwarder does"
    token, key = b"\x01" + secrets.token_bytes(15), secrets.token_bytes(28)
    awaited[token] = (parts, key)
    host, port = channel.getsockname()
    return f"a=candidate:1 1 udp 1 {host} {port} typ host\na=floor-key:{key.hex()}\na=floor-token:{token.hex()}\n"


if __name__ == "__main__":
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        channel.setsockopt(socket.SOL_SOCKET, option, 4 * 1024 * 1024)
    channel.bind((os.environ["HOST"], 0))
    threading.Thread(target=forward, daemon=True).start()
    asyncio.run(serve(int(sys.argv[1]), take))
