"""What people see in SAP, and what the checker's picture makes of its rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from ltc.app.sandbox.doors import Bill, OrderItem, Receipt, Shipment
from ltc.app.sandbox.picture import Document, Line, Party
from ltc.app.sandbox.sap_people import SapPeople
from ltc.core.simulation import Simulator

ROWS: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {"KUNNR": "0000000007", "NAME1": "MUELLER GMBH", "PSTLZ": "50667", "STCD1": "", "STCEG": "DE136695976", "HUB_KEY": "K1"}
    ],
    "orders": [
        {
            "VBELN": "0000000011",
            "KUNNR": "0000000007",
            "BSTNK": "Retrofit – D0001",
            "WAERK": "KWD",
            "NETWR": Decimal("3.006"),
            "HUB_KEY": "abc",
            "items": [
                {
                    "POSNR": "000010",
                    "MATNR": "000000000000100200",
                    "KWMENG": Decimal(2),
                    "LFIMG": Decimal(2),
                    "NETWR": Decimal("3.006"),
                    "ABGRU": "",
                },
                {
                    "POSNR": "000020",
                    "MATNR": "LTC-7",
                    "KWMENG": Decimal(1),
                    "LFIMG": Decimal(0),
                    "NETWR": Decimal(9),
                    "ABGRU": "01",
                },
            ],
        }
    ],
    "deliveries": [{"VBELN": "0080000001", "VGBEL": "0000000011", "KUNNR": "0000000007", "billed": True}],
    "billing": [
        {
            "VBELN": "0090000001",
            "FKART": "F2",
            "KUNRG": "0000000007",
            "WAERK": "KWD",
            "NETWR": Decimal("3.006"),
            "MWSBK": Decimal("0.301"),
            "VGBEL": "0000000011",
            "ZTERM": "NT30",
            "open": Decimal(0),
            "cancelled": False,
            "credited": True,
        },
        {
            "VBELN": "0090000002",
            "FKART": "G2",
            "KUNRG": "0000000007",
            "WAERK": "KWD",
            "NETWR": Decimal("1.503"),
            "MWSBK": Decimal("0.150"),
            "VGBEL": "0000000011",
            "invoice": "0090000001",
            "ZTERM": "NT30",
            "open": Decimal(0),
            "cancelled": False,
            "credited": False,
        },
    ],
    "payments": [
        {
            "BELNR": "1400000001",
            "KUNNR": "0000000007",
            "WAERS": "KWD",
            "WRBTR": Decimal("3.307"),
            "reversed": False,
            "clears": {"0090000001": Decimal("3.307")},
        }
    ],
}


class Told:
    """A simulator that only tells its rows."""

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return ROWS[kind]


def test_people_see_what_is_to_do() -> None:
    people = SapPeople(cast("Simulator", Told()))
    assert people.items() == [
        OrderItem("0000000011", "000010", "Retrofit – D0001", "0000000007", "100200", Decimal(2), Decimal(2))
    ]
    assert people.shipments() == [Shipment("0080000001", "0000000011", "Retrofit – D0001", billed=True)]
    assert people.bills() == [
        Bill("0090000001", "Retrofit – D0001", "0000000007", "KWD", Decimal("3.307"), Decimal(0), credited=True)
    ]
    assert people.receipts() == [Receipt("1400000001", ("Retrofit – D0001",), reversed=False)]


def test_the_picture_of_sap() -> None:
    side = SapPeople(cast("Simulator", Told())).side()
    assert side.customers == {"0000000007": Party("0000000007", "MUELLER GMBH", "50667", frozenset({"DE136695976"}), "K1")}
    order = side.orders[0]
    assert (order.number, order.net, order.done, order.lines) == (
        "11",
        Decimal("3.006"),
        True,
        (Line("100200", Decimal(2), Decimal("3.006")),),
    )
    assert side.invoices == (
        Document(
            "0090000001",
            "90000001",
            "0000000007",
            "KWD",
            Decimal("3.307"),
            Decimal("3.006"),
            sources=("11",),
            terms="NT30",
            left=Decimal(0),
            done=True,
        ),
    )
    assert [note.number for note in side.credit_notes] == ["90000002"]
    assert side.payments[0].sources == ("90000001",)
    assert side.deliveries[0].sources == ("11",)
