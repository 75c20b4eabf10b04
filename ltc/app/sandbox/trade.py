"""What is sold, by whom, and to whom it may be sold: products, employees, leads and open deals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ltc.app.sandbox import names
from ltc.app.sandbox.beings import Deal, DealLine, Employee, Lead, Product
from ltc.app.sandbox.spelling import sap_line, skeleton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.sandbox.beings import Company
    from ltc.app.sandbox.dice import Dice

MINOR_UNITS = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0, "KWD": 3}
_PER_EURO = {"EUR": Decimal(1), "USD": Decimal("1.08"), "GBP": Decimal("0.86"), "JPY": Decimal(163), "KWD": Decimal("0.332")}


def employees(dice: Dice, count: int) -> tuple[Employee, ...]:
    """Make sellers in several time zones."""
    made = []
    for number in range(count):
        country = names.COUNTRIES[number % len(names.COUNTRIES)]
        first, last = dice.pick(country.first_names, "seller", number), dice.pick(country.last_names, "seller", number, "last")
        address = f"{skeleton(first).lower()}.{skeleton(last).lower()}{number}@ltc-sandbox.example"
        made.append(
            Employee(f"E{number + 1:03d}", f"{first} {last}", address, address, country.time_zone, active=number % 11 != 10)
        )
    return tuple(made)


def _gtin(dice: Dice, number: str) -> str:
    body = "40" + dice.digits(10, "gtin", number)
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def _price(euro: Decimal, currency: str, *, even: bool) -> str:
    """Give a price in a currency; an even number of minor units stays whole when half a unit is sold."""
    unit = Decimal(1).scaleb(-MINOR_UNITS[currency])
    minor = int(euro * _PER_EURO[currency] / unit)
    return str((minor + minor % 2 if even else minor) * unit)


def products(dice: Dice, count: int, currencies: Sequence[str], *, all_in_both: bool = False) -> tuple[Product, ...]:
    """Make products; unless both systems know all, every tenth is known to Salesforce only and every tenth to SAP only."""
    made = []
    for place in range(count):
        title, short, unit = names.PRODUCT_NOUNS[place % len(names.PRODUCT_NOUNS)]
        variant = names.PRODUCT_VARIANTS[place // len(names.PRODUCT_NOUNS) % len(names.PRODUCT_VARIANTS)]
        series = place // (len(names.PRODUCT_NOUNS) * len(names.PRODUCT_VARIANTS)) + 1
        number = str(100200 + place) if place % 3 else f"LTC-{1000 + place}"
        spelled = {"salesforce": f"{title} {variant} {series}00", "sap": sap_line(f"{short} {variant} {series}00")}
        if place % 10 == 8 and not all_in_both:
            del spelled["sap"]
        elif place % 10 == 9 and not all_in_both:
            del spelled["salesforce"]
        euro = Decimal(dice.between(1999, 899999, "price", number)) / 100
        prices = {currency: _price(euro, currency, even=unit != "C62") for currency in currencies}
        made.append(
            Product(
                number,
                spelled,
                unit,
                dice.pick(("Hardware", "Spare Parts", "Service"), "category", number),
                "" if dice.chance(0.3, "no gtin", number) else _gtin(dice, number),
                "" if dice.chance(0.4, "no weight", number) else str(dice.between(1, 90000, "weight", number) / Decimal(1000)),
                prices,
            )
        )
    return tuple(made)


def leads(dice: Dice, count: int, staff: Sequence[Employee]) -> tuple[Lead, ...]:
    """Make leads; few of them will ever buy."""
    return tuple(lead(dice, f"L{number + 1:04d}", staff) for number in range(count))


def lead(dice: Dice, key: str, staff: Sequence[Employee]) -> Lead:
    """Make one lead from its key."""
    country = dice.pick(names.COUNTRIES, key, "country")
    first, last = dice.pick(country.first_names, key, "first"), dice.pick(country.last_names, key, "last")
    firm = f"{last} {dice.pick(('Consulting', 'Systems', 'Werke', 'Group'), key, 'firm')} {key}"
    return Lead(
        key,
        first,
        last,
        firm,
        "" if dice.chance(0.2, key, "no mail") else f"{skeleton(last).lower()}@{key.lower()}.{country.domain}",
        country.phone + country.area + dice.digits(7, key, "phone"),
        country.code,
        dice.pick(names.LEAD_SOURCES, key, "source"),
        dice.pick(staff, key, "owner").key,
    )


def deals(
    dice: Dice, count: int, firms: Sequence[Company], goods: Sequence[Product], staff: Sequence[Employee]
) -> tuple[Deal, ...]:
    """Make open deals with companies in Salesforce, over products that Salesforce sells; every currency has its share."""
    buyers = [company for company in firms if "salesforce" in company.entries]
    by_currency: dict[str, list[Company]] = {}
    for company in buyers:
        by_currency.setdefault(company.currency, []).append(company)
    currencies = sorted(by_currency)
    sold = [product for product in goods if "salesforce" in product.names]
    made = []
    for number in range(count):
        key = f"D{number + 1:04d}"
        # Half of the deals go round the currencies, so that the rare ones are never missing; half follow the market.
        pool = by_currency[currencies[number // 2 % len(currencies)]] if number % 2 else buyers
        buyer = dice.pick(pool, key, "buyer")
        made.append(
            Deal(
                key,
                f"{dice.pick(names.DEAL_WORDS, key, 'word')} {dice.between(2026, 2027, key, 'year')} – {key}",
                buyer.key,
                dice.pick(staff, key, "owner").key,
                buyer.currency,
                dice.between(5, 90, key, "close"),
                _lines(dice, key, buyer.currency, sold),
            )
        )
    return tuple(made)


def _lines(dice: Dice, key: str, currency: str, sold: Sequence[Product]) -> tuple[DealLine, ...]:
    chosen = dice.shuffle(sold, key, "products")[: dice.pick((1, 1, 2, 2, 3, 5), key, "lines")]
    lines = []
    for product in chosen:
        whole = dice.between(1, 20, key, product.number, "quantity")
        quantity = f"{whole}.5" if product.unit != "C62" and dice.chance(0.5, key, product.number, "half") else str(whole)
        price = Decimal(product.prices[currency])
        if dice.chance(0.4, key, product.number, "discount"):
            unit = Decimal(1).scaleb(-MINOR_UNITS[currency]) * 2
            price = (price * Decimal("0.93") // unit) * unit
        lines.append(DealLine(product.number, quantity, str(price)))
    return tuple(lines)
