"""Identity: which identifiers prove that two records are the same thing, and which keys only suggest it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Literal, Protocol, TypeAlias

from mdm import standardise

Leaves: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, str]
"""A kind of identifier or key, and its standardised value."""

Outcome: TypeAlias = Literal["same", "review", "different"]

_LONGEST: Final = 255
_CROWD: Final = 20
_START: Final = 20


def _text(leaves: Leaves, path: str) -> str:
    value = leaves.get(path)
    return value if isinstance(value, str) else ""


def _country(leaves: Leaves) -> str:
    return _text(leaves, "billing_address.country") or _text(leaves, "shipping_address.country") or _text(leaves, "country")


def _tax(leaves: Leaves, path: str) -> str:
    """Make the key of a tax number; it means something in its country only."""
    country = _country(leaves)
    number = standardise.tax_id(_text(leaves, path), country)
    if country:
        return f"{country}:{number}" if len(number) >= 5 else ""
    prefixed = number[:2].isalpha() and number[2:3].isdigit()  # a VAT number brings its country
    return f"{number[:2]}:{number[2:]}" if prefixed and len(number) >= 7 else ""


def _name_and_place(leaves: Leaves) -> str:
    name = standardise.name_key(_text(leaves, "name"))
    code = standardise.postal_code(_text(leaves, "billing_address.postal_code"), _country(leaves))
    return f"{name}|{code}" if name and code else ""


def _name_start_and_place(leaves: Leaves) -> str:
    """Take the beginning of a long name: systems with room for 40 characters cut the rest, legal form and all."""
    start = standardise.name_key(_text(leaves, "name")).replace(" ", "")
    code = standardise.postal_code(_text(leaves, "billing_address.postal_code"), _country(leaves))
    return f"{start[:_START]}|{code}" if len(start) >= _START and code else ""


def _email_at(leaves: Leaves) -> str:
    address, customer = standardise.email(_text(leaves, "email")), _text(leaves, "customer")
    return f"{address}|{customer}" if address and customer else ""


def _person_at(leaves: Leaves) -> str:
    person = standardise.person_key(_text(leaves, "first_name"), _text(leaves, "last_name"))
    customer = _text(leaves, "customer")
    return f"{person}|{customer}" if " " in person and customer else ""


def _price(leaves: Leaves) -> str:
    price = leaves.get("price")
    money = (price.get("currency", ""), price.get("unit", "")) if isinstance(price, dict) else ("", "")
    product, listed = _text(leaves, "product"), _text(leaves, "price_list")
    return "|".join((product, listed, *money, _text(leaves, "valid_from"))) if product and listed else ""


def _number_of(leaves: Leaves) -> str:
    number = _text(leaves, "number").strip().upper()
    return f"{number}|{_text(leaves, 'customer')}" if number else ""


_MAKERS: Final[Mapping[str, Mapping[str, Callable[[Leaves], str]]]] = {
    "customer": {
        "duns": lambda leaves: standardise.duns(_text(leaves, "duns")),
        "lei": lambda leaves: standardise.lei(_text(leaves, "lei")),
        "registration_id": lambda leaves: standardise.uscc(_text(leaves, "registration_id")),
        "vat_id": lambda leaves: _tax(leaves, "vat_id"),
        "tax_id": lambda leaves: _tax(leaves, "tax_id"),
        "name_and_postal_code": _name_and_place,
        "name_start_and_postal_code": _name_start_and_place,
        "name": lambda leaves: standardise.name_key(_text(leaves, "name")),
    },
    "contact": {
        "email_and_customer": _email_at,
        "email": lambda leaves: standardise.email(_text(leaves, "email")),
        "name_and_customer": _person_at,
    },
    "product": {
        "number": lambda leaves: _text(leaves, "number").strip().upper(),
        "gtin": lambda leaves: standardise.gtin(_text(leaves, "gtin")),
        "manufacturer_number": lambda leaves: standardise.model_number(_text(leaves, "manufacturer_number")),
        "name": lambda leaves: " ".join(standardise.words(_text(leaves, "name"))),
    },
    "price": {"price": _price},
    "legal_entity": {
        "code": lambda leaves: _text(leaves, "code").strip().upper(),
        "vat_id": lambda leaves: _tax(leaves, "vat_id"),
        "name": lambda leaves: standardise.name_key(_text(leaves, "name")),
    },
    "employee": {
        "email": lambda leaves: standardise.email(_text(leaves, "email")),
        "username": lambda leaves: _text(leaves, "username").strip().casefold(),
        "number": lambda leaves: _text(leaves, "number").strip().upper(),
    },
    "campaign": {"name": lambda leaves: " ".join(standardise.words(_text(leaves, "name")))},
    "lead": {"email": lambda leaves: standardise.email(_text(leaves, "email"))},
    **{
        document: {"number_and_customer": _number_of}
        for document in ("order", "delivery", "invoice", "credit_note", "payment", "contract", "quote")
    },
}

STRONG: Final[Mapping[str, tuple[str, ...]]] = {
    "customer": ("duns", "lei", "registration_id"),
    "product": ("number", "gtin"),
    "legal_entity": ("code",),
    "employee": ("email",),
}
"""The kinds that prove identity, unless the hub's configuration names others."""

