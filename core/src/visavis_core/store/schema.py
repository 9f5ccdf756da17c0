"""Bringing a store's schema to this version at start, forward only.

Knows: which step a database stands at and which steps this version has.
Refuses to know: what the steps do; and to touch a database that a newer version wrote.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from visavis_sdk.text import Text

from visavis_core.store.faults import SchemaNewer, StoreRefused

__all__ = ["HEAD", "current_step", "require_current", "upgrade"]

# Also written in the newest step, and a test holds the two together: reading the steps from their files takes Alembic,
# half a second of every start, for a store that nearly always stands here already.
HEAD = "0003_identity_changes"

_MIGRATIONS = Path(__file__).parent / "migrations"
_KEPT_IN = "alembic_version"  # Alembic's own table


def current_step(connection: Connection) -> str | None:
    """The step the database stands at; None when it is empty."""
    if not inspect(connection).has_table(_KEPT_IN):
        return None
    step: str | None = connection.execute(text(f"SELECT version_num FROM {_KEPT_IN}")).scalar()  # noqa: S608 -- a constant
    return step


def upgrade(connection: Connection) -> str:
    """Run the missing steps in the caller's transaction; returns the step reached. SchemaNewer changes nothing."""
    found = current_step(connection)
    if found == HEAD:
        return HEAD
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise SchemaNewer(found)
    command.upgrade(config, "head")
    return script.get_current_head() or ""


def require_current(connection: Connection) -> None:
    """For who works beside a server: the schema is its business, and only this very version is understood."""
    found = current_step(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:  # steps are numbered
        raise SchemaNewer(found)
    raise StoreRefused(
        Text(
            fr="Cette base est d’une version plus ancienne : arrêtez le serveur, puis « visavis db upgrade ».",
            en="This store is of an older version: stop the server, then run “visavis db upgrade”.",
        )
    )
