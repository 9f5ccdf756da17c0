"""A stranger as a process: everything it can think of, at a fixed rate, from changing ports, until its input closes.

Run as `python sprayer.py <source host> <host> <port> <rate>`; prints how many it sent, in how many seconds.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import socket
import sys
import time

PORTS = 8
STEP = 0.005


def shapes(chance: random.Random) -> list[bytes]:
    """STUN, DTLS, RTP, RTCP and noise; right, damaged and empty."""
    stun = b"\x00\x01\x00\x08\x21\x12\xa4\x42" + chance.randbytes(12) + b"\x80\x28\x00\x04" + chance.randbytes(4)
    named = b"\x00\x06\x00\x09nobody:me\x00\x00\x00"
    check = b"\x00\x01" + len(named).to_bytes(2) + b"\x21\x12\xa4\x42" + chance.randbytes(12) + named
    hello = b"\x16\xfe\xff" + bytes(8) + b"\x00\x40\x01\x00\x00\x34" + chance.randbytes(58)
    media = b"\x80\x6f" + chance.randbytes(10 + 160)
    report = b"\x81\xc9\x00\x07" + chance.randbytes(28)
    return [stun, check, hello, media, report, chance.randbytes(chance.randrange(1, 1_400)), b"", b"\x00", b"\x80"]


def main() -> None:
    source, host, port, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(7)
    channels = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(PORTS)]
    for channel in channels:
        channel.bind((source, 0))
        channel.setblocking(False)
    pool = [shape for _ in range(200) for shape in shapes(chance)]
    started, sent = time.monotonic(), 0
    print("ready", flush=True)  # noqa: T201 a program of its own
    while not select.select([0], [], [], STEP)[0] or os.read(0, 1):
        due = int((time.monotonic() - started) * rate)  # open loop: what was late is made up for
        while sent < due:
            with contextlib.suppress(OSError):
                channels[sent % PORTS].sendto(pool[sent % len(pool)], (host, port))
            sent += 1
    print(sent, time.monotonic() - started, flush=True)  # noqa: T201 same


if __name__ == "__main__":
    main()