_SAY: Final[Mapping[str, tuple[str, str]]] = {  # what a kind is called, and how much equality says
    "duns": ("D-U-N-S number", "1.00"),
    "lei": ("Legal Entity Identifier", "1.00"),
    "registration_id": ("registration number", "0.99"),
    "vat_id": ("VAT number", "0.97"),
    "tax_id": ("tax number", "0.95"),
    "name_and_postal_code": ("name and postal code", "0.85"),
    "name_start_and_postal_code": ("beginning of a long name and postal code", "0.80"),
    "name": ("name", "0.60"),
    "email_and_customer": ("e-mail address at the same customer", "0.95"),
    "email": ("e-mail address", "0.80"),
    "name_and_customer": ("name at the same customer", "0.75"),
    "number": ("number", "0.95"),
    "gtin": ("GTIN", "0.99"),
    "manufacturer_number": ("manufacturer's number", "0.85"),
    "price": ("product, price list, currency and first day", "0.95"),
    "code": ("code", "1.00"),
    "username": ("user name", "0.90"),
    "number_and_customer": ("number and customer", "0.90"),
}


def kinds(entity: str) -> tuple[str, ...]:
    """Name the kinds of identifiers and keys that an entity has, the most telling first."""
    return tuple(_MAKERS.get(entity, ()))


def strong_identifiers(entity: str, leaves: Leaves, strong: Mapping[str, Sequence[str]] = STRONG) -> list[Key]:
    """List the identifiers of a record that prove what it is; values that are no valid identifiers are left out.

    >>> strong_identifiers("customer", {"name": "Acme", "duns": "15-048-3782", "lei": "wrong"})
    [('duns', '150483782')]
    """
    return _make(entity, leaves, strong.get(entity, ()))


def match_keys(entity: str, leaves: Leaves, strong: Mapping[str, Sequence[str]] = STRONG) -> list[Key]:
    """List the keys of a record by which a steward is asked whether two records are the same thing, the most telling first.

    >>> match_keys("customer", {"name": "Acme GmbH", "billing_address.postal_code": "50667", "billing_address.country": "DE"})
    [('name_and_postal_code', 'acme|50667'), ('name', 'acme')]
    """
    return _make(entity, leaves, [kind for kind in kinds(entity) if kind not in strong.get(entity, ())])


def _make(entity: str, leaves: Leaves, wanted: Sequence[str]) -> list[Key]:
    if not wanted:
        return []
    makers = _MAKERS.get(entity, {})
    made = ((kind, makers[kind](leaves)) for kind in wanted if kind in makers)
    return [(kind, _fit(value)) for kind, value in made if value]


def _fit(value: str) -> str:
    """Keep long keys comparable within the store's width."""
    if len(value) <= _LONGEST:
        return value
    tail = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{value[: _LONGEST - len(tail) - 1]}#{tail}"


def evidence(kind: str) -> str:
    """Say what equality of this kind is, without the value, which may be personal.

    >>> evidence("duns")
    'same D-U-N-S number'
    """
    return f"same {_SAY[kind][0]}"


