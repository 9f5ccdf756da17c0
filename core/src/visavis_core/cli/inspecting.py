"""Looks at a deployment without serving it: its plugins, its schema.

Knows: how the states of plugins are shown as a table.
Refuses to know: how they are judged (`plugins.loading`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from visavis_core.cli.words import language, say
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.holdings import store_url
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.quarantine import PluginState, RequiredPluginMissing, Standing
from visavis_core.store.sql import Store

__all__ = ["list_plugins", "upgrade_store"]

_STYLES = {Standing.LOADED: "green", Standing.QUARANTINED: "bold red", Standing.NOT_INSTALLED: "red"}


def list_plugins(config: Path) -> None:
    """Prints the table; exit code 1 when a plugin that was asked for is not loaded."""
    # Without a deployment there is still something to say: what is installed here.
    deployment = load_deployment(config) if config.exists() else Deployment()
    try:
        states = load_plugins(
            deployment.plugins, languages=deployment.site.languages, jurisdictions=deployment.site.jurisdictions
        ).states
    except RequiredPluginMissing as missing:
        states = missing.states
    _show(states)
    if any(state.standing in (Standing.QUARANTINED, Standing.NOT_INSTALLED) for state in states):
        raise typer.Exit(1)


def upgrade_store(config: Path) -> None:
    """Opening for writing upgrades; a schema of a newer version is refused and left alone."""
    deployment = load_deployment(config)

    async def upgrade() -> None:
        store = await Store.open(store_url(deployment))
        await store.close()

    asyncio.run(upgrade())
    Console().print(say("Le schéma est à jour.", "The schema is up to date."))


def _show(states: tuple[PluginState, ...]) -> None:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for heading in ("id", "version", say("état", "state"), say("import", "import"), "sha256"):
        table.add_column(heading, overflow="fold")
    for state in states:
        required = say(" (requis)", " (required)") if state.required else ""
        table.add_row(
            state.id,
            state.version,
            state.message.in_language(language()) + required,
            f"{state.import_ms:.0f} ms" if state.import_ms else "",
            state.sha256,
            style=_STYLES.get(state.standing, "dim"),
        )
    Console().print(table)
