"""The harness's server: it is waited for, killed without warning, and comes back where it was."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.harness.server import NotReadyError, Server

# A stand-in that counts its starts in its folder, so that a restart is seen to find what was there.
STAND_IN = """
import http.server, pathlib, sys
port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
counter = folder / "starts"
counter.write_text(str(int(counter.read_text()) + 1 if counter.exists() else 1))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(counter.read_bytes())
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def stand_in(port: int, folder: pathlib.Path) -> list[str]:
    return [sys.executable, "-c", STAND_IN, str(port), str(folder)]


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[Server]:
    server = Server(tmp_path / "server", stand_in)
    yield server
    server.end()


async def starts(server: Server) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(server.address)).text


async def test_a_killed_server_comes_back_at_the_same_address_with_its_folder(server: Server) -> None:
    await server.start()
    address, first = server.address, server.process_id
    assert await starts(server) == "1"
    server.kill()
    assert not server.is_running
    with pytest.raises(httpx.ConnectError):
        await starts(server)
    await server.start()
    assert server.address == address
    assert server.process_id != first
    assert await starts(server) == "2"
    assert await server.stop() != 0  # the stand-in has no manners; the real one ends with 0


async def test_a_server_that_fails_to_start_says_why(tmp_path: pathlib.Path) -> None:
    server = Server(tmp_path, lambda _port, _folder: [sys.executable, "-c", "raise SystemExit('no such key: secret')"])
    with pytest.raises(NotReadyError, match="no such key: secret"):
        await server.start()
    with pytest.raises(NotReadyError, match="not running"):
        server.kill()


async def test_nothing_is_left_running(server: Server) -> None:
    await server.start()
    process = server.process_id
    server.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.e2e
async def test_the_demonstration_comes_back_after_a_kill_and_ends_well(demo_server: Server) -> None:
    demo_server.kill()
    await demo_server.start()
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        assert (await client.get(demo_server.address)).status_code == 200
    assert await demo_server.stop() == 0
