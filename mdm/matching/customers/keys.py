"""The keys by which customers meet that are then compared: the same when all are matched and when one is looked up."""

from __future__ import annotations

from itertools import combinations
from typing import Final

from mdm.matching.model import Columns

_WORDS: Final = 6


def keys(columns: Columns) -> list[str]:
    """List a customer's keys; ``columns`` are standardised, the words of its name with or without weights.

    >>> from mdm.matching.customers.standard import columns
    >>> customer = {"name": "Acme Rockets GmbH", "phone": "0221 1234567", "street": "Domplatz 3", "postal_code": "50667"}
    >>> keys(columns(customer))  # doctest: +NORMALIZE_WHITESPACE
    ['n acmerocket', 'p 1234567', 'a 3 domplatz', 's 50667 acmero', 'w 50667 acme', 'w 50667 rocket', 'h 50667 3',
     'wh 3 acme', 'wh 3 rocket', 'ww acme rocket']
    """
    found: list[str] = []
    name, code, city = columns["name"], columns["postal_code"], columns["city"]
    words = [word.split()[-1] for word in columns["words"]][:_WORDS]
    if name:
        found.append(f"n {name}")
    found += [f"p {number}" for number in columns["phones"]]
    if columns["address"]:
        found.append(f"a {columns['address']}")
    for place in filter(None, (code, city)):
        if name:
            found.append(f"s {place} {name[:6]}")
        found += [f"w {place} {word}" for word in words]
        if columns["house"]:
            found.append(f"h {place} {columns['house']}")
    if columns["house"]:
        found += [f"wh {columns['house']} {word}" for word in words]
    found += [f"ww {one} {other}" for one, other in combinations(words, 2)]
    if len(words) == 1:
        found.append(f"ww {words[0]}")
    if len(columns["acronym"]) > 2:
        found.append(f"n {columns['acronym']}")
    found += [f"{kind} {columns[kind]}" for kind in ("email", "domain") if columns[kind]]
    found += [f"i {identifier}" for identifier in columns["identifiers"]]
    return found
