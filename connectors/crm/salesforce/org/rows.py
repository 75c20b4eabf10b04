"""The rows of the simulated org: insert, update, delete, merge, with the checks that every object shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from connectors.crm.salesforce.org import rules
from connectors.crm.salesforce.org.reshaping import moved, reshaped
from connectors.crm.salesforce.org.schema import NUMERIC, Field, Schema, Table
from connectors.crm.salesforce.org.values import Row, RowError, SeveralError, full_id, mint, money, stamp, taken, time_of

if TYPE_CHECKING:
    from ltc.core.contract import Clock

Tell: TypeAlias = Callable[[str, str, str, str, Mapping[str, Any]], None]

_SEEDED: Final = frozenset({"CreatedDate", "CreatedById", "IsStandard", "OrganizationType"})


class Org:
    """All rows of one org, with the indexes that its checks and queries need."""

    def __init__(self, schema: Schema, clock: Clock, tell: Tell) -> None:
        """Start empty; ``tell(actor, verb, object, id, fields)`` hears of every business change."""
        self.schema = schema
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in schema.tables}
        self._clock = clock
        self._tell = tell
        self._last = ""
        self._reshaped: list[tuple[str, str, Mapping[str, Any]]] = []
        self._minted: dict[str, int] = defaultdict(int)
        self._unique: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._children: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(dict)
        self._undo: list[tuple[str, str, Row | None]] | None = None
        self._heard: list[tuple[str, str, str, str, Mapping[str, Any]]] | None = None

    # -- looking ------------------------------------------------------------------------------------------------

    def table(self, name: str) -> Table:
        """Find an object by name, in any case."""
        found = self.schema.folded.get(name.casefold())
        if found is None:
            raise RowError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return found

    def get(self, table: str, key: str | None) -> Row | None:
        """Find a row, deleted or not."""
        return self.tables[table].get(key) if key else None

    def live(self, table: str) -> Iterator[Row]:
        """List the rows that are not deleted."""
        return (row for row in self.tables[table].values() if not row["IsDeleted"])

    def children(self, table: str, reference: str, parent: str, *, deleted: bool = False) -> list[Row]:
        """List the rows whose reference names the parent, in order of creation; those in the bin only if asked for."""
        rows = self.tables[table]
        found = (rows[key] for key in self._children[table, reference].get(parent, ()))
        return [row for row in found if deleted or not row["IsDeleted"]]

    def matches(self, table: Table, one: Field, value: object) -> list[str]:
        """List the ids of the live rows that hold this external id."""
        wanted = str(value).casefold()
        if one.type == "id":
            row = self.get(table.name, full_id(value))
            return [row["Id"]] if row and not row["IsDeleted"] else []
        if one.unique:
            found = self._unique[table.name, one.name].get(wanted)
            return [found] if found else []
        return [row["Id"] for row in self.live(table.name) if str(row[one.name] or "").casefold() == wanted]

    def reshape(self, table: Table, name: str, change: Mapping[str, Any]) -> None:
        """Change one field of an object, as an admin does in the set-up; records do not count as changed by that."""
        self.schema = reshaped(self.schema, table, name, change)
        for row in self.tables[table.name].values():
            moved(row, name, change)
        self._reshaped.append((table.name, name, change))

    # -- changing -----------------------------------------------------------------------------------------------

    def insert(self, table: Table, fields: Mapping[str, Any], actor: str, *, seeded: bool = False) -> str:
        """Make a row and give back its id; ``seeded`` lets audit fields be set, as for an initial load."""
        row: Row = {one.name: False if one.type == "boolean" else None for one in table.fields.values()}
        row.update({one.name: taken(one, one.default) for one in table.fields.values() if one.default})
        values = self._taken(table, fields, "createable", seeded=seeded)
        row |= values
        if "OwnerId" in table.fields and row["OwnerId"] is None:
            row["OwnerId"] = next(iter(self.tables["User"]), None)
        rules.before(self, table, None, row, frozenset(values))
        self._check(table, row, values)
        self._minted[table.name] += 1
        row["Id"] = mint(table.prefix, self._minted[table.name])
        now = self.now()
        row["CreatedDate"] = row["CreatedDate"] or now
        row["LastModifiedDate"] = row["SystemModstamp"] = now
        self.put(table.name, row["Id"], row)
        rules.after(self, table, None, row)
        self._hear(actor, "insert", table.name, row["Id"], values)
        return str(row["Id"])

    def update(self, table: Table, key: str, fields: Mapping[str, Any], actor: str) -> None:
        """Change a row."""
        old = self._wanted(table, key)
        values = self._taken(table, fields, "updateable", seeded=False)
        row = old | values
        rules.before(self, table, old, row, frozenset(values))
        self._check(table, row, values)
        row["LastModifiedDate"] = row["SystemModstamp"] = self.now()
        self.put(table.name, key, row)
        rules.after(self, table, old, row)
        self._hear(actor, "update", table.name, key, values)

    def upsert(self, table: Table, name: str, value: object, fields: Mapping[str, Any], actor: str) -> tuple[str, bool]:
        """Change the row that holds the external id, or make one; tell which."""
        one = table.folded.get(name.casefold())
        if one is None or not (one.external or one.type == "id"):
            raise RowError("INVALID_FIELD", f"Provided external ID field does not exist or is not accessible: {name}")
        if value in (None, ""):
            raise RowError("MISSING_ARGUMENT", f"{one.name} not specified", one.name)
        found = self.matches(table, one, value)
        if len(found) > 1:
            raise SeveralError(found)
        if found:
            rest = {field: held for field, held in fields.items() if table.folded.get(field.casefold()) is not one}
            self.update(table, found[0], rest, actor)
            return found[0], False
        return self.insert(table, {**fields, one.name: value}, actor), True

    def delete(self, table: Table, key: str, actor: str) -> None:
        """Put a row, and what belongs to it, into the bin."""
        row = self._wanted(table, key)
        rules.before_delete(self, table, row)
        self._bin(table, row)
        for name, reference in rules.OWNED.get(table.name, ()):
            for child in self.children(name, reference, key):
                self._bin(self.schema.tables[name], child)
        rules.after(self, table, row, None)
        self._hear(actor, "delete", table.name, key, {})

    def merge(self, table: Table, master: str, losers: Sequence[str], actor: str) -> None:
        """Let one row take the place of others; what pointed to them points to it."""
        self._wanted(table, master)
        for key in losers:
            loser = self._wanted(table, key)
            for other in self.schema.tables.values():
                for one in other.references:
                    if one.target == table.name and one.name != "MasterRecordId":
                        for child in self.children(other.name, one.name, key):
                            moved = child | {one.name: master, "SystemModstamp": self.now()}
                            self.put(other.name, child["Id"], moved)
            self._bin(table, loser | {"MasterRecordId": master})
        self.touch(table.name, master)
        self._hear(actor, "merge", table.name, master, {"losers": list(losers)})

    def touch(self, table: str, key: str | None, **fields: Any) -> None:
        """Let the system itself change a row: roll-ups do not count as business."""
        row = self.get(table, key)
        if row is not None and key is not None:
            self.put(table, key, row | fields | {"SystemModstamp": self.now()})

    def add(self, table: str, **fields: Any) -> None:
        """Let the system itself make a row, such as a line of history."""
        held = self.schema.tables[table]
        self._minted[table] += 1
        now = self.now()
        row: Row = {one.name: False if one.type == "boolean" else None for one in held.fields.values()}
        row |= {
            "CreatedDate": now,
            "LastModifiedDate": now,
            "SystemModstamp": now,
            **fields,
            "Id": mint(held.prefix, self._minted[table]),
        }
        self.put(table, row["Id"], row)

    def now(self) -> str:
        """Tell the org's time: never earlier than before, and equal for changes within one millisecond."""
        self._last = max(self._last, stamp(self._clock.now()))
        return self._last

    @contextmanager
    def together(self) -> Iterator[Callable[[], None]]:
        """Group changes; calling what this gives takes all of them back."""
        self._undo, self._heard = [], []
        try:
            yield self._back
        finally:
            heard, self._undo, self._heard = self._heard, None, None
            for told in heard or ():
                self._tell(*told)

    # -- keeping ------------------------------------------------------------------------------------------------

    def put(self, table: str, key: str, row: Row | None) -> None:
        """Replace one row and keep the indexes true."""
        rows = self.tables[table]
        old = rows.get(key)
        if self._undo is not None:
            self._undo.append((table, key, old))
        held = self.schema.tables[table]
        for one in held.uniques:
            index = self._unique[table, one.name]
            if old and old[one.name] is not None and index.get(old[one.name].casefold()) == key:
                del index[old[one.name].casefold()]
            if row and row[one.name] is not None and not row["IsDeleted"]:
                index[row[one.name].casefold()] = key
        for one in held.references:
            before, after = (old or {}).get(one.name), (row or {}).get(one.name)
            if before != after:
                index_of = self._children[table, one.name]
                if before:
                    index_of.get(before, {}).pop(key, None)
                if after:
                    index_of.setdefault(after, {})[key] = None
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON."""
        tables = {
            name: [{k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows.values()]
            for name, rows in self.tables.items()
        }
        return {
            "last": self._last,
            "minted": dict(self._minted),
            "tables": tables,
            "reshaped": [list(one) for one in self._reshaped],
        }

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Take everything from what ``dump`` said."""
        for table, name, change in dumped.get("reshaped", ()):
            self.reshape(self.table(table), name, change)
        for table, rows in dumped["tables"].items():
            numbers = [one.name for one in self.schema.tables[table].fields.values() if one.type in NUMERIC - {"int"}]
            for row in rows:
                held = row | {name: Decimal(row[name]) for name in numbers if row.get(name) is not None}
                self.put(table, held["Id"], held)
        self._minted.update(dumped["minted"])
        self._last = dumped["last"]

    def deleted_between(self, table: str, start: str, end: str) -> list[Row]:
        """List the rows that went into the bin in a window of time."""
        low, high = stamp(time_of(start)), stamp(time_of(end) + timedelta(milliseconds=1))
        return [row for row in self.tables[table].values() if row["IsDeleted"] and low <= row["SystemModstamp"] < high]

    # -- checks -------------------------------------------------------------------------------------------------

    def _wanted(self, table: Table, key: str) -> Row:
        row = self.get(table.name, key)
        if row is None:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row["IsDeleted"]:
            raise RowError("ENTITY_IS_DELETED", "entity is deleted")
        return row

    def _taken(self, table: Table, fields: Mapping[str, Any], right: str, *, seeded: bool) -> Row:
        values: Row = {}
        for name, value in fields.items():
            one = table.folded.get(name.casefold())
            if one is None:
                raise RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {table.name}", name)
            if not getattr(one, right) and not (seeded and one.name in _SEEDED):
                verb = "create/update"
                message = f"Unable to {verb} fields: {one.name}. Please check the security settings of this field"
                raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", message, one.name)
            values[one.name] = taken(one, value)
        return values

    def _check(self, table: Table, row: Row, changed: Mapping[str, Any]) -> None:
        missing = [one.name for one in table.fields.values() if one.required and row[one.name] is None]
        if missing:
            raise RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)
        for one in table.fields.values():
            value = row[one.name]
            if one.type == "currency" and value is not None:
                row[one.name] = money(value, row.get("CurrencyIsoCode") or "EUR")
        for one in table.references:
            if changed.get(one.name) is not None:
                target = self.get(one.target, changed[one.name])
                if target is None or (target["IsDeleted"] and row["Id"] is None):
                    raise RowError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {one.name}", one.name)
        self._check_uniques(table, row, changed)

    def _check_uniques(self, table: Table, row: Row, changed: Iterable[str]) -> None:
        for one in table.uniques:
            if one.name in changed and row[one.name] is not None:
                holder = self._unique[table.name, one.name].get(row[one.name].casefold())
                if holder and holder != row["Id"]:
                    message = f"duplicate value found: {one.name} duplicates value on record with id: {holder[:15]}"
                    raise RowError("DUPLICATE_VALUE", message, one.name)

    def _bin(self, table: Table, row: Row) -> None:
        self.put(table.name, row["Id"], row | {"IsDeleted": True, "LastModifiedDate": self.now(), "SystemModstamp": self.now()})

    def _hear(self, actor: str, verb: str, table: str, key: str, fields: Mapping[str, Any]) -> None:
        told = (actor, verb, table, key, fields)
        if self._heard is None:
            self._tell(*told)
        else:
            self._heard.append(told)

    def _back(self) -> None:
        undo, self._undo = self._undo or [], None
        for table, key, row in reversed(undo):
            self.put(table, key, row)
        self._undo, self._heard = [], []
