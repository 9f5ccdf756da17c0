"""SIGTERM lets live calls end first; whoever asks twice does not wait."""

from __future__ import annotations

import asyncio

import uvicorn
from visavis_core.cli.serving import Server


def server_of(drain_may_end: asyncio.Event) -> Server:
    async def drain() -> None:
        await drain_may_end.wait()

    return Server(uvicorn.Config("nothing:app"), drain)


async def test_a_server_told_to_end_waits_for_its_calls_and_then_ends() -> None:
    over = asyncio.Event()
    server = server_of(over)
    server.end_gently()
    await asyncio.sleep(0)
    assert not server.should_exit
    over.set()
    async with asyncio.timeout(10):
        while not server.should_exit:  # noqa: ASYNC110 uvicorn polls this flag too; there is no event to wait for
            await asyncio.sleep(0.01)


async def test_asked_twice_it_ends_at_once() -> None:
    server = server_of(asyncio.Event())
    server.end_gently()
    await asyncio.sleep(0)
    server.end_gently()
    assert server.should_exit
    task = server._draining
    assert task is not None
    task.cancel()
    await asyncio.wait([task])


async def test_a_drain_that_fails_ends_the_server_all_the_same() -> None:
    async def drain() -> None:
        raise RuntimeError("the media core is gone")

    server = Server(uvicorn.Config("nothing:app"), drain)
    server.end_gently()
    task = server._draining
    assert task is not None
    await asyncio.wait([task])
    assert server.should_exit
    assert isinstance(task.exception(), RuntimeError)