def contradictions(left: Iterable[Key], right: Iterable[Key]) -> list[str]:
    """Name the kinds of strong identifiers that both records have, with no value in common.

    >>> contradictions([("duns", "1"), ("lei", "a")], [("duns", "2"), ("lei", "a")])
    ['duns']
    """
    mine, theirs = _by_kind(left), _by_kind(right)
    return [kind for kind, values in mine.items() if kind in theirs and not values & theirs[kind]]


def _by_kind(keys: Iterable[Key]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for kind, value in keys:
        found.setdefault(kind, set()).add(value)
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two records are the same thing, how sure that is (0.00 to 1.00) and why."""

    outcome: Outcome
    score: str
    evidence: tuple[str, ...]


def decide(
    entity: str,
    left: Leaves,
    right: Leaves,
    *,
    label: Literal["same", "different"] | None = None,
    strong: Mapping[str, Sequence[str]] = STRONG,
) -> Verdict:
    """Decide whether two records are the same thing: a steward's label first, then proof, then what keys suggest.

    Contradicting strong identifiers are a veto: such a pair is never merged automatically.

    >>> decide("product", {"number": "P1"}, {"number": "p1 "}).outcome
    'same'
    >>> decide("product", {"number": "P1", "gtin": "4006381333931"}, {"number": "P1", "gtin": "036000291452"}).evidence
    ('same number', 'different GTIN')
    """
    if label is not None:
        return Verdict(label, "1.00" if label == "same" else "0.00", ("decided by a steward",))
    mine, theirs = strong_identifiers(entity, left, strong), strong_identifiers(entity, right, strong)
    against = contradictions(mine, theirs)
    proof = [kind for kind, value in mine if (kind, value) in theirs]
    objections = tuple(f"different {_SAY[kind][0]}" for kind in against)
    if proof:
        outcome: Outcome = "review" if against else "same"
        return Verdict(outcome, _SAY[proof[0]][1], (*map(evidence, proof), *objections))
    if against:
        return Verdict("different", "0.00", objections)
    others = set(match_keys(entity, right, strong))
    shared = [kind for kind, value in match_keys(entity, left, strong) if (kind, value) in others]
    if shared:
        return Verdict("review", max(_SAY[kind][1] for kind in shared), tuple(map(evidence, shared)))
    return Verdict("different", "0.00", ())


@dataclass(frozen=True, slots=True)
class Proposal:
    """A golden record that may be the same thing as the record that was asked about."""

    hub_id: str
    verdict: Verdict


class Matcher(Protocol):
    """Finds golden records that may be the same thing; probabilistic matching comes through this door too."""

    def propose(self, entity: str, leaves: Leaves) -> list[Proposal]:
        """List proposals, the surest first; never one that a strong identifier contradicts."""


class Index(Protocol):
    """What a matcher asks the store."""

    def find(self, entity: str, keys: Sequence[Key]) -> Mapping[Key, Sequence[str]]:
        """Find the hub ids that hold each key."""

    def leaves(self, hub_ids: Sequence[str]) -> Mapping[str, Leaves]:
        """Load the golden leaves of hub ids."""


class KeyMatcher:
    """Proposes golden records that share a key; keys that a crowd shares say nothing and are passed over."""

    def __init__(self, index: Index, strong: Mapping[str, Sequence[str]] = STRONG, crowd: int = _CROWD) -> None:
        self._index = index
        self._strong = strong
        self._crowd = crowd

    def propose(self, entity: str, leaves: Leaves) -> list[Proposal]:
        """List proposals, the surest first."""
        keys = [*strong_identifiers(entity, leaves, self._strong), *match_keys(entity, leaves, self._strong)]
        found = self._index.find(entity, keys)
        hub_ids = list(dict.fromkeys(hub_id for key in keys if len(ids := found.get(key, ())) <= self._crowd for hub_id in ids))
        others = self._index.leaves(hub_ids)
        proposals = [
            Proposal(hub_id, decide(entity, leaves, others[hub_id], strong=self._strong))
            for hub_id in hub_ids
            if hub_id in others
        ]
        return sorted(
            (proposal for proposal in proposals if proposal.verdict.outcome != "different"),
            key=lambda proposal: (proposal.verdict.outcome == "same", proposal.verdict.score, proposal.hub_id),
            reverse=True,
        )
