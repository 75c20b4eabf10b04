"""Companies: one real thing each, written by sellers in Salesforce and by clerks in SAP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ltc.app.sandbox import names
from ltc.app.sandbox.beings import Company, Contact, Entry
from ltc.app.sandbox.spelling import local_phone, sap_line, skeleton, sloppy, spaced, transliterate
from ltc.app.sandbox.tax_ids import tax_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.sandbox.beings import Employee
    from ltc.app.sandbox.dice import Dice

MISSING_TAX_ID = 0.08
"""Share of the companies in both systems that lack their tax id in one of them: a proposal for a steward."""

_SUBSCRIBER = {"FR": 8, "CN": 8, "AT": 6, "KW": 6, "US": 6}
"""Digits of a telephone number behind its area, where they are not seven."""

LOOKALIKES = 0.02
"""Share of companies that have a namesake behind the same postal code, with another tax id."""


@dataclass(frozen=True, slots=True)
class _Name:
    latin: str
    legal: tuple[str, str]
    local: str = ""


def companies(
    dice: Dice, count: int, both: float, staff: Sequence[Employee], *, tax_ids_in_sap: bool = True
) -> tuple[Company, ...]:
    """Make ``count`` companies, of which the share ``both`` is in both systems and the rest split between the two."""
    made: list[Company] = []
    taken: set[str] = set()
    order = dice.shuffle(range(count), "systems")
    shared, only_salesforce = round(count * both), round(count * (1 - both) / 2)
    for number in range(count):
        rank = order[number]
        known = ("salesforce", "sap") if rank < shared else (("salesforce",) if rank < shared + only_salesforce else ("sap",))
        made.append(_company(dice, f"C{number + 1:05d}", known, taken, staff, tax_ids_in_sap=tax_ids_in_sap))
    return tuple(_relate(dice, made))


def _relate(dice: Dice, made: list[Company]) -> list[Company]:
    """Give some companies a parent in Salesforce and some a namesake that is another company."""
    sellers = [company for company in made if "salesforce" in company.entries]
    related = {company.key: company for company in made}
    for place, company in enumerate(sellers):
        if place and dice.chance(0.06, company.key, "parent"):
            parent = sellers[dice.number(place, company.key, "which parent")]
            related[company.key] = replace(related[company.key], parent=parent.key)
    strangers = [company for company in made if tuple(company.entries) == ("salesforce",) and _has_tax_id(company)]
    clerks = [company for company in made if tuple(company.entries) == ("sap",) and _has_tax_id(company)]
    for twin in clerks[: round(len(made) * LOOKALIKES)]:
        model = next((other for other in strangers if _country_of(other) == _country_of(twin)), None)
        if model is None:
            continue
        strangers.remove(model)
        seen, own = model.entries["salesforce"], twin.entries["sap"]
        entry = replace(
            own,
            name=sap_line(seen.name),
            street=sap_line(seen.street),
            city=sap_line(seen.city),
            postal_code=seen.postal_code,
            region=seen.region,
        )
        related[twin.key] = replace(twin, entries={"sap": entry}, lookalike=model.key)
    return [related[company.key] for company in made]


def _has_tax_id(company: Company) -> bool:
    return any(entry.tax_id or entry.vat_id for entry in company.entries.values())


def _country_of(company: Company) -> str:
    return next(iter(company.entries.values())).country


def _country(dice: Dice, key: str) -> names.Country:
    place = dice.number(100, key, "country")
    for country in names.COUNTRIES:
        place -= country.share
        if place < 0:
            return country
    return names.COUNTRIES[0]


def _name(dice: Dice, country: names.Country, key: str, attempt: int) -> _Name:
    legal = dice.pick(country.legal, key, "legal")
    if country.code in {"CN", "JP"}:
        stems, branches = (
            (names.CHINESE_STEMS, names.CHINESE_BRANCHES)
            if country.code == "CN"
            else (names.JAPANESE_STEMS, names.JAPANESE_BRANCHES)
        )
        stem, branch = dice.pick(stems, key, "stem", attempt), dice.pick(branches, key, "branch", attempt)
        city = dice.pick(country.cities, key, "city")
        second = dice.pick(stems, key, "second", attempt) if attempt else None
        latin = " ".join(part for part in (city.name, stem.latin, second.latin if second else "", branch.latin) if part)
        mark = second.local if second else ""
        local = (
            f"{(city.local or city.name).removesuffix('市')}{stem.local}{mark}{branch.local}有限公司"
            if country.code == "CN"
            else f"株式会社{stem.local}{mark}{branch.local}"
        )
        return _Name(latin, legal, local)
    founder, trade = dice.pick(country.stems, key, "stem", attempt), dice.pick(country.branches, key, "branch", attempt)
    if attempt or dice.chance(0.3, key, "partners"):
        partner = dice.pick(country.stems, key, "second", attempt)
        tail = "Söhne" if partner == founder and country.language == "de" else partner
        return _Name(f"{founder} & {tail} {trade}", legal)
    return _Name(f"{founder} {trade}", legal)


def _postal(dice: Dice, city: names.City, country: names.Country, key: str) -> str:
    code = city.postal_code
    if country.code in {"GB", "NL"}:
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        return code[:-2] + dice.pick(letters, key, "pc1") + dice.pick(letters, key, "pc2")
    return code[:-2] + f"{dice.number(100, key, 'pc'):02d}"


def _company(
    dice: Dice, key: str, known: tuple[str, ...], taken: set[str], staff: Sequence[Employee], *, tax_ids_in_sap: bool
) -> Company:
    country = _country(dice, key)
    city = dice.pick(country.cities, key, "city")
    postal_code = _postal(dice, city, country, key)
    attempt = 0
    name = _name(dice, country, key, attempt)
    while skeleton(name.latin) + postal_code in taken:
        attempt += 1
        name = _name(dice, country, key, attempt)
    taken.add(skeleton(name.latin) + postal_code)
    entries = {}
    true = _true_entry(dice, key, country, city, postal_code=postal_code, name=name)
    lacking = _lacking(dice, key, known) if tax_ids_in_sap else ("sap",)
    clear = len(known) == 2 and bool(lacking)
    if "salesforce" in known:
        entries["salesforce"] = _as_seller(dice, key, country, true, name, clear=clear, lacking="salesforce" in lacking)
    if "sap" in known:
        entries["sap"] = _as_clerk(dice, key, country, city, true, name=name, lacking="sap" in lacking)
    owner = dice.pick(staff, key, "owner").key
    return Company(key, entries, _contacts(dice, key, country, true), owner, country.time_zone)


def _lacking(dice: Dice, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Say which systems lack the tax id."""
    if len(known) == 1:
        return known if dice.chance(0.15, key, "no tax id") else ()
    if not dice.chance(MISSING_TAX_ID, key, "no tax id"):
        return ()
    return dice.pick((("salesforce",), ("salesforce",), ("sap",), ("salesforce", "sap")), key, "who lacks it")


