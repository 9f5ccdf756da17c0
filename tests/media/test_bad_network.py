"""Between the browsers and the forwarder lies a network that loses packets and changes addresses."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator

import pytest


class BadNetwork:
    """A UDP middlebox: each client gets a port of its own towards the forwarder, as behind a NAT."""

    def __init__(self, host: str, server: tuple[str, int]) -> None:
        self.loss = 0.0
        self._chance = random.Random(5)
        self._server = server
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._front = self._open()
        self._backs: dict[tuple[str, int], socket.socket] = {}
        self.address: tuple[str, int] = self._front.getsockname()
        self._loop.add_reader(self._front, self._from_clients)

    def change_addresses(self) -> None:
        """Every client appears from another port from now on."""
        for client, back in self._backs.items():
            self._leave(back)
            self._backs[client] = self._towards_server(client)

    def close(self) -> None:
        for channel in (self._front, *self._backs.values()):
            self._leave(channel)

    def _open(self) -> socket.socket:
        channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        channel.setblocking(False)
        channel.bind((self._host, 0))
        return channel

    def _towards_server(self, client: tuple[str, int]) -> socket.socket:
        back = self._open()
        self._loop.add_reader(back, lambda: self._pass(back, self._front, client))
        return back

    def _leave(self, channel: socket.socket) -> None:
        self._loop.remove_reader(channel)
        channel.close()

    def _from_clients(self) -> None:
        while True:
            try:
                data, client = self._front.recvfrom(2_048)
            except BlockingIOError:
                return
            if client not in self._backs:
                self._backs[client] = self._towards_server(client)
            self._send(self._backs[client], data, self._server)

    def _pass(self, source: socket.socket, target: socket.socket, address: tuple[str, int]) -> None:
        while True:
            try:
                data = source.recv(2_048)
            except BlockingIOError:
                return
            self._send(target, data, address)

    def _send(self, channel: socket.socket, data: bytes, address: tuple[str, int]) -> None:
        # Checks and handshakes are spared, so that the test is about media and not about patience.
        if 127 < data[0] < 192 and self._chance.random() < self.loss:
            return
        channel.sendto(data, address)


@pytest.fixture
async def network(stage, host: str) -> AsyncIterator[BadNetwork]:
    (server, *_) = stage.control.addresses
    network = BadNetwork(host, server)
    # The browsers are told the middlebox's address instead of the forwarder's.
    stage.detour[f"{server[0]} {server[1]} typ host"] = f"{network.address[0]} {network.address[1]} typ host"
    yield network
    network.close()


async def seen(page, name: str) -> dict[str, float]:
    stats = await page.evaluate("name => window.stats(name)", name)
    return next((one for one in stats if one["type"] == "inbound-rtp" and one["kind"] == "video"), {})


async def until(page, field: str, wanted: float, seconds: float = 20.0) -> dict[str, float]:
    async with asyncio.timeout(seconds):
        while (found := await seen(page, "viewer")).get(field, 0) < wanted:  # noqa: ASYNC110 a browser is asked
            await asyncio.sleep(0.1)
    return found


async def watching(stage):
    nurse, physician = await stage.page(), await stage.page()
    await nurse.evaluate("window.publish('camera', {audio: true, video: {width: 640, height: 480, frameRate: 15}})")
    await physician.evaluate("window.subscribe('viewer', 'camera')")
    await until(physician, "framesDecoded", 10)
    return nurse, physician


async def test_lost_packets_are_sent_again_on_both_ways(stage, network: BadNetwork) -> None:
    """One packet in twenty is lost on each way, and the picture goes on."""
    nurse, physician = await watching(stage)
    network.loss = 0.05
    start = await seen(physician, "viewer")

    found = await until(physician, "retransmittedPacketsReceived", 5, 30)
    found = await until(physician, "framesDecoded", start["framesDecoded"] + 60, 30)

    sent = await nurse.evaluate("window.stats('camera')")
    repeated = sum(int(one.get("retransmittedPacketsSent", 0)) for one in sent if one["type"] == "outbound-rtp")
    assert repeated >= 3, "the forwarder asked the publisher for what it missed"
    assert found["framesDropped"] <= 0.2 * found["framesDecoded"]


async def test_the_picture_comes_back_after_an_address_change(stage, network: BadNetwork) -> None:
    _, physician = await watching(stage)
    network.change_addresses()
    before = await seen(physician, "viewer")
    await until(physician, "framesDecoded", before["framesDecoded"] + 20)
