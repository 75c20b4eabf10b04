"""`wants`: which golden records a system gets, has brought up to date, and keeps."""

from __future__ import annotations

import pytest

from ltc.app.engine.scope import Wants
from ltc.core.mapping import condition
from tests.app.engine.hubs import SmallHub

IN_COLOGNE = condition("customer.billing_address.city == 'Köln'", "customer")


@pytest.fixture
def choosy(hub: SmallHub) -> SmallHub:
    """An ERP that is to have customers of Cologne only."""
    hub.wants = {"right.Customer": Wants(create=IN_COLOGNE, keep=IN_COLOGNE)}
    hub.go_live()
    for name, city in (("Ada", "Köln"), ("Bea", "Bonn")):
        hub.left.put("Customer", {"Name": name, "City": city, "Status": "active"})
    hub.sync()
    return hub


def erp(hub: SmallHub) -> dict[str, str]:
    """Say which customers the ERP has, in what state."""
    return {row["Name"]: row["Status"] for row in hub.right.rows["Customer"].values()}


def move(hub: SmallHub, city: str, **more: str) -> int:
    """Let Ada move, sync until all is quiet, and count the writes."""
    hub.left.put("Customer", {"City": city, **more}, "LC0001")
    return sum(hub.sync()["totals"]["writes"] for _ in range(3))


def test_only_what_is_wanted_is_made(choosy: SmallHub) -> None:
    assert erp(choosy) == {"ADA": "active"}


def test_what_is_no_longer_wanted_goes_as_the_policy_says_and_only_there(choosy: SmallHub) -> None:
    assert move(choosy, "Bonn") == 1
    assert erp(choosy) == {"ADA": "inactive"}
    assert choosy.left.rows["Customer"]["LC0001"]["Status"] == "active"
    assert move(choosy, "Bonn", Phone="0221 1") == 0


def test_what_is_wanted_again_comes_back(choosy: SmallHub) -> None:
    move(choosy, "Bonn")
    assert move(choosy, "Köln", Phone="0221 1") == 1
    assert erp(choosy) == {"ADA": "active"}
    assert choosy.right.rows["Customer"]["RC0001"]["Phone"] == choosy.left.rows["Customer"]["LC0001"]["Phone"]
    assert move(choosy, "Bonn") == 1
    assert erp(choosy) == {"ADA": "inactive"}


def test_a_policy_to_delete_deletes_and_makes_it_not_again(choosy: SmallHub) -> None:
    choosy.deletes = "delete"
    move(choosy, "Bonn")
    assert erp(choosy) == {}
    assert choosy.left.rows["Customer"]["LC0001"]["City"] == "Bonn"


def test_a_policy_to_ignore_leaves_it_and_keeps_it_up_to_date(choosy: SmallHub) -> None:
    choosy.deletes = "ignore"
    move(choosy, "Bonn")
    assert [(row["Name"], row["City"], row["Status"]) for row in choosy.right.rows["Customer"].values()] == [
        ("ADA", "BONN", "active")
    ]
