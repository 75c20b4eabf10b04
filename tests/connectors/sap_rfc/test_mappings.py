"""SAP's mappings fit what SAP describes, say what its documents mean, and come back from SAP as they were sent."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.erp.sap_rfc.backend import dictionary, table_read
from connectors.erp.sap_rfc.connector import SapRfcConnector
from connectors.erp.sap_rfc.pyrfc_stub import Connection
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.app.engine.flow.compute import compute
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.ways import Sight, View
from ltc.core.contract import Kit, Verb, WriteItem
from ltc.core.mapping import Mapping, check_laws, explains, load, run_examples
from ltc.core.mapping.drift import drift
from ltc.core.models.leaves import flatten, generic, unflatten
from ltc.core.simulation import InProcessAdapter, VirtualClock
from tests.connectors.sap_rfc.conftest import customer, material

ROOT = Path(__file__).parents[3] / "mappings"
FILES = sorted((ROOT / "sap_rfc").glob("*.yaml"))
MAPPINGS = {path.stem: load([path]) for path in FILES}
LIMIT = {"amount": "1500000", "currency": "JPY"}
EURO = {"currency": "EUR", "per": "1", "unit": "C62"}


@pytest.fixture
def connector(sap: SapSimulator, clock: VirtualClock) -> SapRfcConnector:
    class InProcess(Connection):
        def open(self) -> None:
            self._http.mount("http://sap.test", InProcessAdapter(sap))
            super().open()

    settings = SapRfcConnector.Settings(base_url="http://sap.test", **sap.credentials())
    return SapRfcConnector(settings, Kit(clock=clock), connect=InProcess)


def read(connector: SapRfcConnector, obj: str, key: str) -> dict[str, Any]:
    """Read one record in its raw form."""
    (record,) = connector.fetch(obj, [key], MAPPINGS[obj].source_fields)
    return dict(connector.decode(obj, record.body))


def meant(connector: SapRfcConnector, obj: str, key: str) -> dict[str, Any]:
    """Read one record in our form."""
    return MAPPINGS[obj].get(read(connector, obj, key))


def write(
    connector: SapRfcConnector, obj: str, fields: dict[str, Any], before: dict[str, Any] | None = None, key: str = ""
) -> str:
    """Create a record, or amend one, and give its id."""
    verb = Verb.AMEND if key else Verb.CREATE
    item = WriteItem("intent-1", "2QX8B1N0C4TZ", verb, key, fields, before)
    (result,) = connector.write(obj, [item], lambda *_: None)
    assert result.error is None, result.error
    return result.id


def told(connector: SapRfcConnector, obj: str, desired: dict[str, Any]) -> str:
    """Create a record from our form; SAP shows it in its own spelling, and to write it again there is nothing to do."""
    mapping = MAPPINGS[obj]
    key = write(connector, obj, mapping.put(None, desired))
    unexplained(mapping, desired, meant(connector, obj, key))
    return key


def unexplained(mapping: Mapping, desired: Table[str, Any], seen: Table[str, Any]) -> None:
    """Insist that what SAP shows is its own form of what it was sent, wherever the mapping writes it."""
    written = {line.path for line in mapping.lines if line.direction == "both"}
    found = flatten(mapping.entity, dict(seen))
    wanted = {
        path: value
        for path, value in flatten(mapping.entity, dict(desired)).items()
        if value is not None and generic(path) in written
    }
    assert {path: (value, found.get(path)) for path, value in wanted.items() if not explains(value, found.get(path))} == {}


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_a_mapping_fits_the_described_object(name: str, connector: SapRfcConnector) -> None:
    mapping = load([ROOT / "sap_rfc" / f"{name}.yaml"], schema=connector.describe(name))
    assert (mapping.system, mapping.object) == (connector.kind, name)
    assert mapping.key == connector.objects[name].key
    assert run_examples(mapping) == []
    assert check_laws(mapping, [example.system for example in mapping.examples]) == []
    assert {line.path: line.direction for line in mapping.lines} == {
        line.path: line.direction for line in MAPPINGS[name].lines
    }, "the mapping itself says what SAP lets nobody write"
    connector.read(name, "", mapping.source_fields)


def test_what_the_hub_does_not_write_is_only_read() -> None:
    for name in ("delivery", "billing_document", "credit_memo"):
        assert {line.direction for line in MAPPINGS[name].lines} == {"in"}


def test_a_customer_comes_back_in_capitals_and_is_the_same(connector: SapRfcConnector) -> None:
    desired = {
        "name": "Müller Maschinenbau und Anlagentechnik Gesellschaft mit beschränkter Haftung",
        "tax_id": "14381508155",
        "vat_id": "DE123456789",
        "email": "info@mueller.example",
        "industry": "Machinery",
        "billing_address": {
            "street": "Domstr. 1\nHinterhaus",
            "city": "Köln",
            "region": "NW",
            "postal_code": "50667",
            "country": "DE",
        },
        "currency": "EUR",
        "language": "de-AT",
        "payment_terms": "NT30",
        "credit_limit": {"amount": "25000.50", "currency": "EUR"},
        "status": "active",
    }
    key = told(connector, "customer", desired)
    raw = read(connector, "customer", key)
    assert (raw["NAME1"], raw["NAME2"]) == ("MÜLLER MASCHINENBAU UND ANLAGENTECHNIK", "GESELLSCHAFT MIT BESCHRÄNKTER HAFTUNG")
    assert raw["STREET"] == "DOMSTR. 1, HINTERHAUS"
    seen = MAPPINGS["customer"].get(raw)
    assert (seen["number"], seen["status"], seen["language"]) == (key.lstrip("0"), "active", "de")
    assert [area["area"] for area in seen["sales_areas"]] == ["1000/10/00"]
    only = {"billing_address.street"}
    patch = MAPPINGS["customer"].put(raw, seen | {"billing_address": seen["billing_address"] | {"street": "Neumarkt 2"}}, only)
    assert patch == {"STREET": "Neumarkt 2"}
    write(connector, "customer", patch, raw, key)
    assert meant(connector, "customer", key)["billing_address"] == {**seen["billing_address"], "street": "NEUMARKT 2"}


@pytest.mark.parametrize(("status", "raw"), [("blocked", ("", "01")), ("inactive", ("X", "")), ("active", ("", ""))])
def test_the_status_of_a_customer_is_a_flag_and_a_block(connector: SapRfcConnector, status: str, raw: tuple[str, str]) -> None:
    area = {"area": "1000/20/00", "incoterms": "FCA"}
    desired = {"name": "Acme", "billing_address": {"country": "JP"}, "status": status, "credit_limit": LIMIT, "currency": "JPY"}
    key = told(connector, "customer", {**desired, "sales_areas": [{"area": "1000/10/00"}, area]})
    found = read(connector, "customer", key)
    assert (found["LOEVM"], found["AUFSD"]) == raw
    assert found["KLIMK"] == Decimal(1500000)


def test_a_customer_without_a_credit_limit_has_none(sap: SapSimulator, connector: SapRfcConnector) -> None:
    seen = meant(connector, "customer", customer(sap, KLIMK=Decimal(0)))
    assert seen["credit_limit"] is None
    assert meant(connector, "customer", customer(sap, "OTHER", BRSCH="Chemicals"))["industry"] == "Chemicals"


def test_a_material_comes_back_as_it_was_sent(sap: SapSimulator, connector: SapRfcConnector) -> None:
    desired = {
        "number": "100234",
        "name": "Linear Actuator with Ball Screw and Position Feedback",
        "category": "Spare Parts",
        "unit": "KGM",
        "gtin": "4012345678901",
        "status": "active",
        "net_weight": {"value": "12.5", "unit": "KGM"},
    }
    key = told(connector, "material", desired)
    assert key == "000000000000100234"
    raw = read(connector, "material", key)
    assert MAPPINGS["material"].put(raw, {"status": "inactive", "unit": "KGM"}) == {"LVORM": "X"}
    seen = meant(connector, "material", material(sap, "P-7", MATKL="SPARE PARTS"))
    assert (seen["number"], seen["category"], seen["net_weight"]) == ("P-7", "Spare Parts", None)


def won(lines: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    """Let the shipped flow make an order of a won opportunity, and put SAP's own ids for the references."""
    flow = load_flow([ROOT / "flows" / "won_opportunity_to_order.yaml"])
    deal = {
        "name": "Pumps 2026: Retrofit of the northern plant",
        "customer": "c",
        "currency": currency,
        "close_date": "2026-03-02",
    }
    nested = {**deal, "status": "won", "lines": [{"id": f"l{number}", **line} for number, line in enumerate(lines)]}
    view = View("opportunity", Sight("h1", nested))
    assert flow.begins.holds(view)
    return dict(unflatten("order", compute(flow, view, {})))


