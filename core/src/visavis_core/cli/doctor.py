"""`doctor`: what would fail, before it fails.

Knows: each check as a row of one table: its name, what it found, its verdict and the way out.
Refuses to know: how to mend anything by itself; it changes nothing but one temporary file.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from visavis_sdk.text import Text

from visavis_core.cli.words import language, say
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.holdings import key_files, open_keys, store_url
from visavis_core.moments import moment, read_clock
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.quarantine import RequiredPluginMissing, Standing
from visavis_core.store.engines import MINIMUM_SQLITE, check_sqlite, sqlite_file

__all__ = ["CHECKS", "Examined", "examine", "run_checks"]

SLOW_SYNC_SECONDS = 0.010
LYING_SYNC_SECONDS = 0.000_02  # no disk is that quick: something answers before it has written
LEAST_FREE_BYTES = 2 * 1024**3
SYNCS = 20
CLOCK_EPOCH = "2026-01-01T00:00:00.000000Z"  # before this the clock was never set


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """`verdict` is `good`, `warning` or `bad`; only `bad` makes the exit code 1."""

    what: Text
    verdict: str
    found: str
    way_out: Text = Text(fr="", en="")


Check = Callable[[Deployment], Iterable[Examined]]


def check_database(deployment: Deployment) -> Iterable[Examined]:
    what = Text(fr="SQLite", en="SQLite")
    if sqlite_file(store_url(deployment)) is None:
        yield Examined(what=what, verdict="good", found=store_url(deployment).drivername)
        return
    import pysqlite3.dbapi2 as sqlite

    try:
        check_sqlite()
    except Exception as error:  # noqa: BLE001 -- a check reports what it meets, whatever it is
        wanted = ".".join(map(str, MINIMUM_SQLITE))
        yield Examined(
            what=what,
            verdict="bad",
            found=sqlite.sqlite_version,
            way_out=Text(fr=f"Il faut {wanted} ou plus récent.", en=f"{wanted} or later is needed.")
            if not hasattr(error, "message")
            else error.message,
        )
    else:
        yield Examined(what=what, verdict="good", found=sqlite.sqlite_version)


def check_disk(deployment: Deployment) -> Iterable[Examined]:
    folder = _existing(deployment.path(deployment.store.blobs))
    free = shutil.disk_usage(folder).free
    yield Examined(
        what=Text(fr="Place libre", en="Free space"),
        verdict="good" if free >= LEAST_FREE_BYTES else "bad",
        found=f"{free / 1024**3:.1f} GiB",
        way_out=Text(fr=f"Libérez de la place sur {folder}.", en=f"Make room on {folder}."),
    )
    if not os.access(folder, os.W_OK):
        yield Examined(
            what=Text(fr="Écriture", en="Writing"),
            verdict="bad",
            found=str(folder),
            way_out=Text(fr="Donnez le droit d’écrire à ce compte.", en="Let this account write there."),
        )
        return
    seconds = sync_seconds(folder)
    slow, lying = seconds > SLOW_SYNC_SECONDS, seconds < LYING_SYNC_SECONDS
    yield Examined(
        what=Text(fr="Durée d’un fsync", en="Time of an fsync"),
        verdict="warning" if slow or lying else "good",
        found=f"{seconds * 1000:.2f} ms",
        way_out=Text(fr="Ce disque répond avant d’avoir écrit.", en="This disk answers before it has written.")
        if lying
        else Text(fr="Ce disque est lent ; préférez un SSD.", en="This disk is slow; prefer an SSD."),
    )


def check_keys(deployment: Deployment) -> Iterable[Examined]:
    what = Text(fr="Clés", en="Keys")
    folder = key_files(deployment).site.parent
    if not key_files(deployment).site.exists():
        yield Examined(
            what=what,
            verdict="warning",
            found=str(folder),
            way_out=Text(
                fr="Elles seront créées au premier démarrage ; sauvegardez-les à part.",
                en="They will be made at the first start; back them up separately.",
            ),
        )
        return
    try:
        open_keys(deployment, create=False).ring.close()
    except Exception as error:  # noqa: BLE001 -- a check reports what it meets, whatever it is
        words = getattr(error, "message", None)
        yield Examined(
            what=what,
            verdict="bad",
            found=type(error).__name__,
            way_out=words if isinstance(words, Text) else Text(fr=str(folder), en=str(folder)),
        )
    else:
        yield Examined(what=what, verdict="good", found=str(folder))


def check_clock(_deployment: Deployment) -> Iterable[Examined]:
    now = read_clock()
    yield Examined(
        what=Text(fr="Horloge", en="Clock"),
        verdict="good" if moment(now) > moment(CLOCK_EPOCH) else "bad",
        found=now,
        way_out=Text(fr="Réglez l’horloge et gardez-la à l’heure (NTP).", en="Set the clock and keep it set (NTP)."),
    )


def check_plugins(deployment: Deployment) -> Iterable[Examined]:
    try:
        states = load_plugins(
            deployment.plugins, languages=deployment.site.languages, jurisdictions=deployment.site.jurisdictions
        ).states
    except RequiredPluginMissing as missing:
        states = missing.states
    for state in states:
        if state.standing is Standing.NOT_ENABLED:
            continue
        good = state.standing is Standing.LOADED
        yield Examined(
            what=Text(fr=f"Plugin {state.id}", en=f"Plugin {state.id}"),
            verdict="good" if good else "bad" if state.required else "warning",
            found=state.message.in_language(language()),
            way_out=Text(fr="Voir « visavis plugins list ».", en="See “visavis plugins list”."),
        )


def check_ports(deployment: Deployment) -> Iterable[Examined]:
    wanted = (
        (Text(fr="Port web", en="Web port"), deployment.web.host, deployment.web.port, socket.SOCK_STREAM),
        (Text(fr="Port média", en="Media port"), deployment.media.host, deployment.media.port, socket.SOCK_DGRAM),
    )
    for what, host, port, kind in wanted:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                # A running visavis holds its own ports: worth saying, not a fault.
                yield Examined(
                    what=what,
                    verdict="warning",
                    found=f"{host}:{port} {error.strerror}",
                    way_out=Text(
                        fr="Un autre programme l’occupe, ou visavis tourne déjà.",
                        en="Another program holds it, or visavis is already running.",
                    ),
                )
            else:
                yield Examined(what=what, verdict="good", found=f"{host}:{port}")


def check_address(deployment: Deployment) -> Iterable[Examined]:
    yield Examined(
        what=Text(fr="Adresse publique", en="Public address"),
        verdict="good" if deployment.secure else "bad",
        found=deployment.site.public_url,
        way_out=Text(
            fr="Hors de localhost, les navigateurs ne donnent caméra et micro qu’en https.",
            en="Away from localhost, browsers give camera and microphone over https only.",
        ),
    )


CHECKS: tuple[Check, ...] = (
    check_database,
    check_disk,
    check_keys,
    check_clock,
    check_plugins,
    check_ports,
    check_address,
)


def run_checks(deployment: Deployment) -> tuple[Examined, ...]:
    return tuple(found for check in CHECKS for found in check(deployment))


def examine(config: Path) -> None:
    found = run_checks(load_deployment(config))
    table = Table(show_edge=False, pad_edge=False, show_header=False)
    marks = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[bold red]✗[/]"}
    for row in found:
        way_out = "" if row.verdict == "good" else row.way_out.in_language(language())
        table.add_row(marks[row.verdict], row.what.in_language(language()), row.found, way_out)
    console = Console()
    console.print(table)
    if any(row.verdict == "bad" for row in found):
        raise typer.Exit(1)
    console.print(say("Rien n’empêche de servir.", "Nothing keeps this from serving."), style="green")


def sync_seconds(folder: Path) -> float:
    """Median time of appending 4 KiB and making it durable, in seconds."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".visavis-doctor-") as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times)


def _existing(path: Path) -> Path:
    """The nearest folder that exists."""
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())
