"""The sandbox's org has fields of its own, and the demo's hub knows them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.app.sandbox.hub import open_hub
from ltc.app.sandbox.names import SEGMENTS
from ltc.app.sandbox.service import up
from ltc.core.store import tables as t


def test_custom_fields_reach_the_golden_record(tmp_path: Path) -> None:
    sandbox = up(7, 0.01)
    hub = open_hub(tmp_path / "hub", sandbox)
    org = sandbox.simulators["salesforce"]
    assert isinstance(org, SalesforceSimulator)
    rows = {row["Id"]: row for row in org.rows("Account")}
    assert {row["Segment__c"] for row in rows.values()} <= {*SEGMENTS, None}
    told = next(row for row in rows.values() if row["Segment__c"] and row["Customer_Since__c"])
    hub.sync()
    engine = hub._engine
    assert [one for one in hub.exceptions() if one["field"].startswith("custom")] == []
    with engine.store.reading() as tx:
        (leaves,) = tx.execute(
            select(t.golden.c.leaves)
            .join(t.record, t.record.c.hub_id == t.golden.c.hub_id)
            .where(t.record.c.ext_id == told["Id"])
        ).one()
    assert f'"custom.segment":"{told["Segment__c"]}"' in leaves
    assert f'"custom.customer_since":"{told["Customer_Since__c"]}"' in leaves
    hub.close()
    sandbox.stop()
