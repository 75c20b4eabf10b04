"""Writes of up to 200 rows at once, as sObject Collections do them: one result per row, in the order of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from connectors.crm.salesforce.org.rows import Org
from connectors.crm.salesforce.org.schema import Table
from connectors.crm.salesforce.org.values import RowError, SeveralError, full_id

Disturb: TypeAlias = Callable[[Table, Mapping[str, Any], int], None]
"""``disturb(table, fields, place)`` raises a RowError where a row is to fail by fault."""

MOST_ROWS: Final = 200


class Collections:
    """Does batches for one client."""

    def __init__(self, org: Org, actor: str, disturb: Disturb) -> None:
        """Write as this actor."""
        self._org = org
        self._actor = actor
        self._disturb = disturb

    def insert(self, records: Sequence[Mapping[str, Any]], *, all_or_none: bool) -> list[dict[str, Any]]:
        """Make rows."""

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            return _good(self._org.insert(self._table(record), _fields(record), self._actor))

        return self._each(records, one, all_or_none=all_or_none)

    def update(self, records: Sequence[Mapping[str, Any]], *, all_or_none: bool) -> list[dict[str, Any]]:
        """Change rows by id."""

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            fields = _fields(record)
            key = full_id(next((fields.pop(name) for name in list(fields) if name.lower() == "id"), ""))
            self._org.update(self._table(record), key, fields, self._actor)
            return _good(key)

        return self._each(records, one, all_or_none=all_or_none)

    def upsert(
        self, table: Table, external: str, records: Sequence[Mapping[str, Any]], *, all_or_none: bool
    ) -> list[dict[str, Any]]:
        """Make or change rows by external id; an id that occurs twice is refused in each of its rows."""
        seen = Counter(str(record.get(external)).casefold() for record in records)

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            fields = _fields(record)
            value = fields.pop(external, None)
            if value is not None and seen[str(value).casefold()] > 1:
                raise RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", external)
            key, created = self._org.upsert(table, external, value, fields, self._actor)
            return {**_good(key), "created": created}

        return self._each(records, one, all_or_none=all_or_none)

    def delete(self, ids: Sequence[str], *, all_or_none: bool) -> list[dict[str, Any]]:
        """Put rows into the bin."""

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            key = full_id(record["id"])
            self._org.delete(self._table(record), key, self._actor)
            return _good(key)

        return self._each([{"id": key} for key in ids], one, all_or_none=all_or_none)

    def _table(self, record: Mapping[str, Any]) -> Table:
        name = (record.get("attributes") or {}).get("type")
        if name:
            return self._org.table(str(name))
        key = str(record.get("id") or record.get("Id") or "")
        found = self._org.schema.by_prefix.get(key[:3])
        if found is None:
            raise RowError("MALFORMED_ID", f"malformed id {key}")
        return found

    def _each(
        self, records: Sequence[Mapping[str, Any]], one: Callable[[Mapping[str, Any]], dict[str, Any]], *, all_or_none: bool
    ) -> list[dict[str, Any]]:
        if len(records) > MOST_ROWS:
            raise RowError(
                "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_ROWS} records into this call"
            )
        for record in records:
            table = self._table(record)
            unknown = next((name for name in _fields(record) if name.casefold() not in table.folded), None)
            if unknown:
                raise RowError("INVALID_FIELD", f"No such column '{unknown}' on sobject of type {table.name}", unknown)
        with self._org.together() as back:
            results = [self._one(place, record, one) for place, record in enumerate(records)]
            if all_or_none and not all(result["success"] for result in results):
                back()
                rolled = RowError("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid")
                results = [_bad(rolled) if result["success"] else result for result in results]
        return results

    def _one(self, place: int, record: Mapping[str, Any], one: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        try:
            self._disturb(self._table(record), record, place)
            return one(record)
        except RowError as error:
            return _bad(error)
        except SeveralError as error:
            return _bad(RowError("DUPLICATE_EXTERNAL_ID", f"Upsert matched {len(error.ids)} records", ""))


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "attributes"}


def _good(key: str) -> dict[str, Any]:
    return {"id": key, "success": True, "errors": []}


def _bad(error: RowError) -> dict[str, Any]:
    return {"success": False, "errors": [error.described()]}
