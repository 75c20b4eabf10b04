"""A small authored catalogue: every product as two sellers write it, each product of the first has a sister that differs."""

from __future__ import annotations

from mdm.matching.records import MatchRecord, Pair

_MAKERS = ("Northwind", "Fabrikam", "Contoso", "Tailspin")
_KINDS = (
    "Cordless Drill",
    "Angle Grinder",
    "Circular Saw",
    "Belt Sander",
    "Heat Gun",
    "Jig Saw",
    "Rotary Hammer",
    "Impact Wrench",
)


def catalogue() -> tuple[list[MatchRecord], frozenset[Pair]]:
    """List the records of both sellers, and the pairs that are the same product."""
    here: list[MatchRecord] = []
    there: list[MatchRecord] = []
    for number, (maker, kind) in enumerate((maker, kind) for maker in _MAKERS for kind in _KINDS):
        letters = "".join(word[0] for word in kind.split())
        for size in (12, 18):
            code = f"{maker[0]}{letters}-{number + 10}{size}0"
            price = 40 + 3 * number + 5 * size
            one = {"name": f"{maker} {size} Volt {kind} - {code}", "brand": maker, "price": str(price)}
            other = {"name": f"{maker.upper()} {kind.lower()} {code.replace('-', '')} ({size}V)", "price": f"{price * 1.04:.2f}"}
            here.append(MatchRecord("shop", f"s{len(here)}", one))
            there.append(MatchRecord("list", f"l{len(there)}", other))
    return here + there, frozenset((place, len(here) + place) for place in range(len(here)))
