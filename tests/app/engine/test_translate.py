"""What does not fit is parked with its reason, by the schemas of this hub; the rest goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from ltc.app.config import open_hub
from ltc.app.config.new import create_hub
from ltc.app.config.settings import HubSettings
from ltc.app.engine.api import Engine
from ltc.app.engine.stewards import retry
from ltc.core.models import CustomField, with_custom
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub


@pytest.fixture
def tiered(hub: SmallHub) -> SmallHub:
    """A hub whose customers have a tier: gold or silver."""
    hub.schemas["customer"] = with_custom("customer", {"tier": CustomField(type="choice", values=("gold", "silver"))})
    hub.add_line("left", "Customer", "custom.tier: Tier")
    return hub


def test_a_custom_field_is_checked_by_the_hubs_own_schema(tiered: SmallHub) -> None:
    tiered.left.put("Customer", {"Name": "One", "Status": "active", "Tier": "gold"})
    wrong = tiered.left.put("Customer", {"Name": "Two", "Status": "active", "Tier": "tin"})
    tiered.sync()
    assert tiered.exceptions() == [(wrong, "translate", "value.not_choice")]
    with tiered.store.reading() as tx:
        row = tx.execute(select(t.exception.c.field, t.exception.c.mapping_line)).one()
    assert row[0] == "custom.tier"
    assert row[1] > 1


def test_a_record_mended_at_its_source_is_parked_no_more(tiered: SmallHub) -> None:
    wrong = tiered.left.put("Customer", {"Name": "Two", "Status": "active", "Tier": "tin"})
    tiered.sync()
    tiered.left.put("Customer", {"Tier": "silver"}, wrong)
    tiered.sync()
    assert tiered.exceptions() == []


def test_the_engine_takes_the_schemas_from_the_hubs_files(tmp_path: Path) -> None:
    create_hub(tmp_path / "hub", HubSettings(id="acme", title="Acme"))
    (tmp_path / "hub" / "config" / "custom_fields.yaml").write_text("customer:\n  region: text\n", encoding="utf-8")
    engine = Engine(open_hub(tmp_path / "hub", ""))
    assert "custom.region" in engine.context.schemas["customer"].paths
    engine.close()


@pytest.mark.parametrize("key", [None, "", [], {"value": "7"}])
def test_a_record_without_an_id_is_parked_and_the_others_go_on(live: SmallHub, key: object) -> None:
    live.left.put("Customer", {"Name": "One", "Status": "active"})
    nameless = live.left.put("Customer", {"Name": "Two", "Status": "active"})
    live.left.put("Customer", {"Name": "Three", "Status": "active"})
    live.left.rows["Customer"][nameless]["Id"] = key
    report = live.sync()
    assert {run["status"] for run in report["runs"]} == {"done"}
    assert [(found[0], found[1]) for found in live.exceptions()] == [("", "translate")]
    assert sorted(row["Name"] for row in live.right.rows["Customer"].values()) == ["ONE", "THREE"]


def test_a_version_that_is_no_plain_value_is_parked(live: SmallHub) -> None:
    live.left.put("Customer", {"Name": "One", "Status": "active"})
    live.add_line("left", "Customer", "industry: Branch")
    file = live.tmp / "left_Customer.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("version: Mod", "version: Rev"), encoding="utf-8")
    wrong = live.left.put("Customer", {"Name": "Two", "Status": "active", "Rev": {"number": 1}})
    live.sync()
    assert live.exceptions() == [(wrong, "translate", "value.type")]
    assert [row["Name"] for row in live.right.rows["Customer"].values()] == ["ONE"]


def test_a_retry_closes_what_cannot_be_read_by_id(live: SmallHub) -> None:
    nameless = live.left.put("Customer", {"Name": "Two", "Status": "active"})
    live.left.rows["Customer"][nameless]["Id"] = ""
    live.sync()
    with live.store.reading() as tx:
        (number,) = [row[0] for row in tx.execute(select(t.exception.c.id))]
    retry(live.context(), [number], actor="anna")
    assert live.exceptions("resolved") == [("", "translate", "value.no_key")]
