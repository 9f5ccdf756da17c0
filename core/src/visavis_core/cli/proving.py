"""`trace verify`: the record's proofs on the command line.

Knows: which store and key a deployment has, how progress and a verdict are shown, and the exit codes.
Refuses to know: how anything is proved (`trace`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from visavis_sdk.text import Text

from visavis_core.cli.words import fail, language, say
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.holdings import key_files, open_keys, store_url
from visavis_core.identity.second_factor import KeyUnreadable
from visavis_core.moments import read_clock
from visavis_core.store.faults import StoreFault
from visavis_core.trace.faults import TraceFault
from visavis_core.trace.findings import Report
from visavis_core.trace.kept_head import KeptHead
from visavis_core.trace.verify import verify_export, verify_store
from visavis_core.trace.verify_contents import Contents, verify_contents

__all__ = ["verify_trace"]

MOST_SHOWN = 20


def verify_trace(export: Path | None, config: Path, *, vkey: str, known: tuple[Path, ...]) -> None:
    """Exit 0 when everything is proved, 1 when something is wrong, 2 when it could not look; the first finding is the
    first line."""
    contents: Contents | None = None
    with _looking():
        if export is not None and not export.is_file():
            raise fail(Text(fr=f"Aucun fichier {export}.", en=f"There is no file {export}."), 2)
        vkey = vkey or _own_vkey(config)
        heads = tuple(path.read_text(encoding="utf-8") for path in known)
        if export is not None:
            report = verify_export(export, vkey)
        else:
            deployment = load_deployment(config)
            report = _verify_store(deployment, vkey, heads)
            if report.ok:
                contents = _verify_contents(deployment)
                report = msgspec.structs.replace(report, findings=contents.findings)
    _tell(report, contents)
    if not report.ok:
        raise typer.Exit(1)


@contextlib.contextmanager
def _looking() -> Iterator[None]:
    """What keeps it from looking (no key, no file, a database that is down) must not read as a record that is wrong."""
    try:
        yield
    except (StoreFault, TraceFault, KeyUnreadable) as fault:
        raise fail(fault.message, 2) from None
    except UnicodeDecodeError:
        raise fail(say("Une tête signée n’est pas du texte.", "A signed head is not text."), 2) from None
    except OSError as error:
        raise fail(f"{error.filename}: {error.strerror}", 2) from None


def _own_vkey(config: Path) -> str:
    if not config.exists():
        raise fail(
            Text(
                fr=f"Il faut une clé pour vérifier : donnez --vkey, ou --config ({config} n’existe pas).",
                en=f"A key is needed to verify: give --vkey, or --config (there is no {config}).",
            ),
            2,
        )
    keys = open_keys(load_deployment(config), create=False)
    keys.ring.close()
    return keys.signer.vkey


def _verify_store(deployment: Deployment, vkey: str, heads: tuple[str, ...]) -> Report:
    with _progress() as progress:
        task = progress.add_task(say("Vérification", "Verifying"), total=None)
        url = store_url(deployment).render_as_string(hide_password=False)
        kept = KeptHead(key_files(deployment).head).read()  # first: then a running server cannot put it ahead
        return verify_store(
            url,
            vkey,
            known=heads,
            kept=kept,
            now=read_clock(),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _verify_contents(deployment: Deployment) -> Contents:
    """Of a record that holds; before that, what its events refer to means nothing."""
    keys = open_keys(deployment, create=False)
    try:
        with _progress() as progress:
            task = progress.add_task(say("Images et documents", "Pictures and documents"), total=None)
            return verify_contents(
                store_url(deployment).render_as_string(hide_password=False),
                keys.ring,
                deployment.path(deployment.store.blobs),
                lambda done, total: progress.update(task, completed=done, total=total),
            )
    finally:
        keys.ring.close()


def _progress() -> Progress:
    return Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _tell(report: Report, contents: Contents | None) -> None:
    console = Console()
    for finding in report.findings[:MOST_SHOWN]:
        console.print(finding.in_language(language()), style="bold red", highlight=False)
    looked = say(
        f"{report.events} événements, {report.acts} actes, {report.heads} têtes signées.",
        f"{report.events} events, {report.acts} acts, {report.heads} signed heads.",
    )
    console.print(looked, highlight=False)
    if contents is not None:
        console.print(
            say(
                f"{contents.looked} images et documents relus, {contents.erased} effacés sur décision.",
                f"{contents.looked} pictures and documents read again, {contents.erased} erased by decision.",
            ),
            highlight=False,
        )
    if report.unsigned:
        console.print(
            say(
                f"{report.unsigned} événements récents attendent leur tête signée.",
                f"{report.unsigned} recent events await their signed head.",
            ),
            style="yellow",
        )
    if not report.ok:
        return
    if report.unsigned:
        # Without a head, who can write in the store can have written all of it.
        console.print(say("Tout ce qui est signé est prouvé.", "All that is signed is proved."), style="bold yellow")
    else:
        console.print(say("Tout est prouvé.", "Everything is proved."), style="bold green")
