"""The keys by which persons meet that are then compared: the same when all are matched and when one is looked up."""

from __future__ import annotations

from typing import Final

from mdm.matching.model import Columns

_SOUNDS: Final = {
    letter: str(number) for number, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}


def sound(name: str) -> str:
    """Write a name as it sounds, by the rules of Soundex: its first letter and three digits.

    >>> sound("meyer"), sound("maier"), sound("robert"), sound("rupert"), sound("")
    ('m600', 'm600', 'r163', 'r163', '')
    """
    if not name:
        return ""
    digits, last = "", _SOUNDS.get(name[0], "")
    for letter in name[1:]:
        digit = _SOUNDS.get(letter, "")
        if digit and digit != last:
            digits += digit
        if letter not in "hw":
            last = digit
    return name[0] + digits.ljust(3, "0")[:3]


def keys(columns: Columns) -> list[str]:
    """List a person's keys; either name may stand in the place of the other.

    >>> from mdm.matching.contacts.standard import columns
    >>> keys(columns({"first_name": "Anna", "last_name": "Meyer", "email": "a@meyer.example", "customer": "C7"}))
    ['n anna meyer', 's a500 m600', 'email a@meyer.example', 'c anna c7', 'c meyer c7']
    """
    given, family, birth = columns["given"], columns["family"], columns["birth"]
    code, house, street = columns["postal_code"], columns["house"], columns["street"]
    parts = [name for name in (given, family) if name]
    found = [f"n {columns['name']}"] if columns["name"] else []
    if len(parts) == 2:
        found.append("s " + " ".join(sorted(map(sound, parts))))
    found += [f"{kind} {columns[kind]}" for kind in ("number", "email") if columns[kind]]
    found += [f"p {number}" for number in columns["phones"]]
    if birth:
        found.append(f"b {birth}")
        found += [f"bs {sound(name)} {part}" for name in parts for part in (birth[:4], birth[4:])]
    if code:
        found += [f"z {code} {sound(name)}" for name in parts]
        if house:
            found.append(f"h {code} {house}")
    if street and house:
        found.append(f"a {house} {street}")
    if street:
        found += [f"t {street} {name[:3]}" for name in parts]
    if columns["employer"]:
        found += [f"c {name} {columns['employer']}" for name in parts]
    return found
