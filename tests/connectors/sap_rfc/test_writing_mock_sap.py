"""Writing to PyPI's mock-sap, which others wrote: it takes orders and postings, and has its own ways.

It does what a BAPI says at once, without waiting for COMMIT, so that nothing about sessions can be learnt from it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import mocksap
import pytest
import requests

from connectors.erp.sap_rfc.connector import SapRfcConnector
from ltc.core.contract import Finding, Kit, Outcome, Verb, WriteItem
from ltc.core.errors import Rejected
from tests.connectors.sap_rfc.hub import Steps, change, create, key_of

CUSTOMER, MATERIAL = "1000001", "MZ-FG-C100"
LINE = {"POSNR": "10", "MATNR": MATERIAL, "KWMENG": 3, "VRKME": "PC", "NETPR": 5}
ORDER = {"KUNNR": CUSTOMER, "WAERK": "EUR", "BSTNK": "PO 1", "VBAP": [LINE]}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = mocksap.make_server(mocksap.Config(port=0, csrf=False, quiet=True, basic_auth="HUB:secret"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connector(address: str) -> Iterator[SapRfcConnector]:
    settings = {"user": "HUB", "passwd": "secret", "tables": "mock_sap", "order_reference": "BSTNK"}
    made = SapRfcConnector(SapRfcConnector.Settings(base_url=address, **settings), Kit())
    yield made
    made.close()


def write(connector: SapRfcConnector, obj: str, item: WriteItem):
    (result,) = connector.write(obj, [item], Steps())
    return result


def test_an_order_is_created_found_by_its_key_and_read(connector):
    item = create("ORDER", ORDER)
    assert connector.settle("sales_order", [item])[0].finding is Finding.ABSENT
    result = write(connector, "sales_order", item)
    assert (result.outcome, result.error) == (Outcome.CREATED, None)
    (settled,) = connector.settle("sales_order", [item])
    assert (settled.finding, settled.id) == (Finding.DONE, result.id)
    found = connector.decode("sales_order", connector.fetch("sales_order", [result.id], [])[0].body)
    assert (found["BSTNK"], found["KUNNR"], found["AUART"]) == (key_of("ORDER"), CUSTOMER, "TA")
    assert [(row["POSNR"], row["MATNR"], row["KWMENG"]) for row in found["VBAP"]] == [("10", MATERIAL, 3)]


def test_a_payment_is_posted_and_found_by_its_key(connector):
    item = create("PAID", {"KUNNR": CUSTOMER, "WAERS": "EUR", "WRBTR": 5, "BUDAT": "20260302"})
    result = write(connector, "incoming_payment", item)
    assert result.outcome is Outcome.CREATED
    (settled,) = connector.settle("incoming_payment", [item])
    assert (settled.finding, settled.id) == (Finding.DONE, result.id)


@pytest.mark.parametrize(
    ("currency", "lines", "values"),
    [
        ("EUR", [(3, "11.25", 10)], [("3.38", "3.38", "3.000")]),
        ("JPY", [(2, "1500", 1), (7, "99", 1)], [("3000", "1500", "1"), ("693", "99", "1")]),
        ("KWD", [(4, "1.125", 1)], [("4.500", "1.125", "1")]),
    ],
)
def test_an_item_brings_its_value_since_mock_sap_knows_no_prices(connector, currency, lines, values):
    rows = [
        {**LINE, "POSNR": str(10 * place), "KWMENG": quantity, "NETPR": price, "KPEIN": per, "KMEIN": "PC"}
        for place, (quantity, price, per) in enumerate(lines, 1)
    ]
    result = write(connector, "sales_order", create(f"VALUE {currency}", {**ORDER, "WAERK": currency, "VBAP": rows}))
    assert (result.outcome, result.error) == (Outcome.CREATED, None)
    found = connector.decode("sales_order", connector.fetch("sales_order", [result.id], [])[0].body)
    read = [(row["NETWR"], row["NETPR"], row["KPEIN"]) for row in found["VBAP"]]
    assert read == [tuple(map(Decimal, one)) for one in values]
    assert found["NETWR"] == sum(row["NETWR"] for row in found["VBAP"])


def test_what_was_delivered_of_an_order_is_read_from_the_deliveries(connector, address):
    order = write(connector, "sales_order", create("SHIPPED", ORDER)).id
    line = {"REF_DOC": order, "REF_ITEM": "000010", "DLV_QTY": "2"}
    url = f"{address}/sap/bc/rfc/BAPI_OUTB_DELIVERY_CREATE_SLS"
    made = requests.post(url, json={"SALES_ORDER_ITEMS": [line]}, auth=("HUB", "secret"), timeout=10).json()["DELIVERY"]
    found = connector.decode("sales_order", connector.fetch("sales_order", [order], [])[0].body)
    assert (found["LFSTK"], [row["LFMENG"] for row in found["VBAP"]]) == ("B", [2])
    delivery = connector.decode("delivery", connector.fetch("delivery", [made], [])[0].body)
    assert (delivery["VGBEL"], delivery["WBSTK"]) == (order, "C")
    assert [(row["VGPOS"], row["LFIMG"]) for row in delivery["LIPS"]] == [("10", 2)]


PAID = {"KUNNR": CUSTOMER, "WAERS": "KWD", "WRBTR": "1.250", "BUDAT": "20260302"}


@pytest.mark.parametrize(
    ("obj", "fields", "field"),
    [
        ("sales_order", {**ORDER, "VBAP": [{**LINE, "NETPR": 0}]}, "NETPR"),
        ("sales_order", {**ORDER, "VBAP": [{**LINE, "NETPR": None}]}, "NETPR"),
        ("sales_order", {**ORDER, "VBAP": [{**LINE, "KMEIN": "KAR"}]}, "KMEIN"),
        ("incoming_payment", {**PAID, "WRBTR": "1.125"}, "WRBTR"),
        ("incoming_payment", {**PAID, "ITEMS": [{"VBELN": "0090000001", "WRBTR": 1}]}, "ITEMS"),
    ],
)
def test_what_it_would_keep_otherwise_than_told_is_refused_before_it_is_sent(connector, address, obj, fields, field):
    before = counts(address)
    error = write(connector, obj, create("REFUSED", fields)).error
    assert isinstance(error, Rejected)
    assert (error.code, error.field, bool(error.remedy)) == ("sap.mock", field, True)
    assert counts(address) == before


def counts(address):
    """Give mock-sap's own number of documents of each kind."""
    state = requests.get(f"{address}/_mock/state", timeout=10).json()
    return {name: state[name] for name in ("A_SalesOrder", "A_SalesOrderItem", "A_JournalEntry", "A_JournalEntryItem")}


