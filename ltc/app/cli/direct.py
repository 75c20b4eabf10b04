"""One system spoken to directly: configuration, connector and mapping, without the hub's store."""

from __future__ import annotations

import hashlib
import random
from base64 import b32encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from ltc.app.config.mapped import missing_fields
from ltc.core.contract import Kit, Presence, SystemClock
from ltc.core.errors import Later, Misconfigured, QuotaSpent, Untranslatable
from ltc.core.models import validate
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.config import HubConfig, SystemConfig
    from ltc.core.contract import Clock, Connector, Health, ObjectSchema, ObjectSpec
    from ltc.core.mapping import Mapping as ObjectMapping

_encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Direct:
    """A connected system and what the hub knows about it."""

    config: HubConfig
    system: SystemConfig
    connector: Connector
    kit: Kit

    def spec(self, obj: str) -> ObjectSpec:
        """Find an object that the connector knows."""
        objects = self.connector.objects
        if obj not in objects:
            raise Misconfigured(
                f"{self.system.kind} has no object {obj!r}.",
                remedy=did_you_mean(obj, objects) or f"Its objects: {', '.join(objects)}.",
                code="system.unknown_object",
            )
        return objects[obj]

    def mapping(self, obj: str) -> ObjectMapping | None:
        """Find the object's mapping, if it has one here."""
        found = self.config.mapped.get((self.system.name, obj))
        return found.mapping if found is not None else None

    def validate(self, entity: str, nested: dict[str, Any]) -> None:
        """Check a canonical record, the hub's own fields included; raise Untranslatable with every problem."""
        schema = self.config.schemas.get(entity)
        if schema is not None:
            schema.validate(nested)
        else:
            validate(entity, nested)

    def describe(self, objects: Sequence[str]) -> dict[str, Any]:
        """Describe objects, in the shape of `ltc system describe --json`."""
        wanted = list(objects) or list(self.connector.objects)
        for obj in wanted:
            self.spec(obj)
        return {"objects": [_described(self.connector.describe(obj)) for obj in wanted]}

    def read(self, obj: str, since: str, ids: Sequence[str], limit: int, extra: Sequence[str] = ()) -> dict[str, Any]:
        """Read changes or records by id, in the shape of `ltc system read --json`."""
        spec, mapping = self.spec(obj), self.mapping(obj)
        with self.placed(obj):
            return self._read(obj, spec, mapping, since, ids, limit, self._fields(obj, spec, mapping, extra))

    def _read(
        self, obj: str, spec: ObjectSpec, mapping: ObjectMapping | None, since: str, ids: Sequence[str], limit: int,
        fields: Sequence[str],
    ) -> dict[str, Any]:  # fmt: skip
        if ids:
            found = self.connector.fetch(obj, list(ids), fields)
            records = [
                self._record(obj, spec, mapping, one.body)
                if one.presence is Presence.LIVE
                else _gone(one.id, one.version, one.presence, one.merged_into)
                for one in found
            ]
            return {"records": records, "cursor": "", "more": False}
        records, cursor, more = [], since, True
        while more and len(records) < limit:
            page = self.connector.read(obj, cursor, fields, limit - len(records))
            records += [self._record(obj, spec, mapping, body) for body in page.bodies]
            records += [_gone(one.id, one.version, one.presence, one.merged_into) for one in page.marked]
            more, cursor = page.more, page.cursor
        return {"records": records, "cursor": cursor, "more": more}

    @contextmanager
    def placed(self, obj: str) -> Iterator[None]:
        """Give the line of the mapping that names a field which the system lacks, where the system only says that it lacks it."""
        try:
            yield
        except Misconfigured as error:
            mapped = self.config.mapped.get((self.system.name, obj))
            if error.faults or mapped is None:
                raise
            lacking = missing_fields(mapped, self.config.layers, self.connector.describe(obj))
            if not lacking:
                raise
            raise Misconfigured(faults=lacking) from error

    def _fields(self, obj: str, spec: ObjectSpec, mapping: ObjectMapping | None, extra: Sequence[str]) -> list[str]:
        if extra:
            self._insist_on_fields(obj, extra)
        if mapping is not None:
            return list(dict.fromkeys((*mapping.source_fields, *extra)))
        if extra:
            return list(dict.fromkeys((spec.key, *filter(None, (spec.version,)), *extra)))
        return [field.name for field in self.connector.describe(obj).fields]

    def _insist_on_fields(self, obj: str, names: Sequence[str]) -> None:
        """Refuse a field that the system does not describe; what is inside of another is for the system itself to judge."""
        known = [field.name for field in self.connector.describe(obj).fields]
        for name in names:
            if name.split(".")[0] not in known:
                remedy = did_you_mean(name, known) or f"`ltc system describe {self.system.name} {obj}` lists them."
                raise Misconfigured(f"{obj} has no field {name!r}.", remedy=remedy, code="system.unknown_field")

    def _record(self, obj: str, spec: ObjectSpec, mapping: ObjectMapping | None, body: bytes) -> dict[str, Any]:
        raw = self.connector.decode(obj, body)
        if mapping is None:
            return {
                "id": dig(raw, spec.key), "version": dig(raw, spec.version), "deleted": False, "raw": raw, "canonical": None,
            }  # fmt: skip
        document: dict[str, Any] = {
            "id": mapping.key_of(raw), "version": mapping.version_of(raw), "deleted": False, "raw": raw, "canonical": None,
        }  # fmt: skip
        try:
            document["in_scope"] = mapping.applies(raw)
            document["canonical"] = mapping.get(raw)
        except Untranslatable as error:
            document["errors"] = [
                {
                    "code": one.code,
                    "message": one.message,
                    "path": one.path,
                    "source": one.source,
                    "file": one.file,
                    "line": one.line,
                }
                for one in error.errors
            ]
        return document


