"""`ltc doctor` says whether the store's tables are those of this version, and leaves them as they are."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ltc.app.config import open_hub
from ltc.core.store import Store
from ltc.core.store import store as module
from ltc.core.store.migrating import upgrade


def database(hub):
    (found,) = [one for one in hub.ltc("doctor", "--json").json["checks"] if one["name"] == "database"]
    return found


def test_tables_of_another_version_are_told_and_left(hub):
    assert database(hub)["message"] == "sqlite; no tables yet"
    store = Store(open_hub(hub.dir).database_url().get_secret_value())
    with store.engine.begin() as connection:
        upgrade(connection, "0003")
    behind = database(hub)
    assert (behind["ok"], behind["message"]) == (
        False,
        f"sqlite; its tables are at 0003, and this version's are at {module.HEAD}",
    )
    assert "Back up" in behind["remedy"]
    assert store.revision() == "0003"
    store.migrate()
    assert database(hub)["ok"]
    with store.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert database(hub)["remedy"] == "Install the version that wrote it."
    store.close()


@pytest.mark.parametrize("words", [("check",), ("doctor",)])
def test_looking_makes_no_tables(hub, words):
    hub.ltc(*words)
    store = Store(open_hub(hub.dir).database_url().get_secret_value())
    assert store.revision() == ""
    store.close()
