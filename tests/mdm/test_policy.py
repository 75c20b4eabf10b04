from __future__ import annotations

from pathlib import Path

import pytest

from ltc.core.errors import Misconfigured
from ltc.core.models.deals import DOCUMENTS, STAGES
from ltc.core.yamlfile import parse
from mdm.policy import Standing, load_policy, plain_policy, read_policy

SHIPPED = Path(__file__).parents[2] / "config" / "survivorship.yaml"


def faults(text):
    with pytest.raises(Misconfigured) as caught:
        read_policy(parse(text, "survivorship.yaml"))
    return [(fault.code, fault.line, fault.remedy) for fault in caught.value.faults]


def test_the_shipped_policy_is_right():
    policy = load_policy([SHIPPED])
    customer = policy.of("customer")
    assert customer.ruling("credit_limit").owners == (("erp",),)
    assert customer.ruling("sales_areas[].incoterms").owners == (("erp",),)
    assert customer.ruling("name").owners == ()
    assert customer.ruling("custom.region").prefer == "most_recent"
    assert customer.groups["billing_address.city"] == "billing_address.street"
    order = policy.of("order")
    assert order.ruling("lines[].delivered_quantity").owners == (("wms",), ("oms",), ("erp",))
    assert order.ruling("lines").owners_at(Standing("submitted")) == (("hub",), ("crm",))
    assert order.ruling("lines").owners_at(Standing("confirmed")) == (("oms", "erp", "hub"), ("hub",), ("crm",))
    quantity = order.ruling("lines[].ordered_quantity")
    assert quantity.owners_at(Standing("confirmed", "order")) == (("hub",), ("cpq",), ("crm",))
    assert quantity.owners_at(Standing("confirmed", "payment")) == (("oms", "erp", "hub"), ("hub",), ("cpq",), ("crm",))
    assert (order.turns, policy.of("invoice").turns) == ({"delivery"}, frozenset())
    assert policy.of("invoice").ruling("lines[].quantity").owners == (("billing",), ("erp",))


def test_own_rules_overlay_the_shipped_ones(tmp_path):
    own = tmp_path / "survivorship.yaml"
    own.write_text("entities: {customer: {fields: {credit_limit: {owner: crm}, name: longest}}}", encoding="utf-8")
    customer = load_policy([SHIPPED, own]).of("customer")
    assert customer.ruling("credit_limit").owners == (("crm",),)
    assert customer.ruling("name").prefer == "longest"
    assert customer.ruling("payment_terms").owners == (("erp",),)


def test_without_a_file_the_most_recent_value_wins_and_lists_are_unions():
    order = plain_policy().of("order")
    assert (order.ruling("total").prefer, order.ruling("total").empty) == ("most_recent", "news")
    assert order.ruling("lines").prefer == "union"
    assert order.ruling("lines[].product").prefer == "most_recent"


def test_every_fault_names_its_line_and_the_remedy():
    text = """
entities:
  costumer: {}
  customer:
    fields:
      nmae: longest
      name: union
      tax_id: {together: true}
      status: {from_status: {actve: erp}}
      custom.region: first
    groups:
      tax: [tax_id, vatid]
"""
    assert faults(text) == [
        ("survivorship.entity", 3, "Did you mean 'customer'?"),
        ("survivorship.path", 6, "Did you mean 'name'?"),
        ("survivorship.union", 7, "Use most_recent."),
        ("survivorship.together", 8, "Use `groups` for other paths."),
        ("survivorship.status", 9, "Give it a fixed `owner`: the owners of everything else follow from it."),
        ("survivorship.status", 9, "Did you mean 'active'?"),
        ("survivorship.group", 12, "Did you mean 'vat_id'?"),
    ]


def test_unknown_keys_and_words_are_refused():
    [(code, line, remedy)] = faults("entities:\n  customer:\n    fields:\n      name: {onwer: crm}\n")
    assert (code, line) == ("config.unknown_key", 4)
    assert "owner" in remedy
    [(_, line, remedy)] = faults("prefer: most_resent\n")
    assert (line, remedy) == (1, "Did you mean 'most_recent'?")


def test_what_cannot_follow_the_stage_of_a_deal_is_told():
    text = """
entities:
  customer:
    fields:
      name: {from_stage: {order: erp}}
  order:
    fields:
      status: {from_stage: {order: erp}}
      opportunity: {from_stage: {order: erp}}
      total: {from_stage: {ordr: erp}}
      net_total: {from_stage: {order: erp}, from_status: {confirmed: erp}}
  invoice:
    default: {from_stage: {paid: erp}}
    fields:
      lines: {from_stage: {payment: erp}}
"""
    assert faults(text) == [
        ("survivorship.stage", 5, f"Documents of a deal are: {', '.join(DOCUMENTS)}."),
        ("survivorship.status", 8, "Give it a fixed `owner`: the owners of everything else follow from it."),
        ("survivorship.stage", 9, "Give it a fixed `owner`."),
        ("survivorship.stage", 10, "Did you mean 'order'?"),
        ("survivorship.stage", 11, "Say one of them."),
        ("survivorship.stage", 13, f"Use one of: {', '.join(STAGES)}."),
        ("survivorship.stage", 15, "Give it a fixed `owner`."),
    ]


def test_a_default_by_stage_leaves_alone_what_a_stage_depends_on():
    policy = read_policy(parse("entities: {invoice: {default: {owner: crm, from_stage: {payment: erp}}}}", "survivorship.yaml"))
    invoice = policy.of("invoice")
    late = Standing("open", "payment")
    assert invoice.ruling("total").owners_at(late) == (("erp",), ("crm",))
    for path in ("status", "order", "lines", "lines[].order"):
        assert invoice.ruling(path).owners_at(late) == (("crm",),)


def test_the_example_on_the_page_about_deals_is_right():
    page = (SHIPPED.parents[1] / "docs" / "reference" / "deals.md").read_text(encoding="utf-8")
    (example,) = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    price = read_policy(parse(example, "survivorship.yaml")).of("order").ruling("lines[].unit_price")
    assert price.owners_at(Standing("confirmed", "order")) == (("cpq",), ("hub",), ("crm",))
    assert price.owners_at(Standing("confirmed", "invoice")) == (("erp",), ("cpq",), ("hub",), ("crm",))
