"""A store with a deal in it: an account, an opportunity, an order and its delivery, in two systems."""

from __future__ import annotations

import json

import pytest

from ltc.core.store import tables as t

AT = "2026-03-02T08:00:0{}.000000Z"
ACCOUNT, DEAL, ORDER, DELIVERY, OTHER, OLD = (f"{number:032x}" for number in range(1, 7))


def at(second):
    return AT.format(second)


@pytest.fixture
def scopes(store):
    """The numbers of the scopes, by system and object."""
    rows = [
        ("salesforce", "Account", "customer"), ("salesforce", "Opportunity", "opportunity"), ("sap", "customer", "customer"),
        ("sap", "order", "order"), ("sap", "delivery", "delivery"), ("hub", "order", "order"),
    ]  # fmt: skip
    with store.transaction() as tx:
        return {row[:2]: tx.insert_one(t.scope, dict(zip(("system", "object", "entity"), row, strict=True))) for row in rows}


@pytest.fixture
def deal(store, scopes):
    """The deal, linked and referred to."""
    goldens = [
        (ACCOUNT, "customer", "Acme", None), (DEAL, "opportunity", "Big deal", None), (ORDER, "order", "A-1", None),
        (DELIVERY, "delivery", "80001", None), (OTHER, "opportunity", "Small deal", None), (OLD, "customer", "Acme Inc", ACCOUNT),
    ]  # fmt: skip
    records = [
        ("salesforce", "Account", "001A", ACCOUNT), ("sap", "customer", "0000004711", ACCOUNT),
        ("salesforce", "Opportunity", "006A", DEAL), ("sap", "order", "0000000815", ORDER),
        ("sap", "delivery", "80001", DELIVERY),
        ("salesforce", "Opportunity", "006B", OTHER), ("salesforce", "Account", "001B", None),
    ]  # fmt: skip
    references = [
        (DEAL, "customer", ACCOUNT), (OTHER, "customer", ACCOUNT), (ORDER, "customer", ACCOUNT), (ORDER, "opportunity", DEAL),
        (DELIVERY, "order", ORDER),
    ]  # fmt: skip
    columns = ("hub_id", "entity", "label", "merged_into", "state", "version", "leaves", "provenance", "created_at", "updated_at")

    def leaves_of(hub_id):
        return json.dumps({leaf: target for source, leaf, target in references if source == hub_id})

    with store.transaction() as tx:
        tx.insert(
            t.golden,
            columns,
            [(*row, "merged" if row[3] else "live", 1, leaves_of(row[0]), "{}", at(0), at(0)) for row in goldens],
        )
        tx.insert(
            t.record,
            (
                "scope_id",
                "ext_id",
                "hub_id",
                "version",
                "raw",
                "raw_hash",
                "mapping_fp",
                "leaves",
                "state",
                "first_seen",
                "last_changed",
            ),
            [
                (scopes[system, obj], ext_id, hub_id, "", b"{}", "", "", "{}", "live", at(0), at(0))
                for system, obj, ext_id, hub_id in records
            ],
        )
        tx.insert(t.reference, ("hub_id", "leaf", "target"), references)
        tx.insert(t.identifier, ("entity", "kind", "value", "hub_id"), [("customer", "duns", "150483782", ACCOUNT)])
    return scopes
