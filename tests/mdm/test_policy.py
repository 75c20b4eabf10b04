from __future__ import annotations

from pathlib import Path

import pytest

from ltc.core.errors import Misconfigured
from ltc.core.yamlfile import parse
from mdm.policy import load_policy, plain_policy, read_policy

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
    assert order.ruling("lines").owners_at("submitted") == (("hub",), ("crm",))
    assert order.ruling("lines").owners_at("delivered") == (("oms",), ("erp",), ("hub",), ("crm",))
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
