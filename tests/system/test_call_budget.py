"""What changed accounts cost in calls: ten thousand in the slow suite, a fifth of them always.

SQLite is enough, since the store makes no calls.
"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("number", "threshold", "reading", "writes", "others"),
    [
        pytest.param(2_000, 1_000_000, 2, 12, 4, id="collections"),
        pytest.param(2_000, 1_000, 2, 0, 15, id="bulk"),
        pytest.param(10_000, 1_000_000, 6, 60, 10, id="ten thousand by collections", marks=pytest.mark.slow),
        pytest.param(10_000, 2_000, 6, 0, 15, id="ten thousand by bulk", marks=pytest.mark.slow),
    ],
)
def test_changed_accounts(connect, number, threshold, reading, writes, others):
    orgs = connect(settings=f"    bulk_threshold: {threshold}\n")
    for count in range(number):
        account = {"Name": f"Firma {count}", "DunsNumber": f"{100_000_000 + count}"}
        for org in (orgs.west, orgs.east):
            org.insert("Account", account, "seed")
    orgs.sync()
    orgs.live()
    assert orgs.sync()["totals"]["writes"] == 0
    orgs.clock.advance(7200)
    orgs.sync()
    for key in [row["Id"] for row in orgs.west.rows("Account")]:
        orgs.west.update("Account", key, {"Phone": "+49 221 1"}, "seed")
    orgs.clock.advance(7200)
    for org in (orgs.west, orgs.east):
        org.calls.clear()
    report = orgs.engine.sync(systems=["west", "east"], entities=["customer"])
    assert report["totals"]["updated"] == number
    assert orgs.west.calls["query"] <= reading
    assert orgs.east.calls["write"] <= writes
    assert orgs.east.calls["fetch"] + orgs.east.calls["bulk"] <= others
