"""A session that ends as soon as it was renewed costs one more attempt per sync; a wrong secret costs none."""

from __future__ import annotations

import pytest

from ltc.core.errors import Unauthorised
from tests.app.engine.hubs import SmallHub


@pytest.fixture
def ending(hub: SmallHub) -> SmallHub:
    """Two live systems, with a customer for the ERP that is still to be read."""
    hub.go_live()
    hub.left.put("Customer", {"Name": "Ada", "Status": "active"})
    return hub


def refuse(hub: SmallHub, call: str, times: int, *, renewed: bool) -> list[str]:
    """Let one kind of call end in a refused session so often; give the list that tells of each."""
    told: list[str] = []

    def during(here: str) -> None:
        if here == call and len(told) < times:
            told.append(here)
            refusal = Unauthorised("Session expired or invalid.")
            refusal.renewed = renewed
            raise refusal

    hub.left.during = hub.right.during = during
    return told


@pytest.mark.parametrize("call", ["read", "write"])
def test_a_session_that_ends_twice_is_survived(ending: SmallHub, call: str) -> None:
    refuse(ending, call, 1, renewed=True)
    report = ending.sync()
    assert {run["status"] for run in report["runs"]} == {"done"}
    assert [row["Name"] for row in ending.right.rows["Customer"].values()] == ["ADA"]
    assert [effect[0] for effect in ending.right.effects] == ["create"]


@pytest.mark.parametrize("call", ["read", "write"])
def test_a_session_that_always_ends_fails_the_run(ending: SmallHub, call: str) -> None:
    told = refuse(ending, call, 1000, renewed=True)
    failed = {run["system"] for run in ending.sync()["runs"] if run["status"] == "failed"}
    assert failed == ({"left", "right"} if call == "read" else {"right"})
    assert len(told) == 2 * len(failed)


def test_a_wrong_secret_is_not_tried_again(ending: SmallHub) -> None:
    told = refuse(ending, "read", 1000, renewed=False)
    assert {run["status"] for run in ending.sync()["runs"]} == {"failed"}
    assert len(told) == 2
