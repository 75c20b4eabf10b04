"""What flows would do and have done, told: from any id, with values, conditions, rules and lines, and nothing written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from ltc.app.cli.commands.trace import show
from ltc.app.cli.flow_telling import show_explanation, show_preview
from ltc.app.cli.frame import Frame
from ltc.app.engine.flow.explain import explain, preview
from ltc.app.engine.trace import trace
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.models.deals import DOCUMENTS
from ltc.core.store.schema import metadata
from tests.app.engine.flow.test_derive import FLOW, Deals
from tests.app.engine.hubs import SmallHub

SIGNED = FLOW.replace("'won'\"", "'won' && contract.status in ['signed', 'active']\"\nwith: {contract: any}")
NAME = "deal_to_order"


def counts(hub: SmallHub) -> dict[str, Any]:
    """Count what the store holds."""
    with hub.store.reading() as tx:
        return {name: tx.scalar(select(func.count()).select_from(table)) for name, table in metadata.tables.items()}


def previewed(hub: SmallHub, any_id: str, name: str = NAME) -> dict[str, Any]:
    """Preview a flow for one source, and see that nothing was written."""
    ctx, before = hub.context(), counts(hub)
    told = preview(ctx, name, any_id, DOCUMENTS)
    assert counts(hub) == before
    (source,) = told["sources"]
    return dict(source)


def explained(hub: SmallHub, any_id: str) -> dict[str, Any]:
    """Explain one record, and see that nothing was written."""
    ctx, before = hub.context(), counts(hub)
    told = explain(ctx, any_id)
    assert counts(hub) == before
    (record,) = told["records"]
    return dict(record)


def order_id(deals: Deals, number: int = 0) -> str:
    """Give the id of an order on the right."""
    return sorted(deals.hub.right.rows["Order"])[number]


def test_a_deal_that_waits_says_what_for(hub: SmallHub) -> None:
    deals = Deals(hub, SIGNED)
    deal = deals.deal(3)
    hub.sync()
    told = explained(hub, deal)
    (gives,) = told["gives"]
    assert gives["why"] == "order: waits for a contract that is signed or active."
    assert [(part["text"], part["holds"]) for part in gives["when"]["parts"]] == [
        ("opportunity.status == 'won'", True), ("contract.status in ['signed', 'active']", False),
    ]  # fmt: skip
    assert gives["when"]["parts"][0]["reads"] == [{"path": "opportunity.status", "value": "won"}]
    assert (gives["name"], gives["to"], gives["when"]["line"], gives["documents"]) == (NAME, "order", 4, [])
    hub.left.put("Contract", {"Name": "A", "Customer": deals.customer, "Deal": deal, "Status": "draft"})
    hub.sync()
    assert explained(hub, deal)["gives"][0]["why"] == "order: waits for contract to be signed or active (it is draft)."
    source = previewed(hub, deal)
    assert source["documents"] == []
    assert not source["when"]["holds"]


def test_a_preview_shows_every_leaf_with_its_rule_and_line(hub: SmallHub) -> None:
    deals = Deals(hub)
    deal = deals.deal(3, status="open")
    hub.sync()
    assert explained(hub, deal)["gives"][0]["why"] == "order: waits for opportunity to be won (it is open)."
    flows, hub.flows = hub.flows, []
    deals.change(deal, Status="won")
    hub.sync()  # the flow has not seen it yet
    hub.flows = flows
    source = previewed(hub, deal)
    (one,) = source["documents"]
    assert source["why"] == "The condition holds: one order is derived at the next run."
    assert (one["action"], one["status"], one["slot"]) == ("derive", "submitted", "")
    rules = {leaf["leaf"]: (leaf["value"], leaf["before"], leaf["changes"], leaf["rule"], leaf["line"]) for leaf in one["leaves"]}
    assert rules["purchase_order"] == ("Pumps", None, True, "name", 8)
    labels = {leaf["leaf"]: leaf["label"] for leaf in one["leaves"]}
    assert (labels["customer"], labels["lines[10].product"], labels["purchase_order"]) == ("Acme", "P-1", "")
    assert rules["status"] == ("submitted", None, True, "const submitted", 9)
    assert rules["lines[10].ordered_quantity"] == ({"value": "3", "unit": "C62"}, None, True, "each lines: quantity", 10)


def test_a_preview_shows_what_would_change(hub: SmallHub) -> None:
    deals = Deals(hub)
    deal = deals.deal(3)
    hub.sync()
    flows, hub.flows = hub.flows, []
    deals.change(deal, 5, Name="Other")
    hub.sync()
    hub.flows = flows
    (one,) = previewed(hub, order_id(deals))["documents"]
    changes = {leaf["leaf"]: (leaf["before"], leaf["value"]) for leaf in one["leaves"] if leaf["changes"]}
    assert one["action"] == "change"
    assert changes == {"lines[10].ordered_quantity": ({"value": "3", "unit": "C62"}, {"value": "5", "unit": "C62"})}
    assert [(late["leaf"], late["document"], late["source"], late["reason"]) for late in one["late"]] == [
        ("purchase_order", "Pumps", "Other", "taken when it was derived")
    ]
    flows, hub.flows = hub.flows, []
    deals.change(deal, Status="lost")
    hub.sync()
    hub.flows = flows
    source = previewed(hub, deal)
    assert source["documents"][0]["action"] == "take back"
    assert "is taken back at the next run" in source["why"]


def test_what_came_too_late_is_explained_from_both_ends(hub: SmallHub) -> None:
    deals = Deals(hub)
    deal = deals.deal(3)
    hub.sync()
    deals.report(0, "partial", 2)
    hub.sync()
    deals.change(deal, 9)
    hub.sync()
    (gives,) = explained(hub, deal)["gives"]
    assert gives["why"] == "The order was derived, and the flow stands by it."
    (one,) = gives["documents"]
    assert [link["id"] for link in one["links"] if link["system"] == "right"] == [order_id(deals)]
    assert one["late"][0]["reason"] == "changed too late: it is partially_delivered"
    assert [(fault["code"], fault["line"]) for fault in gives["exceptions"]] == [("flow.too_late", 10)]
    order = explained(hub, order_id(deals))
    (origin,) = order["from"]
    assert (origin["flow"], origin["state"], origin["slot"], origin["adopted"]) == (NAME, "derived", "", False)
    assert (origin["source"]["entity"], origin["source"]["label"]) == ("opportunity", "Pumps")
    assert origin["why"] == f"{NAME} derived it from opportunity Pumps."
    assert [fault["code"] for fault in origin["exceptions"]] == ["flow.too_late"]
    assert previewed(hub, deal)["questions"][0]["code"] == "flow.too_late"


def test_what_is_rolled_up_is_explained(hub: SmallHub) -> None:
    deals = Deals(hub)
    deal = deals.deal(3)
    hub.sync()
    (back,) = explained(hub, deal)["back"]
    assert (back["leaf"], back["value"], back["of"], back["line"]) == ("order_status", "submitted", "latest(order.status)", 13)


def test_what_is_older_than_the_flow_is_explained(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "live_from: 2026-02-01\nadopt: {crm: Order}\n")
    deal = deals.deal(3, Date="2026-01-31")
    hub.sync()
    (gives,) = explained(hub, deal)["gives"]
    assert gives["why"] == "The opportunity is older than 2026-02-01, when the flow began: nothing is derived from it."
    assert gives["live_from"] == {"day": "2026-01-31", "from": "2026-02-01", "holds": False}


def test_an_adopted_order_is_explained(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "adopt: {crm: Order}\n")
    deal = deals.deal(3, status="open")
    hub.sync()
    items = [{"No": "10", "Product": deals.product, "Qty": 3, "Unit": "C62"}]
    made = hub.left.put("Order", {"Name": "By hand", "Customer": deals.customer, "Deal": deal, "Status": "draft", "Items": items})
    hub.sync()
    deals.change(deal, Status="won")
    hub.sync()
    (origin,) = explained(hub, made)["from"]
    assert origin["adopted"]
    assert origin["why"] == f"A person made it, and {NAME} took it over for opportunity Pumps."


def test_what_can_no_longer_come_is_said_to_be_over(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW.replace("opportunity.status == 'won'\"", "contract.status == 'active'\"\nwith: {contract: any}"))
    deal = deals.deal(3)
    hub.left.put("Contract", {"Name": "A", "Customer": deals.customer, "Deal": deal, "Status": "terminated"})
    hub.sync()
    (gives,) = explained(hub, deal)["gives"]
    assert gives["why"] == "order: waits for contract to be active (it is terminated), which can no longer come."


def test_personal_data_is_masked(hub: SmallHub) -> None:
    named = FLOW.replace("purchase_order: name", "purchase_order: customer.name")
    deals = Deals(hub, named.replace("'won'\"", "'won' && opportunity.customer.name != ''\""))
    deal = deals.deal(3)
    hub.sync()
    (gives,) = explained(hub, deal)["gives"]
    assert gives["when"]["parts"][1]["reads"] == [{"path": "opportunity.customer.name", "value": "••••• (4 characters)"}]


@pytest.mark.parametrize("any_id", ["", "nothing"])
def test_what_is_no_id_is_refused(hub: SmallHub, any_id: str) -> None:
    Deals(hub)
    with pytest.raises(Rejected, match="No record of any system"):
        explain(hub.context(), any_id)
    with pytest.raises(Rejected, match="No record of any system"):
        preview(hub.context(), NAME, any_id, DOCUMENTS)


def test_what_flows_do_not_concern_is_refused(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW)
    with pytest.raises(Rejected, match="names product, and no flow starts or ends there"):
        explain(hub.context(), deals.product)
    with pytest.raises(Rejected, match="no opportunity hangs together with it"):
        preview(hub.context(), NAME, deals.product, DOCUMENTS)
    with pytest.raises(Misconfigured, match="no flow 'deal_to_ordr'") as raised:
        preview(hub.context(), "deal_to_ordr", deals.product, DOCUMENTS)
    assert raised.value.remedy == "Did you mean 'deal_to_order'?"


def test_a_trace_says_what_was_derived_from_what_and_what_is_next(hub: SmallHub, capsys: pytest.CaptureFixture[str]) -> None:
    deals = Deals(hub, SIGNED)
    deal = deals.deal(3)
    contract = hub.left.put("Contract", {"Name": "A", "Customer": deals.customer, "Deal": deal, "Status": "draft"})
    hub.sync()
    told = trace(hub.context(), deal)
    (step,) = told["next"]
    assert step["message"] == "order: waits for contract to be signed or active (it is draft)"
    assert (step["flow"], step["to"], step["line"], step["source"]["label"]) == (NAME, "order", 4, "Pumps")
    show(Frame(), told)
    assert "Next: order: waits for contract to be signed or active (it is draft)." in capsys.readouterr().out
    hub.left.put("Contract", {"Status": "active"}, contract)
    hub.sync()
    deals.report(0, "partial", 2)
    hub.sync()
    deals.change(deal, 9)
    hub.sync()
    told = trace(hub.context(), order_id(deals))
    assert told["next"] == []
    documents = {one["entity"]: one for one in told["documents"]}
    origin = documents["order"]["derived_from"]
    assert origin == {
        "flow": NAME, "file": hub.flows[0].file, "line": 2, "source": documents["opportunity"]["hub_id"], "slot": "",
        "state": "derived", "since": origin["since"],
    }  # fmt: skip
    assert documents["opportunity"]["derived_from"] is None
    assert [fault["code"] for fault in documents["order"]["exceptions"]] == ["flow.too_late"]
    links = {link["system"]: link for link in documents["order"]["links"]}
    assert links["right"]["status"] == "partially_delivered"
    assert links["right"]["first_seen"] < links["right"]["last_changed"]
    show(Frame(), told)
    said = capsys.readouterr().out
    assert f"right {order_id(deals)} (partially_delivered)" in said
    assert "! order" in said


def test_a_deal_that_is_over_waits_for_nothing(hub: SmallHub) -> None:
    deals = Deals(hub, SIGNED)
    lost, over = deals.deal(3, status="lost"), deals.deal(3)
    hub.left.put("Contract", {"Name": "A", "Customer": deals.customer, "Deal": over, "Status": "terminated"})
    hub.sync()
    assert [trace(hub.context(), deal)["next"] for deal in (lost, over)] == [[], []]


def test_people_read_it_as_text(hub: SmallHub, capsys: pytest.CaptureFixture[str]) -> None:
    deals = Deals(hub, SIGNED + "live_from: 2026-01-01\n")
    deal = deals.deal(3)
    hub.left.put("Contract", {"Name": "A", "Customer": deals.customer, "Deal": deal, "Status": "active"})
    hub.sync()
    flows, hub.flows = hub.flows, []
    deals.change(deal, 5, Name="Other")
    hub.sync()
    hub.flows = flows
    show_preview(Frame(), preview(hub.context(), NAME, deal, DOCUMENTS))
    said = capsys.readouterr().out
    assert "opportunity Other (won)" in said
    assert "✓ opportunity.status == 'won'   [opportunity.status = won]" in said
    assert "live_from: ✓ 2026-01-01   [it is of 2026-03-01]" in said
    assert f"change: order {NAME}/" in said
    assert re.search(r"lines\[10\].ordered_quantity +5 C62 +3 C62 +each lines: quantity +11", said)
    assert re.search(r"customer +Acme +customer +8", said)
    assert "purchase_order stays Pumps, and the source says Other: taken when it was derived (line 9)." in said
    assert said.endswith("Nothing was written.\n")
    show_explanation(Frame(), explain(hub.context(), order_id(deals)))
    show_explanation(Frame(), explain(hub.context(), deal))
    said = capsys.readouterr().out
    assert f"← {NAME} derived it from opportunity Other." in said
    assert "The order was derived, and the flow stands by it." in said
    assert "⇠ order_status: submitted is latest(order.status)" in said
    assert "⇢ submitted to order_status of opportunity Other (won): submitted is latest(order.status)" in said
    assert said.count("derived it from") == 1