def local(order: dict[str, Any], customer_id: str) -> dict[str, Any]:
    return order | dict.fromkeys(("customer", "ship_to", "bill_to"), customer_id)


@pytest.mark.parametrize(
    "name",
    [
        "Straußberger Gießerei Weiß & Groß Präzisionsteile Gesellschaft mit beschränkter Haftung und Compagnie KG",
        "GroßhandelßßßgesellschaftßßßfürßßßßßßßßßßßßPräzisionßteile",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    ],
)
def test_a_long_name_is_recognised_however_it_is_cut(connector: SapRfcConnector, name: str) -> None:
    told(connector, "customer", {"name": name, "billing_address": {"country": "DE"}})


def test_the_order_of_a_won_opportunity_goes_to_sap_and_comes_back(sap: SapSimulator, connector: SapRfcConnector) -> None:
    mapping, buyer, pump = MAPPINGS["sales_order"], customer(sap), material(sap)
    quantity = {"value": "2.5", "unit": "C62"}
    lines = [
        {"product": pump, "quantity": quantity, "unit_price": {"amount": "10.50", **EURO}, "requested_date": "2026-04-01"},
        {
            "product": pump,
            "quantity": {"value": "8", "unit": "C62"},
            "unit_price": {"amount": "1.125", **EURO},
            "description": None,
        },
    ]
    desired = local(won(lines, "EUR"), buyer)
    fields = mapping.put(None, desired)
    assert (fields["BSTNK"], fields["KUNWE"], fields["AUDAT"]) == ("Pumps 2026: Retrofit", buyer, "20260302")
    assert [(row["_row"], row["POSNR"], row["VRKME"]) for row in fields["VBAP"]] == [
        ("insert", "10", "ST"),
        ("insert", "20", "ST"),
    ]
    assert [(row["NETPR"], row["KPEIN"]) for row in fields["VBAP"]] == [
        (Decimal("10.50"), Decimal(1)),
        (Decimal("11.25"), Decimal(10)),
    ]
    assert not {"ABSTK", "LFSTK", "VKORG", "VBELN", "NETWR"} & fields.keys()

    key = told(connector, "sales_order", desired)
    raw = read(connector, "sales_order", key)
    seen = mapping.get(raw)
    assert (seen["status"], seen["number"], seen["kind"]) == ("confirmed", key.lstrip("0"), "TA")
    assert seen["net_total"] == {"amount": "35.25", "currency": "EUR"}, "26.25 and, to the fraction of a cent, 9.00"
    assert [line["status"] for line in seen["lines"]] == ["open", "open"]

    changed = {**seen["lines"][0], "ordered_quantity": {"value": "4", "unit": "C62"}}
    added = {**changed, "number": "30", "requested_date": "2026-05-01"}
    patch = mapping.put(raw, {"lines": [changed, added]})
    assert [{name: row.get(name) for name in ("_row", "POSNR", "KWMENG")} for row in patch["VBAP"]] == [
        {"_row": "update", "POSNR": "10", "KWMENG": Decimal(4)},
        {"_row": "insert", "POSNR": "30", "KWMENG": Decimal(4)},
        {"_row": "delete", "POSNR": "20", "KWMENG": None},
    ]
    assert patch.keys() == {"VBAP"}
    write(connector, "sales_order", patch, raw, key)
    after = meant(connector, "sales_order", key)
    assert {line["number"]: line["ordered_quantity"]["value"] for line in after["lines"]} == {"10": "4", "30": "4"}


