"""What ten thousand changed accounts cost in calls; SQLite is enough, since the store makes no calls."""

from __future__ import annotations

import pytest

NUMBER = 10_000


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("settings", "writes", "reads_back"),
    [("    bulk_threshold: 1000000\n", 60, 10), ("    bulk_threshold: 2000\n", 0, 15)],
    ids=["collections", "bulk"],
)
def test_ten_thousand_changed_accounts(connect, settings, writes, reads_back):
    orgs = connect(settings=settings)
    for number in range(NUMBER):
        account = {"Name": f"Firma {number}", "DunsNumber": f"{number:09d}"}
        for org in (orgs.west, orgs.east):
            org.insert("Account", account, "seed")
    orgs.sync()
    orgs.live()
    assert orgs.sync()["totals"]["writes"] == 0
    orgs.clock.advance(7200)
    for key in [row["Id"] for row in orgs.west.rows("Account")]:
        orgs.west.update("Account", key, {"Phone": "+49 221 1"}, "seed")
    orgs.clock.advance(7200)
    for org in (orgs.west, orgs.east):
        org.calls.clear()
    report = orgs.engine.sync(systems=["west", "east"], entities=["customer"])
    assert report["totals"]["updated"] == NUMBER
    assert orgs.west.calls["read"] <= 6
    assert orgs.east.calls["write"] <= writes
    assert orgs.east.calls["read"] + orgs.east.calls["bulk"] <= reads_back
