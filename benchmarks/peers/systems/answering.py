"""The HTTP side of the Python shims: a POST in, a text out, on a loop or a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

__all__ = ["serve"]

MAX_BODY = 65_536


async def serve(port: int, answer: Callable[[list[str], str], Awaitable[str]]) -> None:
    """`answer(path parts, body)`; runs until cancelled."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
        body = (await reader.readexactly(min(int(lengths[0]), MAX_BODY))).decode() if lengths else ""
        try:
            status, text = "200 OK", await answer(head.split()[1].strip("/").split("/"), body)
        except Exception as error:  # noqa: BLE001 told to the load, which gives up this system
            status, text = "500 Failed", repr(error)
        data = text.encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    async with server:
        await server.serve_forever()
