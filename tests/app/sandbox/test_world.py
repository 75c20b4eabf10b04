"""The world is the same for the same seed, and as awkward as real data."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from stdnum.at import uid
from stdnum.ch import vat as ch_vat
from stdnum.cn import uscc
from stdnum.de import vat as de_vat
from stdnum.es import nif
from stdnum.fr import tva
from stdnum.gb import vat as gb_vat
from stdnum.it import iva
from stdnum.jp import cn as jp_cn
from stdnum.nl import btw

from ltc.app.sandbox.beings import Entry
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.tax_ids import tax_ids
from ltc.app.sandbox.trade import MINOR_UNITS
from ltc.app.sandbox.world import CURRENCIES, Size, Truth, World, build
from mdm.identity import match_keys, strong_identifiers


@pytest.fixture(scope="module")
def world() -> World:
    return build(7, Size.scaled(1))


def test_same_seed_gives_the_same_world_and_another_seed_another(world: World) -> None:
    assert build(7, Size.scaled(1)) == world
    assert build(8, Size.scaled(0.05)) != build(7, Size.scaled(0.05))


def test_a_thousand_companies_half_in_both_systems(world: World) -> None:
    systems = Counter(tuple(sorted(company.entries)) for company in world.companies)
    assert len(world.companies) == 1000
    assert systems == {("salesforce", "sap"): 500, ("salesforce",): 250, ("sap",): 250}
    assert len({company.key for company in world.companies}) == 1000


def test_a_plain_sap_knows_everyone_and_everything_but_no_tax_number() -> None:
    world = build(7, Size.shared(0.2))
    assert len(world.companies) == 100
    assert all(set(company.entries) == {"salesforce", "sap"} for company in world.companies)
    assert all(set(product.names) == {"salesforce", "sap"} for product in world.products)
    assert not any(company.entries["sap"].tax_id or company.entries["sap"].vat_id for company in world.companies)
    assert all(keys_of(company.entries["salesforce"]) & keys_of(company.entries["sap"]) for company in world.companies)


def test_first_connection_has_two_systems_of_five_thousand() -> None:
    size = Size.first_connection(5000)
    assert (size.companies, round(size.companies * size.both)) == (7500, 2500)


def test_spellings_differ_between_the_systems(world: World) -> None:
    both = [company for company in world.companies if len(company.entries) == 2]
    assert all(
        company.entries["salesforce"].name != company.entries["sap"].name
        for company in both
        if "ä" in company.entries["salesforce"].name
    )
    assert all(
        entry.name == entry.name.upper() and len(entry.name) <= 40 for c in world.companies if (entry := c.entries.get("sap"))
    )
    assert any(len(company.entries["salesforce"].name) > 40 for company in both)
    assert any("有限公司" in company.entries["salesforce"].name for company in both)
    assert any("株式会社" in company.entries["salesforce"].name for company in both)
    assert any("ß" in company.entries["salesforce"].name for company in both)


def keys_of(entry: Entry) -> set[tuple[str, str]]:
    """Give every key by which the hub may recognise a company."""
    leaves = {
        "name": entry.name,
        "billing_address.country": entry.country,
        "billing_address.postal_code": entry.postal_code,
        "tax_id": entry.tax_id,
        "vat_id": entry.vat_id,
    }
    return {*strong_identifiers("customer", leaves), *match_keys("customer", leaves)}


def test_every_company_in_both_systems_can_be_recognised(world: World) -> None:
    both = [company for company in world.companies if len(company.entries) == 2]
    shared = {company.key: keys_of(company.entries["salesforce"]) & keys_of(company.entries["sap"]) for company in both}
    assert [key for key, keys in shared.items() if not keys] == []
    only_by_name = [key for key, keys in shared.items() if {kind for kind, _ in keys} <= {"name", "name_and_postal_code"}]
    only_by_number = [key for key, keys in shared.items() if not {kind for kind, _ in keys} & {"name", "name_and_postal_code"}]
    assert 20 <= len(only_by_name) <= 60
    assert len(only_by_number) >= 40


def test_lookalikes_share_name_and_postal_code_but_not_the_tax_number(world: World) -> None:
    twins = [company for company in world.companies if company.lookalike]
    assert len(twins) >= 10
    for twin in twins:
        own, other = twin.entries["sap"], world.company(twin.lookalike).entries["salesforce"]
        assert own.postal_code == other.postal_code
        assert {own.tax_id, own.vat_id} - {""} != {other.tax_id, other.vat_id} - {""}


def test_values_are_missing_here_and_there(world: World) -> None:
    sellers = [company.entries["salesforce"] for company in world.companies if "salesforce" in company.entries]
    for field in ("phone", "email", "website", "industry", "region", "tax_id", "customer_since", "segment"):
        empty = sum(not getattr(entry, field) for entry in sellers)
        assert 0 < empty < len(sellers), field


def test_five_currencies_and_several_time_zones(world: World) -> None:
    assert {company.currency for company in world.companies} == set(CURRENCIES)
    assert {deal.currency for deal in world.deals} == set(CURRENCIES)
    assert len({employee.time_zone for employee in world.employees}) >= 6


def test_line_totals_are_whole_minor_units(world: World) -> None:
    for deal in world.deals:
        for line in deal.lines:
            total = Decimal(line.quantity) * Decimal(line.unit_price)
            assert total == round(total, MINOR_UNITS[deal.currency]), deal
    assert any("." in line.quantity for deal in world.deals for line in deal.lines)


def test_products_in_both_systems_and_some_in_one(world: World) -> None:
    systems = Counter(tuple(sorted(product.names)) for product in world.products)
    assert systems == {("salesforce", "sap"): 48, ("salesforce",): 6, ("sap",): 6}
    assert all(len(name) <= 40 for product in world.products if (name := product.names.get("sap")))


@pytest.mark.parametrize(
    ("country", "judge"),
    [
        ("DE", de_vat),
        ("FR", tva),
        ("IT", iva),
        ("ES", nif),
        ("GB", gb_vat),
        ("CN", uscc),
        ("JP", jp_cn),
        ("AT", uid),
        ("CH", ch_vat),
        ("NL", btw),
    ],
)
def test_check_digits_are_valid(country: str, judge: object) -> None:
    dice = Dice(3)
    for number in range(60):
        tax_id, vat_id = tax_ids(country, dice, number)
        assert judge.is_valid(vat_id or tax_id)  # type: ignore[attr-defined]


def test_truth_settles_proposals_and_survives_the_disk() -> None:
    truth = Truth()
    truth.companies["salesforce"]["001A"] = "C1"
    truth.companies["sap"] |= {"0000000001": "C1", "0000000002": "C2"}
    assert truth.same(("salesforce", "001A"), ("sap", "0000000001"))
    assert not truth.same(("salesforce", "001A"), ("sap", "0000000002"))
    assert not truth.same(("salesforce", "unknown"), ("sap", "unknown"))
    assert Truth.load(truth.dump()) == truth
