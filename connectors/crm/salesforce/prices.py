"""Price books: which entry a line is priced by, and which book a price or an order belongs to, where nobody has said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors.crm.salesforce.query import ask_all, chosen, matching

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session

_ENTRY = ("Id", "Product2Id", "Pricebook2Id", "CurrencyIsoCode", "Pricebook2.IsStandard", "IsActive")


def complete_prices(session: Session, obj: str, rows: Sequence[tuple[dict[str, Any], str]]) -> None:
    """Find the price book entry of new lines that name their product only: the parent's price book and currency decide.

    ``rows`` are columns, which are completed in place, and the id of the parent, an ``obj``.
    """
    bare = [(columns, parent) for columns, parent in rows if not columns.get("PricebookEntryId") and columns.get("Product2Id")]
    if bare:
        heads = sorted({parent for _, parent in bare})
        books = {one["Id"]: one for one in matching(session, obj, ["Id", "Pricebook2Id", "CurrencyIsoCode"], "Id", heads)}
        entries = entries_of(session, "Product2Id", [str(columns["Product2Id"]) for columns, _ in bare])
        for columns, parent in bare:
            found = fitting(entries, columns["Product2Id"], books.get(parent, {}))
            if found:
                columns["PricebookEntryId"] = found["Id"]
    for columns, _ in rows:
        if columns.get("PricebookEntryId"):
            columns.pop("Product2Id", None)  # the entry says it already, and two that differ are refused


def complete_books(session: Session, heads: Sequence[tuple[dict[str, Any], Sequence[Mapping[str, Any]]]]) -> None:
    """Give orders the price book that their lines are priced from; ``heads`` are columns, completed in place, and lines."""
    bare = [(columns, lines) for columns, lines in heads if not columns.get("Pricebook2Id") and lines]
    if not bare:
        return
    named = [str(line["PricebookEntryId"]) for _, lines in bare for line in lines if line.get("PricebookEntryId")]
    products = [
        str(line["Product2Id"])
        for _, lines in bare
        for line in lines
        if not line.get("PricebookEntryId") and line.get("Product2Id")
    ]
    by_id = {entry["Id"]: entry for entry in entries_of(session, "Id", named)}
    entries = entries_of(session, "Product2Id", products)
    for columns, lines in bare:
        first = lines[0]
        entry = by_id.get(first.get("PricebookEntryId")) or fitting(entries, first.get("Product2Id"), columns)
        if entry:
            columns["Pricebook2Id"] = entry["Pricebook2Id"]


def complete_entries(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put prices that name no price book into the standard one; completed in place."""
    bare = [row for row in rows if not row.get("Pricebook2Id")]
    if bare:
        standard = ask_all(session, f"{chosen(['Id'], 'Pricebook2')} WHERE IsStandard = true LIMIT 1")
        for row in bare:
            if standard:
                row["Pricebook2Id"] = standard[0]["Id"]


def entries_of(session: Session, field: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Read price book entries by id or product."""
    return matching(session, "PricebookEntry", _ENTRY, field, sorted(set(values)))


def fitting(entries: Sequence[Mapping[str, Any]], product: object, parent: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Choose the entry of a product for a parent's currency and price book; the standard price book goes first."""
    found = [
        entry
        for entry in entries
        if entry["IsActive"]
        and entry["Product2Id"] == product
        and parent.get("CurrencyIsoCode") in {None, entry["CurrencyIsoCode"]}
        and parent.get("Pricebook2Id") in {None, entry["Pricebook2Id"]}
    ]
    found.sort(key=lambda entry: (not (entry.get("Pricebook2") or {}).get("IsStandard"), entry["Id"]))
    return found[0] if found else None
