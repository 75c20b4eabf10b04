"""The short ways of new records lead to the same store as the long ones: whatever comes, and however it changes afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Table, select

from ltc.core.mapping import Mapping
from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from ltc.core.store.references import lay_down_many, referring
from mdm.survivorship import Policy
from tests.app.engine.hubs import SmallHub

Act = tuple[str, str, dict[str, Any]]

NAMES = st.sampled_from(["Acme", "Müller & Söhne", "李四"])
PARENTS = st.sampled_from(["LC0001", "LC0009"])
CUSTOMERS = st.fixed_dictionaries(
    {"Name": NAMES, "Status": st.just("active")},
    optional={"Tax": st.sampled_from(["DE1", "DE2"]), "Postal": st.just("50667"), "Parent": PARENTS},
)
ROWS = st.lists(st.fixed_dictionaries({"No": st.sampled_from("123"), "Product": st.just("LP0001")}), max_size=3)
ORDERS = st.fixed_dictionaries(
    {"Name": NAMES, "Status": st.sampled_from(["draft", "submitted", "wrong"]), "Customer": PARENTS}, optional={"Items": ROWS}
)
PRODUCTS = st.fixed_dictionaries({"Name": NAMES, "Number": st.sampled_from(["1", "2"])})
ACTS = st.one_of(
    st.tuples(st.just("Customer"), st.sampled_from(["", "LC0001", "RC0001"]), CUSTOMERS),
    st.tuples(st.just("Order"), st.sampled_from(["", "LO0001"]), ORDERS),
    st.tuples(st.just("Product"), st.just(""), PRODUCTS),
)


@contextmanager
def long_ways() -> Iterator[None]:
    """Read every record in its nested form, and merge every golden record leaf by leaf."""
    with ExitStack() as stack:
        stack.enter_context(patch("ltc.app.engine.merge.is_sole", lambda *_: False))
        stack.enter_context(patch.object(Mapping, "leaves", lambda *_: None))
        yield


def outcome(empty: Path, policy: Policy, rounds: list[list[Act]]) -> dict[str, Any]:
    """Live through some rounds, each with a sync at its end, and give all that the store then holds."""
    with TemporaryDirectory() as folder:
        shutil.copy(empty, f"{folder}/hub.db")
        store = Store(f"sqlite:///{folder}/hub.db")
        hub = SmallHub(store, VirtualClock(datetime(2026, 3, 2, 8, tzinfo=UTC)), Path(folder), policy)
        for number, acts in enumerate(rounds):
            for obj, ext_id, row in acts:
                world = hub.right if ext_id.startswith("R") else hub.left
                world.put(obj, row, ext_id)
            hub.sync() if number else hub.go_live()
        with store.reading() as tx:
            held = {
                table.name: sorted(repr(row).replace(folder, "") for row in tx.execute(select(*_columns(table))))
                for table in t.metadata.sorted_tables
                if table.name not in {"lease", "call"}
            }
        store.close()
        return held | {"left": hub.left.rows, "right": hub.right.rows}


def _columns(table: Table) -> list[Column[Any]]:
    """Name what counts in a table: rows that come in another order have other numbers."""
    return [column for column in table.c if column.name != "id"]


@settings(max_examples=8, deadline=None)
@given(rounds=st.lists(st.lists(ACTS, max_size=6), min_size=1, max_size=2))
def test_the_short_ways_lead_to_the_same_store(sqlite: Path, policy: Policy, rounds: list[list[Act]]) -> None:
    short = outcome(sqlite, policy, rounds)
    with long_ways():
        assert outcome(sqlite, policy, rounds) == short


def test_the_short_ways_are_taken(hub: SmallHub) -> None:
    taken: list[str] = []
    told: Callable[..., Any] = Mapping.leaves

    def leaves(mapping: Mapping, raw: Any) -> Any:
        found = told(mapping, raw)
        taken.append("straight" if found else "nested")
        return found

    hub.left.put("Product", {"Name": "One", "Number": "1"})
    with patch.object(Mapping, "leaves", leaves), patch("ltc.app.engine.merge.pack", side_effect=AssertionError("leaf by leaf")):
        hub.sync()
    assert taken == ["straight"]
    with hub.store.reading() as tx:
        assert tx.scalar(select(t.golden.c.label)) == "1"


def test_fresh_references_are_laid_down_as_records_come_in(hub: SmallHub) -> None:
    customer = hub.left.put("Customer", {"Name": "Acme", "Status": "active"})
    hub.left.put("Order", {"Name": "One", "Status": "draft", "Customer": customer})
    with (
        patch("ltc.app.engine.pipeline.COUNTED", 0),
        patch("ltc.app.engine.pipeline.lay_down_many", partial(lay_down_many, most=0)),
    ):
        hub.sync()
    with hub.store.reading() as tx:
        owner = tx.scalar(select(t.golden.c.hub_id).where(t.golden.c.entity == "customer"))
        order = tx.scalar(select(t.golden.c.hub_id).where(t.golden.c.entity == "order"))
        assert tx.execute(select(t.fresh_reference)).all() == []
        assert tx.execute(select(t.reference)).all() == [(owner, order, "customer")]
        assert referring(tx, [owner]) == {(owner, order, "customer")}
