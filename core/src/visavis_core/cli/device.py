"""`device publish`: this machine's camera, microphone, screen or file into a session, with a live meter.

Knows: what is typed, where the token comes from, and how a meter looks in a terminal.
Refuses to know: encoding and networks (`visavis_media.publish`).
"""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from rich.console import Console
from rich.live import Live
from rich.table import Table
from visavis_media.bridge_encoding import PROFILES
from visavis_media.bridge_source import BadSource, parse_source
from visavis_media.publish import Bridge, BridgeSettings, Meter, PublishRefused
from visavis_sdk.text import Text

from visavis_core.cli.words import say
from visavis_core.identity.device_tokens import DeviceClaims, read_claims

__all__ = ["PROFILE_NAMES", "CannotPublish", "publish_device"]

PROFILE_NAMES = tuple(PROFILES)
METER_SECONDS = 0.5
QUIET_SECONDS = 10.0  # between two lines where nobody watches a terminal
TOKEN_VARIABLE = "VISAVIS_DEVICE_TOKEN"  # noqa: S105 the name of a variable, not a token


class CannotPublish(RuntimeError):  # noqa: N818 -- named as what happened
    """What was typed cannot be done; `message` says why and what to do."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.message = Text(fr=fr, en=en)


def publish_device(
    source: str,
    server: str,
    *,
    profile: str,
    codec: str,
    width: int,
    height: int,
    rate: int,
    token_file: Path | None,
    once: bool,
) -> None:
    token = read_token(token_file)
    claims = read_claims(token)
    if claims is None:
        raise CannotPublish(
            "Ce jeton n’est pas un jeton d’appareil. Copiez-le à nouveau depuis la page « Connecter un appareil ».",
            "This is not a device token. Copy it again from the page “Connect a device”.",
        )
    try:
        spec = parse_source(source, width=width, height=height, rate=rate, again=not once)
    except BadSource as bad:
        raise CannotPublish(
            f"Source inconnue : {bad}. Par exemple v4l2:/dev/video0, alsa:hw:1, screen:, rtsp://…, file:essai.mp4.",
            f"Unknown source: {bad}. For example v4l2:/dev/video0, alsa:hw:1, screen:, rtsp://…, file:trial.mp4.",
        ) from None
    settings = BridgeSettings(
        endpoint=endpoint_of(server, claims), token=token, source=spec, profile=PROFILES[profile], codec=codec
    )
    asyncio.run(run(settings, claims))


def read_token(path: Path | None) -> str:
    """From a file, the environment or a question; never an argument, which every process of the machine can read."""
    if path is not None:
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise CannotPublish(f"Le fichier {path} ne peut pas être lu.", f"The file {path} cannot be read.") from None
    given = os.environ.get(TOKEN_VARIABLE, "")
    return (given or getpass.getpass(say("Jeton de l’appareil : ", "Device token: "))).strip()


def endpoint_of(server: str, claims: DeviceClaims) -> str:
    address = urlsplit(server)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise CannotPublish(
            f"{server} n’est pas une adresse de serveur. Par exemple https://visavis.exemple.org.",
            f"{server} is not a server’s address. For example https://visavis.example.org.",
        )
    act, source = quote(claims.act, safe=""), quote(claims.source, safe="")
    return f"{address.scheme}://{address.netloc}/media/{act}/whip?source={source}"


async def run(settings: BridgeSettings, claims: DeviceClaims) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    bridge = Bridge(settings)
    showing = loop.create_task(show(bridge.meter, claims))
    try:
        await bridge.run(stop)
    except PublishRefused as refused:
        raise explain(refused) from None
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


def explain(refused: PublishRefused) -> CannotPublish:
    if refused.status == 401:
        return CannotPublish(
            "Ce jeton n’est plus valable. Demandez-en un autre depuis la page « Connecter un appareil ».",
            "This token is no longer good. Ask for another one on the page “Connect a device”.",
        )
    if refused.code == "source_stuck":
        return CannotPublish(
            "L’appareil ne répond plus. Débranchez-le, rebranchez-le, puis relancez.",
            "The device no longer answers. Unplug it, plug it in again, then start again.",
        )
    return CannotPublish(
        f"Le serveur refuse cet appareil ({refused.status} {refused.code}).",
        f"The server refuses this device ({refused.status} {refused.code}).",
    )


async def show(meter: Meter, claims: DeviceClaims) -> None:
    console = Console(stderr=True)
    if not console.is_terminal:
        while True:
            print(line_of(meter), file=sys.stderr, flush=True)
            await asyncio.sleep(QUIET_SECONDS)
    before = (meter.frames, meter.octets, time.monotonic())
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            await asyncio.sleep(METER_SECONDS)
            now = time.monotonic()
            passed = now - before[2]
            frames, octets = (meter.frames - before[0]) / passed, (meter.octets - before[1]) / passed
            before = (meter.frames, meter.octets, now)
            live.update(table_of(meter, claims, frames, octets * 8), refresh=True)


STATES = {
    "connecting": ("liaison en cours", "connecting"),
    "connected": ("relié", "connected"),
    "lost": ("perdu, nouvel essai", "lost, trying again"),
    "opening": ("ouverture", "opening"),
    "running": ("en marche", "running"),
}


# What hinders it now, by the code the bridge or the server gives; it goes on trying.
TROUBLES = {
    "FileNotFoundError": ("l’appareil ou le fichier est introuvable", "the device or the file is not there"),
    "PermissionError": ("l’accès à l’appareil est refusé", "access to the device is refused"),
    "ValueError": ("il n’y a pas d’image ou de son utilisable", "there is no picture or sound to use"),
    "unreachable": ("le serveur ne répond pas", "the server does not answer"),
    "link_lost": ("la liaison s’est tue", "the link went silent"),
    "handshake_failed": ("la liaison n’a pas pu être protégée", "the link could not be secured"),
    "not_allowed": ("pas permis maintenant dans cet acte", "not allowed in this act now"),
    "no_live_session": ("la session n’est pas ouverte", "the session is not open"),
    "media_unavailable": ("le serveur redémarre ses médias", "the server is restarting its media"),
}


def table_of(meter: Meter, claims: DeviceClaims, frames: float, bits: float) -> Table:
    table = Table.grid(padding=(0, 2))
    rows = [
        (claims.source, say(f"jusqu’à {claims.expires_at[11:16]} UTC", f"until {claims.expires_at[11:16]} UTC")),
        (say("Appareil", "Device"), say(*STATES[meter.source])),
        (say("Serveur", "Server"), say(*STATES[meter.link])),
        (say("Débit", "Rate"), f"{bits / 1000:.0f} kb/s · {frames:.0f}/s"),
    ]
    if meter.width:
        rows.append((say("Image", "Picture"), f"{meter.width} x {meter.height}"))
    if meter.level is not None:
        bar = "█" * max(0, min(30, round((meter.level + 60) / 2)))
        rows.append((say("Niveau", "Level"), f"{bar} {meter.level:.0f} dBFS"))
    rows.append((say("Aller-retour", "Round trip"), f"{meter.round_trip * 1000:.0f} ms"))
    rows.append((say("Perdus, renvoyés", "Dropped, resent"), f"{meter.dropped}, {meter.repaired}"))
    if meter.trouble:
        rows.append((say("Ennui", "Trouble"), say(*TROUBLES.get(meter.trouble, (meter.trouble, meter.trouble)))))
    for name, value in rows:
        table.add_row(name, value)
    return table


def line_of(meter: Meter) -> str:
    """One line for a log: numbers and states, nothing of what is filmed."""
    return (
        f"link={meter.link} source={meter.source} frames={meter.frames} kilobytes={meter.octets // 1000}"
        f" dropped={meter.dropped} links={meter.links_opened} trouble={meter.trouble or 'none'}"
    )
