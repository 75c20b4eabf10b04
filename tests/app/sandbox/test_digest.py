"""The digest is blind to order, ids in keys and times, and sees everything else."""

from __future__ import annotations

from ltc.app.sandbox.digest import differences, digest

ONE = {"sap": {"orders": [{"po": "A", "date": "2026-03-02", "net": "10.50"}, {"po": "B", "date": "2026-03-03", "net": "3"}]}}
SAME = {
    "sap": {
        "orders": [{"po": "B", "date": "2026-03-04T10:00:00Z", "net": "3"}, {"po": "A", "date": "2026-03-02", "net": "10.50"}]
    }
}
OTHER = {"sap": {"orders": [{"po": "A", "date": "2026-03-02", "net": "10.51"}, {"po": "B", "date": "2026-03-03", "net": "3"}]}}


def test_order_and_times_do_not_count() -> None:
    assert digest(ONE) == digest(SAME)
    assert differences(ONE, SAME) == []


def test_one_cent_counts() -> None:
    assert digest(ONE) != digest(OTHER)
    assert differences(ONE, OTHER) == [
        '- sap.orders {"net": "10.50", "po": "A"}',
        '+ sap.orders {"net": "10.51", "po": "A"}',
    ]


def test_a_row_more_counts() -> None:
    twice = {"sap": {"orders": [*ONE["sap"]["orders"], ONE["sap"]["orders"][0]]}}
    assert digest(ONE)["sap.orders"].startswith("2 rows")
    assert digest(twice)["sap.orders"].startswith("3 rows")
    assert len(differences(ONE, twice)) == 1