def connect(config: HubConfig, name: str, clock: Clock | None = None) -> Direct:
    """Connect to one system; nothing is sent yet."""
    system = config.system(name)
    kit = Kit(clock=clock or SystemClock(), random=random.Random())  # noqa: S311 - jitter, not a secret
    return Direct(config, system, system.connect(kit), kit)


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Say of a system that does not answer, even when asked again, that it cannot be reached."""
    try:
        yield
    except QuotaSpent:
        raise
    except Later as error:
        remedy = error.remedy or f"Check the address of {name} in config/systems.yaml, and whether it is up."
        raise Later(error.message, after=error.after, remedy=remedy, code="system.unreachable") from error


def health_document(health: Health) -> dict[str, Any]:
    """Write a connection check, in the shape of `ltc system check --json`."""
    return {
        "ok": health.ok, "latency_ms": round(health.latency_ms, 1), "message": health.message, "quota": dict(health.quota),
    }  # fmt: skip


def dig(raw: Mapping[str, Any], path: str) -> str:
    """Read a raw path, dotted or several with commas, as text.

    >>> dig({"Account": {"Id": "1"}, "Nr": 7}, "Account.Id"), dig({"A": 1, "B": 2}, "A,B"), dig({}, "X")
    ('1', '1/2', '')
    """
    parts = []
    for one in path.split(",") if path else ():
        value: Any = raw
        for step in one.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        parts.append("" if value is None else str(value))
    return "/".join(parts)


def _described(schema: ObjectSchema) -> dict[str, Any]:
    return {
        "name": schema.name,
        "fields": [
            {
                "name": field.name, "type": field.type, "required": field.required, "writable": field.writable,
                "length": field.length, "values": list(field.values),
            }
            for field in schema.fields
        ],
    }  # fmt: skip


def _gone(record_id: str, version: str, presence: Presence, merged_into: str) -> dict[str, Any]:
    document: dict[str, Any] = {"id": record_id, "version": version, "deleted": True, "raw": None, "canonical": None}
    if presence is Presence.MERGED:
        document["merged_into"] = merged_into
    return document


def write_key(system: str, obj: str, content: Any) -> str:
    """Name a write by what it says, so that the same file written twice names the same writes."""
    return hashlib.blake2b(f"{system}/{obj}/".encode() + _encode(content), digest_size=16).hexdigest()


def short_key(key: str) -> str:
    """Give the 12-character form for reference fields."""
    return b32encode(hashlib.blake2b(key.encode(), digest_size=8).digest()).decode()[:12]
