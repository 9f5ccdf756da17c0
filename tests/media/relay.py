"""A real coturn for one test: its own ports, its own certificate, credentials that expire.

Knows: turnserver's options. Refuses to know: who uses it. Without turnserver the test is skipped, by name.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import pathlib
import shutil
import socket
from collections.abc import AsyncIterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from visavis_media.aiortc_seam import host_addresses

__all__ = ["SECRET", "Relay", "make_certificate", "relay"]

SECRET = "invented-for-the-test"
STARTED_SECONDS = 20.0


class Relay:
    """`port` for UDP and TCP, `tls_port` for TLS over TCP."""

    def __init__(self, host: str, port: int, tls_port: int, log: pathlib.Path) -> None:
        self.host = host
        self.port = port
        self.tls_port = tls_port
        self.log = log

    def url(self, transport: str) -> str:
        """`transport`: udp, tcp or tls."""
        if transport == "tls":
            return f"turns:{self.host}:{self.tls_port}?transport=tcp"
        return f"turn:{self.host}:{self.port}?transport={transport}"


def make_certificate(folder: pathlib.Path, host: str) -> tuple[pathlib.Path, pathlib.Path]:
    """A self-made certificate on P-256, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def free_port(host: str) -> int:
    """A port number free for UDP and TCP alike."""
    for _ in range(20):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as stream:
            datagrams.bind((host, 0))
            port = int(datagrams.getsockname()[1])
            try:
                stream.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


@pytest.fixture
async def relay(tmp_path: pathlib.Path) -> AsyncIterator[Relay]:
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("coturn's turnserver is not installed")
    host = host_addresses()[0]
    certificate, key = await asyncio.to_thread(make_certificate, tmp_path, host)
    found = Relay(host, free_port(host), free_port(host), tmp_path / "turnserver.log")
    lines = [
        "use-auth-secret",
        f"static-auth-secret={SECRET}",
        "realm=visavis.test",
        f"listening-ip={host}",
        f"relay-ip={host}",
        f"listening-port={found.port}",
        f"tls-listening-port={found.tls_port}",
        "no-dtls",
        "no-cli",
        "no-rfc5780",
        f"cert={certificate}",
        f"pkey={key}",
        f"userdb={tmp_path / 'turn.sqlite'}",
        f"pidfile={tmp_path / 'turn.pid'}",
        "relay-threads=1",
        "log-file=stdout",
        "simple-log",
    ]
    settings = tmp_path / "turnserver.conf"
    await asyncio.to_thread(settings.write_text, "\n".join(lines) + "\n")
    with found.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "-c", str(settings), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        async with asyncio.timeout(STARTED_SECONDS):
            while not (answers(host, found.port) and answers(host, found.tls_port)):
                assert process.returncode is None, found.log.read_text(errors="replace")[-2_000:]
                await asyncio.sleep(0.1)
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