def _true_entry(dice: Dice, key: str, country: names.Country, city: names.City, *, postal_code: str, name: _Name) -> Entry:
    street = dice.pick(country.streets, key, "street")[0].format(n=dice.between(1, 240, key, "house"))
    tax_id, vat_id = tax_ids(country.code, dice, key)
    domain = f"{skeleton(name.latin)[:18].lower()}-{int(key[1:])}.{country.domain}"
    return Entry(
        name=f"{name.latin} {name.legal[0]}",
        street=street,
        city=city.name,
        postal_code=postal_code,
        region=city.region,
        country=country.code,
        phone=country.phone + country.area + dice.digits(_SUBSCRIBER.get(country.code, 7), key, "phone"),
        email=f"info@{domain}",
        website=f"https://www.{domain}",
        tax_id=tax_id,
        vat_id=vat_id,
        industry=dice.pick(names.INDUSTRIES, key, "industry"),
        currency=country.currency,
        language=country.language,
        payment_terms=dice.pick(names.PAYMENT_TERMS, key, "terms"),
        segment=dice.pick(names.SEGMENTS, key, "segment"),
        credit_limit=str(dice.between(1, 50, key, "limit") * 10000),
        customer_since=str(date(1998, 1, 1) + timedelta(days=dice.number(10_000, key, "since"))),
    )


