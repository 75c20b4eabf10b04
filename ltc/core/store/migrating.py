"""Migrations, run in code from the installed package; Alembic is slow to import, so that only who migrates loads this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from ltc.core import resources
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the database's tables up to this version of the hub, or to one on the way; two that start at once take turns."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('ltc.migrate'))")
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as fault:
        message = f"The store was written by another version of the hub: {fault}."
        raise Misconfigured(message, remedy="Use that version, or a backup.", code="store.newer") from None


def head() -> str:
    """Name the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def revisions() -> list[str]:
    """Name all revisions, the oldest first."""
    return [found.revision for found in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions()))]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.migrations()).replace("%", "%%"))
    return config