def test_an_order_in_dinars_keeps_its_thousandths(sap: SapSimulator, connector: SapRfcConnector) -> None:
    buyer, pump = customer(sap, WAERS="KWD"), material(sap)
    price = {"amount": "1.125", "currency": "KWD", "per": "1", "unit": "C62"}
    order = local(won([{"product": pump, "quantity": {"value": "3", "unit": "C62"}, "unit_price": price}], "KWD"), buyer)
    seen = meant(connector, "sales_order", told(connector, "sales_order", order))
    assert seen["lines"][0]["unit_price"] == price
    assert seen["net_total"] == {"amount": "3.375", "currency": "KWD"}


def test_an_order_does_not_mix_currencies(sap: SapSimulator) -> None:
    price = {"amount": "1", "currency": "USD", "per": "1", "unit": "C62"}
    order = won([{"product": "P", "quantity": {"value": "3", "unit": "C62"}, "unit_price": price}], "EUR")
    with pytest.raises(Exception, match="in currency USD, but the field holds EUR"):
        MAPPINGS["sales_order"].put(None, local(order, customer(sap)))


def test_what_follows_an_order_says_how_far_it_is(sap: SapSimulator, connector: SapRfcConnector) -> None:
    buyer, pump = customer(sap, WAERS="JPY"), material(sap)
    price = {"amount": "1500", "currency": "JPY", "per": "1", "unit": "C62"}
    order = won([{"product": pump, "quantity": {"value": "3", "unit": "C62"}, "unit_price": price}], "JPY")
    key = told(connector, "sales_order", local(order, buyer))
    (item,) = sap.rows("orders")[0]["items"]

    def state() -> tuple[str, str, str, str]:
        seen = meant(connector, "sales_order", key)
        line = seen["lines"][0]
        return seen["status"], line["status"], line["delivered_quantity"]["value"], line["invoiced_quantity"]["value"]

    first = sap.ship(key, {item["POSNR"]: Decimal(1)}, "WAREHOUSE")
    assert state() == ("partially_delivered", "partially_delivered", "1", "0")
    delivery = meant(connector, "delivery", first)
    assert (delivery["order"], delivery["customer"], delivery["status"]) == (key, buyer, "shipped")
    assert delivery["shipped_at"] == "2026-03-02T00:00:00Z"
    assert [(line["order_line"], line["quantity"]) for line in delivery["lines"]] == [("10", {"value": "1", "unit": "C62"})]
    second = sap.ship(key, {item["POSNR"]: Decimal(2)}, "WAREHOUSE")
    assert state() == ("delivered", "delivered", "3", "0")

    bills = [sap.bill(one, "BILLING") for one in (first, second)]
    assert state() == ("invoiced", "delivered", "3", "3")
    invoice = meant(connector, "billing_document", bills[1])
    assert (invoice["status"], invoice["order"], invoice["delivery"]) == ("open", key, second)
    assert invoice["net_total"] == {"amount": "3000", "currency": "JPY"}
    assert invoice["open_total"] == invoice["total"]

    owed = {bill: Decimal(meant(connector, "billing_document", bill)["total"]["amount"]) for bill in bills}
    part = {bills[0]: owed[bills[0]], bills[1]: Decimal(1000)}
    sap.receive_payment(buyer, part, "ACCOUNTS")
    assert [meant(connector, "billing_document", bill)["status"] for bill in bills] == ["paid", "partially_paid"]
    assert meant(connector, "billing_document", bills[1])["paid_total"] == {"amount": "1000", "currency": "JPY"}
    (body,) = connector.read("incoming_payment", "", MAPPINGS["incoming_payment"].source_fields).bodies
    posted = connector.decode("incoming_payment", body)
    payment = MAPPINGS["incoming_payment"].get(posted)
    assert (payment["status"], payment["customer"], payment["paid_date"]) == ("posted", buyer, "2026-03-02")
    assert {row["invoice"]: Decimal(row["amount"]["amount"]) for row in payment["allocations"]} == part
    sap.reverse_payment(sap.rows("payments")[0]["BELNR"], "ACCOUNTS")
    assert meant(connector, "incoming_payment", MAPPINGS["incoming_payment"].key_of(posted))["status"] == "reversed"

    note = meant(connector, "credit_memo", sap.credit(bills[0], "BILLING"))
    assert (note["invoice"], note["status"], note["currency"]) == (bills[0], "open", "JPY")