def test_dinars_that_need_no_third_decimal_are_posted(connector):
    result = write(connector, "incoming_payment", create("DINARS", PAID))
    found = connector.decode("incoming_payment", connector.fetch("incoming_payment", [result.id], [])[0].body)
    assert (found["WAERS"], found["WRBTR"]) == ("KWD", Decimal("1.250"))


@pytest.mark.parametrize(
    ("fields", "code"), [({"KUNNR": "4711"}, "sap.f2003"), ({"VBAP": [{**LINE, "MATNR": "NONE"}]}, "sap.v1033")]
)
def test_its_refusals_are_ours(connector, fields, code):
    error = write(connector, "sales_order", create("BAD", {**ORDER, **fields})).error
    assert isinstance(error, Rejected)
    assert (error.code, bool(error.field), bool(error.remedy)) == (code, True, True)


@pytest.mark.parametrize(
    ("obj", "item"),
    [
        ("customer", create(1, {"NAME1": "Acme"})),
        ("material", create(1, {"MATNR": "P-1", "MAKTX": "x"})),
        ("sales_order", change("0000000001", {}, Verb.CANCEL)),
        ("sales_order", change("0000000001", {"KUNWE": CUSTOMER})),
    ],
)
def test_what_it_cannot_do_is_said_and_not_pretended(connector, obj, item):
    result = write(connector, obj, item)
    assert (result.outcome, getattr(result.error, "code", "")) == (Outcome.REJECTED, "sap.mock")
