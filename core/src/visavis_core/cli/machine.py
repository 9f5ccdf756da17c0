"""What a machine must be to serve visavis, whatever is deployed on it.

Knows: each check as a function that says what it found; none needs a configuration, and none changes anything.
Refuses to know: a deployment (`doctor`), and browsers: they are on other machines.
"""

from __future__ import annotations

import locale
import os
import resource
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import msgspec
import pysqlite3.dbapi2 as sqlite
from visavis_sdk.text import Text

from visavis_core.moments import moment, read_clock
from visavis_core.store.engines import MINIMUM_SQLITE, check_sqlite
from visavis_core.store.faults import StoreRefused

__all__ = ["Examined", "examine_machine", "media_addresses"]

LEAST_PYTHON = (3, 11)
LEAST_FILES = 4_096  # every socket, picture and database connection is one
LEAST_TEMPORARY_BYTES = 512 * 1024**2
CLOCK_EPOCH = "2026-01-01T00:00:00.000000Z"  # before this the clock was never set
WEB_PORT = 8080
SOON_SECONDS = 2.0


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """`verdict` is `good`, `warning` or `bad`; only `bad` makes the exit code 1."""

    what: Text
    verdict: str
    found: str
    way_out: Text = Text(fr="", en="")


def examine_machine() -> tuple[Examined, ...]:
    return (
        check_python(),
        check_sqlite_version(),
        check_temporary(),
        check_clock(),
        check_files(),
        check_udp(),
        check_web_port(),
        check_locale(),
    )


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Examined:
    return Examined(
        what=Text(fr="Python", en="Python"),
        verdict="good" if version >= LEAST_PYTHON else "bad",
        found=".".join(map(str, version)),
        way_out=Text(fr="Il faut Python 3.11 ou plus récent.", en="Python 3.11 or later is needed."),
    )


def check_sqlite_version(version: tuple[int, ...] = sqlite.sqlite_version_info) -> Examined:
    what, found = Text(fr="SQLite", en="SQLite"), ".".join(map(str, version))
    try:
        check_sqlite(version)
    except StoreRefused as refused:
        return Examined(what=what, verdict="bad", found=found, way_out=refused.message)
    return Examined(what=what, verdict="good", found=f"{found} (≥ {'.'.join(map(str, MINIMUM_SQLITE))})")


def check_temporary() -> Examined:
    """Documents are printed, and uploads held, in the temporary folder."""
    what = Text(fr="Dossier temporaire", en="Temporary folder")
    try:
        with tempfile.NamedTemporaryFile(prefix="visavis-doctor-") as file:
            file.write(b"0")
            folder = Path(file.name).parent
    except OSError as error:
        return Examined(
            what=what,
            verdict="bad",
            found=error.strerror or type(error).__name__,
            way_out=Text(fr="Donnez un dossier où écrire avec TMPDIR.", en="Give a folder to write in with TMPDIR."),
        )
    free = shutil.disk_usage(folder).free
    return Examined(
        what=what,
        verdict="good" if free >= LEAST_TEMPORARY_BYTES else "warning",
        found=f"{folder}, {free / 1024**3:.1f} GiB",
        way_out=Text(fr="Libérez-y de la place, ou changez TMPDIR.", en="Make room there, or change TMPDIR."),
    )


def check_clock() -> Examined:
    now = read_clock()
    return Examined(
        what=Text(fr="Horloge", en="Clock"),
        verdict="good" if moment(now) > moment(CLOCK_EPOCH) else "bad",
        found=now,
        way_out=Text(fr="Réglez l’horloge et gardez-la à l’heure (NTP).", en="Set the clock and keep it set (NTP)."),
    )


def check_files() -> Examined:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft == resource.RLIM_INFINITY or soft >= LEAST_FILES
    return Examined(
        what=Text(fr="Fichiers ouverts", en="Open files"),
        verdict="good" if enough else "warning",
        found=f"{soft} ({hard})",
        way_out=Text(
            fr="Relevez LimitNOFILE (systemd) ou « ulimit -n ».", en="Raise LimitNOFILE (systemd) or “ulimit -n”."
        ),
    )


def check_udp() -> Examined:
    """A datagram sent from one socket of this machine to another: media is nothing else."""
    what = Text(fr="UDP", en="UDP")
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        ):
            one.bind(("127.0.0.1", 0))
            one.settimeout(SOON_SECONDS)
            other.sendto(b"visavis", one.getsockname())
            arrived = one.recv(16) == b"visavis"
    except OSError as error:
        found, arrived = error.strerror or type(error).__name__, False
    else:
        found = "127.0.0.1"
    return Examined(
        what=what,
        verdict="good" if arrived else "bad",
        found=found,
        way_out=Text(
            fr="Le système ou un pare-feu refuse l’UDP : sans lui, ni image ni son.",
            en="The system or a firewall refuses UDP: without it there is neither picture nor sound.",
        ),
    )


def check_web_port(port: int = WEB_PORT) -> Examined:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            found, free = f"127.0.0.1:{port} {error.strerror}", False
        else:
            found, free = f"127.0.0.1:{port}", True
    return Examined(
        what=Text(fr="Port habituel", en="Usual port"),
        verdict="good" if free else "warning",
        found=found,
        way_out=Text(
            fr="Un autre programme l’occupe, ou visavis tourne déjà.",
            en="Another program holds it, or visavis is already running.",
        ),
    )


def check_locale() -> Examined:
    encoding = (getattr(sys.stdout, "encoding", "") or locale.getpreferredencoding(False)).lower()
    return Examined(
        what=Text(fr="Langue du terminal", en="Terminal’s language"),
        verdict="good" if encoding.replace("-", "") == "utf8" else "warning",
        found=" ".join(filter(None, (os.environ.get("LC_ALL") or os.environ.get("LANG", ""), encoding))),
        way_out=Text(
            fr="Mettez LANG=C.UTF-8, sinon les accents se perdent.", en="Set LANG=C.UTF-8, else accents are lost."
        ),
    )


def media_addresses(chosen: tuple[str, ...] | None, *, loopback: bool) -> Examined:
    """Where browsers would send picture and sound. `chosen` is what a deployment says; None = the machine's own."""
    # Imported here: reading the interfaces takes the media package, which the other checks do without.
    from visavis_media.aiortc_seam import host_addresses

    found = chosen if chosen is not None else tuple(host_addresses())
    return Examined(
        what=Text(fr="Adresse pour le média", en="Address for media"),
        verdict="good" if found else "warning" if loopback else "bad",
        found=", ".join(found) or "-",
        way_out=Text(
            fr="Aucune adresse que d’autres machines puissent joindre : donnez [media] advertised.",
            en="No address other machines could reach: give [media] advertised.",
        ),
    )
