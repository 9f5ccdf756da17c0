"""Bringing a store's schema to this version at start, forward only.

Knows: which step a database stands at and which steps this version has.
Refuses to know: what the steps do; and to touch a database that a newer version wrote.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from visavis_core.store.faults import SchemaNewer

__all__ = ["current_step", "upgrade"]

_MIGRATIONS = Path(__file__).parent / "migrations"


def current_step(connection: Connection) -> str | None:
    """The step the database stands at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection) -> str:
    """Run the missing steps in the caller's transaction; returns the step reached. SchemaNewer changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    found = current_step(connection)
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise SchemaNewer(found)
    command.upgrade(config, "head")
    return script.get_current_head() or ""
