"""Ways: what a path of a flow file means, and what is at its end."""

from __future__ import annotations

import pytest

from ltc.app.engine.flow.ways import Hop, NoWay, Sight, View, Way, resolve

CONTACT, CUSTOMER = Hop("contact", "contact"), Hop("customer", "customer")
QUOTE, CONTRACT = (Hop(name, name, is_relative=True) for name in ("quote", "contract"))


@pytest.mark.parametrize(
    ("text", "source", "hops", "path"),
    [
        ("name", "opportunity", (), "name"),
        ("opportunity.name", "opportunity", (), "name"),
        ("billing_address.city", "quote", (), "billing_address.city"),
        ("billing_address", "quote", (), "billing_address"),
        ("lines", "opportunity", (), "lines"),
        ("hub_id", "opportunity", (), "hub_id"),
        ("opportunity.hub_id", "opportunity", (), "hub_id"),
        ("customer", "opportunity", (), "customer"),
        ("customer.hub_id", "opportunity", (CUSTOMER,), "hub_id"),
        ("contact.customer.name", "opportunity", (CONTACT, CUSTOMER), "name"),
        ("opportunity.contact.email", "opportunity", (CONTACT,), "email"),
        ("quote.lines", "opportunity", (QUOTE,), "lines"),
        ("quote.contact.email", "opportunity", (QUOTE, CONTACT), "email"),
        ("quote.hub_id", "opportunity", (QUOTE,), "hub_id"),
        ("custom.region", "opportunity", (), "custom.region"),
        ("quote.customer.custom.tier", "opportunity", (QUOTE, CUSTOMER), "custom.tier"),
        ("quote", "contract", (), "quote"),  # the reference itself, not the relative
        ("quote.number", "contract", (QUOTE,), "number"),  # a relative goes before a reference of the same name
        ("parent.parent.number", "contract", (Hop("parent", "contract"), Hop("parent", "contract")), "number"),
    ],
)
def test_a_path_leads_somewhere(text: str, source: str, hops: tuple[Hop, ...], path: str) -> None:
    assert resolve(text, source, ("quote",)) == Way(hops, path)


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("nmae", "opportunity has no 'nmae'.", "Did you mean 'name'?"),
        ("opportunity.nmae", "opportunity has no 'nmae'.", "Did you mean 'name'?"),
        ("quote.nmuber", "quote has no 'nmuber'.", "Did you mean 'number'?"),
        ("contact.emial", "contact has no 'emial'.", "Did you mean 'email'?"),
        ("delivery.number", "The flow knows nothing of a delivery.", "Name it below `with`: `delivery: any`."),
        ("name.first", "opportunity has no 'name.first'.", ""),
        ("", "opportunity has no ''.", ""),
        ("custom.", "opportunity has no 'custom.'.", ""),
        ("quote", "The flow knows nothing of a quote.", "Name it below `with`: `quote: any`."),
    ],
)
def test_a_path_that_leads_nowhere_says_what_to_do(text: str, message: str, remedy: str) -> None:
    found = resolve(text, "opportunity", ("quote",) if text != "quote" else ())
    assert isinstance(found, NoWay)
    assert found.message == message
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name", "Pumps"), ("hub_id", "o1"), ("contact", "c1"), ("contact.email", "a@b.example"), ("contact.hub_id", "c1"),
        ("quote.number", None), ("quote.hub_id", None), ("customer.name", None), ("contact.customer.name", None),
        ("custom.region", "North"), ("custom.other", None), ("contract.number", "C"), ("stage", None),
    ],
)  # fmt: skip
def test_what_is_at_the_end_of_a_way(text: str, value: str | None) -> None:
    source = Sight("o1", {"name": "Pumps", "contact": "c1", "custom": {"region": "North"}})
    others = {(CONTACT,): Sight("c1", {"email": "a@b.example"}), (CONTRACT,): Sight("k1", {"number": "C"})}
    way = resolve(text, "opportunity", ("quote", "contract"))
    assert isinstance(way, Way)
    assert View("opportunity", source, others).value(way) == value