def _as_seller(dice: Dice, key: str, country: names.Country, true: Entry, name: _Name, *, clear: bool, lacking: bool) -> Entry:
    """Write a company as a seller does: by its full or its casual name, with gaps.

    ``clear`` keeps to differences of case and punctuation, because nothing but name and postal code tells who it is.
    """
    same_form = skeleton(name.legal[0]) == skeleton(name.legal[1])
    legal = dice.pick((*name.legal, name.legal[0]), key, "seller legal") if same_form or not clear else name.legal[1]
    written = f"{name.latin} {legal}"
    if not clear and not lacking:
        if name.local and dice.chance(0.4, key, "script"):
            written = name.local
        else:
            habit = dice.number(12, key, "seller habit")
            written = f"{name.latin}" if habit == 5 else sloppy(written, habit if habit < 5 else 0)
    elif dice.chance(0.3, key, "case"):
        written = written.upper() if dice.chance(0.5, key, "which case") else written.lower()
    empty = dice.chance
    return replace(
        true,
        name=written,
        phone=""
        if empty(0.1, key, "sf phone")
        else local_phone(true.phone, country.phone, country.trunk, dice.number(3, key, "sf phone style")),
        email="" if empty(0.3, key, "sf email") else true.email,
        website="" if empty(0.2, key, "sf web") else true.website,
        street="" if empty(0.04, key, "sf street") else true.street,
        industry="" if empty(0.15, key, "sf industry") else true.industry,
        region="" if empty(0.4, key, "sf region") else true.region,
        tax_id="" if lacking else true.tax_id,
        vat_id="" if lacking else (spaced(true.vat_id) if empty(0.1, key, "sf vat style") else true.vat_id),
        credit_limit="",
        customer_since="" if empty(0.5, key, "sf since") else true.customer_since,
        segment="" if empty(0.25, key, "sf segment") else true.segment,
    )


def _as_clerk(
    dice: Dice, key: str, country: names.Country, city: names.City, true: Entry, *, name: _Name, lacking: bool
) -> Entry:
    """Write a company as a clerk does: upper case, forty characters, abbreviated."""
    abbreviated = dice.pick(country.streets, key, "street")[1].format(n=dice.between(1, 240, key, "house"))
    empty = dice.chance
    return replace(
        true,
        name=sap_line(f"{name.latin} {name.legal[1]}"),
        street=sap_line(abbreviated),
        city=sap_line(city.sap or city.name),
        phone="" if empty(0.2, key, "sap phone") else true.phone,
        email="" if empty(0.5, key, "sap email") else transliterate(true.email).lower(),
        website="",
        industry="" if empty(0.5, key, "sap industry") else true.industry,
        tax_id="" if lacking else true.tax_id,
        vat_id="" if lacking else true.vat_id,
        segment="",
        customer_since="",
    )


def _contacts(dice: Dice, key: str, country: names.Country, true: Entry) -> tuple[Contact, ...]:
    people = []
    for place in range(dice.pick((0, 1, 1, 1, 2, 2, 3), key, "contacts")):
        first, last = dice.pick(country.first_names, key, "first", place), dice.pick(country.last_names, key, "last", place)
        address = f"{skeleton(first).lower()}.{skeleton(last).lower()}{place or ''}@{true.email.partition('@')[2]}"
        people.append(
            Contact(
                key=f"{key}-P{place + 1}",
                salutation=dice.pick(("Mr.", "Ms.", "Dr.", ""), key, "salutation", place),
                first_name="" if dice.chance(0.08, key, "no first", place) else first,
                last_name=last,
                title=dice.pick(("Head of Procurement", "CEO", "Buyer", "Einkaufsleiter", "采购经理", ""), key, "title", place),
                email="" if dice.chance(0.1, key, "no mail", place) else address,
                phone="" if dice.chance(0.5, key, "no phone", place) else true.phone[:-2] + f"{place + 10}",
                mobile="" if dice.chance(0.6, key, "no mobile", place) else "+4917" + dice.digits(9, key, "mobile", place),
            )
        )
    return tuple(people)
