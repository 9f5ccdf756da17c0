"""The small house behind a real server in a thread of its own, for real WebSockets and real browsers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn


class Served:
    """`run(coroutine)` runs on the server's own loop, where the house lives."""

    def __init__(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.port = port
        self.loop = loop
        self.house: Any = None
        self.server: uvicorn.Server | None = None
        self.stop: Callable[[], None] = lambda: None
        self.start: Callable[[], None] = lambda: None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, work: Coroutine[Any, Any, Any], seconds: float = 20) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)


@contextlib.contextmanager
def serving(
    open_house: Callable[[], Coroutine[Any, Any, Any]],
    app_of: Callable[[Any], Any],
    close_house: Callable[[Any], Coroutine[Any, Any, None]],
) -> Iterator[Served]:
    """A loop in a thread, a house on it, and a server that can be stopped and started again on the same port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    served = Served(free_port(), loop)
    served.house = served.run(open_house())
    serving_tasks: list[asyncio.Future[Any]] = []

    async def start() -> None:
        config = uvicorn.Config(
            app_of(served.house), port=served.port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        served.server = uvicorn.Server(config)
        # `_serve` rather than `serve`: a thread cannot take signals.
        serving_tasks.append(asyncio.ensure_future(served.server._serve()))
        while not served.server.started:  # noqa: ASYNC110 -- uvicorn gives a flag, not an event
            await asyncio.sleep(0.01)

    async def stop() -> None:
        """The server goes; the house is renewed from its journal before the next start."""
        assert served.server is not None
        served.server.should_exit = True
        await asyncio.gather(*serving_tasks)
        serving_tasks.clear()

    served.start = lambda: served.run(start())
    served.stop = lambda: served.run(stop())
    served.start()
    try:
        yield served
    finally:
        served.stop()
        served.run(close_house(served.house))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
