"""Roll-ups: the one value that goes back from all documents that belong to a source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ltc.app.engine.flow.shares import Share, share_of
from ltc.core.models.leaves import unflatten
from ltc.core.models.money import money, quantise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ltc.app.engine.flow.shares import Part
    from ltc.app.engine.state import GoldenState


@dataclass(frozen=True, slots=True)
class RollUp:
    """One value that goes back to the source: an aggregate over everything that belongs to it.

    ``path`` is a leaf, or a leaf of rows as ``lines.delivered_quantity``; ``times`` names the unit price in the same row by
    which such a quantity becomes money. ``codes`` translate the value (one that is not named says nothing), and ``where``
    says which documents count.
    """

    leaf: str
    function: Literal["sum", "latest"]
    path: str
    times: str = ""
    codes: Mapping[str, str | None] | None = None
    where: Callable[[Mapping[str, Any]], bool] | None = None


def aggregate(roll: RollUp, goldens: Iterable[GoldenState], part: Part | None = None) -> Any:
    """Sum an amount over documents and their rows, or take the value of the newest document.

    Of documents whose rows refer to several sources, only what is of the source ``part`` is summed. There is no sum of
    nothing, of several currencies, or of a quantity whose price or a share whose size is not known: a wrong figure is worse.
    """
    counted = [golden for golden in goldens if roll.where is None or roll.where(unflatten(golden.entity, golden.leaves))]
    if roll.function == "latest":
        newest = max(counted, key=lambda golden: golden.hub_id, default=None)
        value = newest.leaves.get(roll.path) if newest is not None else None
        return value if roll.codes is None else roll.codes.get(str(value))
    total: dict[str, Decimal] = {}
    for golden in counted:
        for found in _amounts(roll, golden, share_of(golden, part)):
            if found is None:
                return None
            currency, amount = found
            total[currency] = total.get(currency, Decimal()) + amount
    if len(total) != 1:
        return None
    ((currency, amount),) = total.items()
    return money(amount, currency)


def _amounts(roll: RollUp, golden: GoldenState, share: Share) -> Iterator[tuple[str, Decimal] | None]:
    """Find the amounts in one document, as (currency, amount); None for one that cannot be worked out."""
    head, _, tail = roll.path.partition(".")
    leaves = golden.leaves
    for leaf, value in leaves.items():
        inside = tail and leaf.startswith(f"{head}[") and leaf.endswith(f"].{tail}")
        if not value or not (leaf == roll.path or (inside and share.has(leaf))):
            continue
        if roll.times:
            yield _value(value, leaves.get(leaf.removesuffix(tail) + roll.times))
        else:
            amount = Decimal(value["amount"])
            shared = amount if inside else share.of(amount, value["currency"])
            yield None if shared is None else (value["currency"], shared)


def _value(quantity: Mapping[str, str], price: Mapping[str, str] | None) -> tuple[str, Decimal] | None:
    """Work out what a quantity is worth, rounded as a line of a document is."""
    if not price or price["unit"] != quantity["unit"] or not Decimal(price["per"]):
        return None
    exact = Decimal(quantity["value"]) * Decimal(price["amount"]) / Decimal(price["per"])
    return price["currency"], quantise(exact, price["currency"])