def test_a_payment_of_the_hub_is_posted_with_what_it_pays(sap: SapSimulator, connector: SapRfcConnector) -> None:
    buyer, pump = customer(sap), material(sap)
    line = {"product": pump, "quantity": {"value": "2", "unit": "C62"}, "unit_price": {"amount": "10.50", **EURO}}
    key = told(connector, "sales_order", local(won([line], "EUR"), buyer))
    (item,) = sap.rows("orders")[0]["items"]
    bill = sap.bill(sap.ship(key, {item["POSNR"]: Decimal(2)}, "WAREHOUSE"), "BILLING")
    total = meant(connector, "billing_document", bill)["total"]
    paid = {"customer": buyer, "amount": total, "paid_date": "2026-03-02", "allocations": [{"invoice": bill, "amount": total}]}
    told(connector, "incoming_payment", paid)
    assert meant(connector, "billing_document", bill)["status"] == "paid"


def test_salesforce_and_sap_agree_on_what_both_hold(connector: SapRfcConnector) -> None:
    """What Salesforce's examples mean goes into SAP, and means the same when SAP shows it."""
    for ours, theirs in (("account", "customer"), ("product2", "material")):
        (example, *_) = load([ROOT / "salesforce" / f"{ours}.yaml"]).examples
        told(connector, theirs, dict(example.canonical))


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_no_line_has_drifted_from_what_the_dictionary_says(name: str, connector: SapRfcConnector) -> None:
    spec = connector.objects[name]
    found = drift(load([ROOT / "sap_rfc" / f"{name}.yaml"]), connector.describe(name), creates=Verb.CREATE in spec.verbs)
    assert [one.fault for one in found if one.fault.severity == "error"] == []


def test_a_column_that_the_dictionary_does_not_have_is_told_at_its_line(connector: SapRfcConnector, monkeypatch) -> None:
    table = dictionary.TABLES["ADRC"]
    shorter = [replace(field, length=20) if field.name == "NAME2" else field for field in table.fields if field.name != "REGION"]
    monkeypatch.setattr(table_read, "TABLES", {**dictionary.TABLES, "ADRC": dictionary.Table("ADRC", tuple(shorter))})
    found = drift(load([ROOT / "sap_rfc" / "customer.yaml"]), connector.describe("customer"))
    assert [(one.change, one.source, one.fault.path) for one in found] == [
        ("shortened", "NAME2", "name"), ("removed", "REGION", "billing_address.region"),
    ]  # fmt: skip
