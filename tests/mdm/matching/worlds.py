"""Authored worlds: customers and persons that several systems know, each a little differently."""

from __future__ import annotations

import random

from mdm.matching.records import MatchRecord

_ROOTS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "indigo",
    "juniper",
    "krone",
    "lunar",
    "meadow",
    "nova",
    "onyx",
    "pebble",
    "quartz",
    "raven",
    "sable",
    "tundra",
]
_TRADES = ["logistics", "bakery", "textiles", "robotics", "dental", "roofing", "optics", "marine", "energy", "printing"]
_STREETS = ["Hafen", "Linden", "Garten", "Schiller", "Bruecken", "Kirch", "Wiesen", "Markt", "Berg", "Muehlen", "Ring", "Ufer"]
_CITIES = [("Ulm", "89073"), ("Kiel", "24103"), ("Jena", "07743"), ("Trier", "54290"), ("Bonn", "53111"), ("Worms", "67547")]
_GIVEN = [
    "Anna",
    "Bernd",
    "Clara",
    "Dieter",
    "Elif",
    "Frank",
    "Greta",
    "Hakan",
    "Ines",
    "Jonas",
    "Katrin",
    "Lars",
    "Mila",
    "Nora",
    "Otto",
    "Paula",
]
_FAMILY = [
    "Arnold",
    "Becker",
    "Celik",
    "Dahl",
    "Ebert",
    "Fuchs",
    "Graf",
    "Huber",
    "Ivanov",
    "Jansen",
    "Keller",
    "Lorenz",
    "Maurer",
    "Novak",
    "Orth",
    "Pohl",
]


def typo(dice, text):
    place = dice.randrange(len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def customers(count, seed):
    """Make so many customers in a CRM, each with a second record in an ERP; the pairs are those of equal ids."""
    dice = random.Random(seed)
    crm, erp = [], []
    for place in range(count):
        city, code = dice.choice(_CITIES)
        name = f"{dice.choice(_ROOTS)} {dice.choice(_ROOTS)} {dice.choice(_TRADES)}".title()
        house, phone = str(dice.randrange(1, 200)), f"0{dice.randrange(200, 999)} {dice.randrange(1000000, 9999999)}"
        street = dice.choice(_STREETS)
        fields = {"name": f"{name} GmbH", "street": f"{street}str. {house}", "city": city, "postal_code": code, "phone": phone}
        other = {
            "name": name.upper(),
            "street": f"{street}straße {house}",
            "city": city,
            "postal_code": f"D-{code}",
            "phone": phone,
        }
        if place % 3 == 0:
            other["name"] = typo(dice, name)
        if place % 5 == 0:
            del other["phone"]
        crm.append(MatchRecord("crm", str(place), fields))
        erp.append(MatchRecord("erp", str(place), other))
    return crm + erp


def persons(count, seed):
    """Make so many persons in one system, each with a second record in another."""
    dice = random.Random(seed)
    shop, desk = [], []
    for place in range(count):
        given, family = dice.choice(_GIVEN), dice.choice(_FAMILY)
        city, code = dice.choice(_CITIES)
        birth = f"19{dice.randrange(40, 99)}{dice.randrange(1, 12):02d}{dice.randrange(1, 28):02d}"
        street = f"{dice.choice(_STREETS)}str. {dice.randrange(1, 200)}"
        fields = {
            "first_name": given,
            "last_name": family,
            "birth_date": birth,
            "street": street,
            "city": city,
            "postal_code": code,
        }
        other = dict(fields, first_name=family, last_name=given) if place % 4 == 0 else dict(fields, last_name=typo(dice, family))
        if place % 5 == 0:
            del other["birth_date"]
        shop.append(MatchRecord("shop", str(place), fields))
        desk.append(MatchRecord("desk", str(place), other))
    return shop + desk
