"""`doctor`: what would fail, before it fails.

Knows: each check as a row of one table: its name, what it found, its verdict and the way out.
Refuses to know: how to mend anything by itself; it changes nothing but one temporary file.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from visavis_sdk.text import Text

from visavis_core.cli.machine import Examined, examine_machine, media_addresses
from visavis_core.cli.words import language, say
from visavis_core.deployment import Deployment, DeploymentError, load_deployment
from visavis_core.holdings import key_files, open_keys, store_url
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.quarantine import RequiredPluginMissing, Standing
from visavis_core.store.engines import sqlite_file

__all__ = ["CHECKS", "examine", "run_checks"]

SLOW_SYNC_SECONDS = 0.010
LYING_SYNC_SECONDS = 0.000_02  # no disk is that quick: something answers before it has written
LEAST_FREE_BYTES = 2 * 1024**3
SYNCS = 20

Check = Callable[[Deployment], Iterable[Examined]]


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


def check_plugins(deployment: Deployment) -> Iterable[Examined]:
    judged: set[str] = set()
    try:
        loaded = load_plugins(
            deployment.plugins, languages=deployment.site.languages, jurisdictions=deployment.site.jurisdictions
        )
        states, judged = loaded.states, {duty.jurisdiction for duty in loaded.catalogue.obligations}
    except RequiredPluginMissing as missing:
        states = missing.states
    for name in deployment.site.jurisdictions:
        if name not in judged:
            yield Examined(
                what=Text(fr=f"Juridiction {name}", en=f"Jurisdiction {name}"),
                verdict="bad",
                found=say("aucune obligation", "no duty"),
                way_out=Text(
                    fr=f'Installez le plugin qui l’apporte et nommez-le : [[plugins]] id = "{name}".',
                    en=f'Install the plugin that brings it and name it: [[plugins]] id = "{name}".',
                ),
            )
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


def check_database(deployment: Deployment) -> Iterable[Examined]:
    if sqlite_file(store_url(deployment)) is None:
        yield Examined(what=Text(fr="Base", en="Store"), verdict="good", found=store_url(deployment).drivername)


def check_addresses(deployment: Deployment) -> Iterable[Examined]:
    """Where a browser will send media: what is advertised, or this machine's own addresses."""
    media = deployment.media
    chosen = media.advertised or ((media.host,) if not ipaddress.ip_address(media.host).is_unspecified else ())
    yield media_addresses(tuple(chosen) if chosen else None, loopback=media.loopback)


CHECKS: tuple[Check, ...] = (
    check_database,
    check_disk,
    check_keys,
    check_plugins,
    check_ports,
    check_addresses,
    check_address,
)


def run_checks(deployment: Deployment) -> tuple[Examined, ...]:
    return tuple(found for check in CHECKS for found in check(deployment))


def examine(config: Path, *, named: bool = True) -> None:
    """The machine first, whatever the file says of the deployment. `named`: somebody asked for this very file."""
    found = examine_machine()
    hindrance: DeploymentError | None = None
    if named or config.exists():
        try:
            found += run_checks(load_deployment(config))
        except DeploymentError as error:
            hindrance = error
    else:
        found += (media_addresses(None, loopback=False),)
    _show(found)
    if hindrance is not None:
        raise hindrance
    if any(row.verdict == "bad" for row in found):
        raise typer.Exit(1)
    if named or config.exists():
        words = say("Rien n’empêche de servir.", "Nothing keeps this from serving.")
    else:
        words = say(
            f"Cette machine convient. Pas de {config} ici : le déploiement n’a pas été examiné.",
            f"This machine will do. There is no {config} here: no deployment was examined.",
        )
    Console().print(words, style="green", highlight=False)


def _show(found: Iterable[Examined]) -> None:
    table = Table(show_edge=False, pad_edge=False, show_header=False)
    marks = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[bold red]✗[/]"}
    for row in found:
        way_out = "" if row.verdict == "good" else row.way_out.in_language(language())
        table.add_row(marks[row.verdict], row.what.in_language(language()), escape(row.found), escape(way_out))
    Console().print(table)


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
