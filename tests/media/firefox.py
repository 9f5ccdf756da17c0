"""Firefox, driven by the little of WebDriver BiDi that a test needs: open a page, evaluate in it, end.

Knows: how Firefox is started with invented devices and spoken to over its own WebSocket. Refuses to know: pages.
Playwright brings a Firefox of its own making; this is the one that clinics have (ESR).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import websockets

__all__ = ["Firefox", "firefox"]

STARTED_SECONDS = 60.0
PREFERENCES = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.gmp-manager.updateEnabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
}


class Firefox:
    def __init__(self, line: Any) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._context = ""

    async def open(self, address: str) -> None:
        await self._command("session.new", {"capabilities": {}})
        created = await self._command("browsingContext.create", {"type": "tab"})
        self._context = created["context"]
        await self._command("browsingContext.navigate", {"context": self._context, "url": address, "wait": "complete"})

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited; it must be something that JSON can hold."""
        answer = await self._command(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
                "target": {"context": self._context},
                "awaitPromise": True,
            },
        )
        if answer["type"] != "success":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    async def _command(self, method: str, parameters: dict[str, Any]) -> Any:
        number = next(self._numbers)
        await self._line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        async with asyncio.timeout(60):
            while True:
                message = json.loads(await self._line.recv())
                if message.get("id") != number:
                    continue  # an event, or the answer to a command that was given up
                if message["type"] == "error":
                    raise AssertionError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_profile(folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
async def firefox(tmp_path: pathlib.Path) -> AsyncIterator[Firefox]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("Firefox is not installed")
    port = free_port()
    profile = await asyncio.to_thread(make_profile, tmp_path / "firefox")
    process = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--no-remote", "--profile", str(profile), f"--remote-debugging-port={port}"),
        "about:blank",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(tmp_path), "MOZ_CRASHREPORTER_DISABLE": "1"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(STARTED_SECONDS):
            while (line := await reach(port)) is None:
                assert process.returncode is None, "Firefox ended before it could be spoken to"
                await asyncio.sleep(0.2)
        async with line:
            yield Firefox(line)
    finally:
        # Its own process group: Firefox leaves its content processes behind when only the first is killed.
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def reach(port: int) -> Any:
    try:
        return await websockets.connect(f"ws://127.0.0.1:{port}/session", max_size=None, proxy=None, ping_interval=None)
    except (OSError, websockets.exceptions.WebSocketException):
        return None
