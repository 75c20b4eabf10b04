"""The store's tables: what the hub knows, decides, wants and has done.

Times are RFC 3339 UTC text with microseconds (`2026-01-01T00:00:00.000000Z`): they sort as text, read well in any
database browser and mean the same on SQLite and PostgreSQL. JSON is text. Hub ids are UUIDv7 as 32 hex digits.
What other systems say has no limit of length here: PostgreSQL would refuse the whole page for one long value.
A link is not a table of its own: a record belongs to at most one golden record, so the link is a column of the record (ADR 0001).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ltc.core.store.alert_tables import alert as alert  # noqa: PLC0414
from ltc.core.store.alert_tables import notice as notice  # noqa: PLC0414
from ltc.core.store.alert_tables import trouble as trouble  # noqa: PLC0414
from ltc.core.store.deal_tables import deal as deal  # noqa: PLC0414 - tables like those below
from ltc.core.store.deal_tables import deal_document as deal_document  # noqa: PLC0414
from ltc.core.store.hook_table import hook as hook  # noqa: PLC0414
from ltc.core.store.queue_columns import queue_columns
from ltc.core.store.quota_table import quota as quota  # noqa: PLC0414
from ltc.core.store.reference_tables import fresh_reference as fresh_reference  # noqa: PLC0414
from ltc.core.store.reference_tables import reference as reference  # noqa: PLC0414
from ltc.core.store.schema import HubId, Id, Instant, Json, metadata, one_where, one_while
from ltc.core.store.totals import total as total  # noqa: PLC0414

scope = Table(
    "scope",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("system", String(64), nullable=False),
    Column("object", String(128), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("cursor", Text, nullable=False, server_default=""),
    Column("newest_version", Text, nullable=False, server_default=""),
    Column("full_read_at", Instant),  # when a read from the beginning last came to its end
    Column("full_read_run", Id),
    Column("mode", String(16), nullable=False, server_default="observe"),  # observe | shadow | live
    Column("live_leaves", Text, nullable=False, server_default=""),  # JSON list of leaves that are live; "" = all
    Column("baseline_at", Instant),
    Column("stopped", Text, nullable=False, server_default=""),  # why this scope is stopped; "" = it is not
    Column("updated_at", Instant),
    Column("updated_by", String(64), nullable=False, server_default=""),
    UniqueConstraint("system", "object"),
)

record = Table(
    "record",
    metadata,
    Column("scope_id", Integer, nullable=False),
    Column("ext_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("raw_hash", String(32), nullable=False),
    Column("mapping_fp", String(32), nullable=False),
    Column("leaves", Json, nullable=False),  # canonical form as flat leaves: what was last seen; references are local ids
    Column("state", String(16), nullable=False),  # live | deleted | merged | out_of_scope | invisible | untranslated
    Column("merged_into", Text, nullable=False, server_default=""),
    Column("hub_id", HubId),  # the link
    Column("is_primary", Boolean, nullable=False, server_default=text("true")),
    Column("evidence", String(64), nullable=False, server_default=""),  # how the link came to be
    Column("sent", Text, nullable=False, server_default=""),  # JSON {leaf: value} written and not yet seen again
    Column("normal_forms", Text, nullable=False, server_default=""),  # JSON {leaf: [sent, seen_after_write]} where they differ
    Column("stamps", Text, nullable=False, server_default=""),  # JSON {leaf: first seen}, only where later than first_seen
    Column("flips", Text, nullable=False, server_default=""),  # JSON {leaf: [value, value, count]}: loop breaker
    Column("short_key", Text, nullable=False, server_default=""),
    Column("first_seen", Instant, nullable=False),
    Column("last_changed", Instant, nullable=False),
    Column("seen_run", Id, nullable=False, server_default="0"),
    Column("settled", BigInteger),  # what intake knows it by: its bytes and mapping in short, as long as they have no news
    PrimaryKeyConstraint("scope_id", "ext_id"),
    Index(None, "scope_id", "settled"),  # narrow, since its keys come in no order: each of a page's records touches another place
    Index(None, "hub_id"),  # with rowid: SQLite would give each row of more than a quarter of a page pages of its own
)

golden = Table(
    "golden",
    metadata,
    Column("hub_id", HubId, primary_key=True),
    Column("entity", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("leaves", Json, nullable=False),  # merged value per leaf; references are hub ids
    Column("provenance", Text, nullable=False),  # JSON {leaf: [scope_id, ext_id, at]}
    Column("state", String(16), nullable=False),  # live | merged | retired
    Column("merged_into", HubId),
    Column("label", Text, nullable=False, server_default=""),  # business key and name, for people
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index(None, "entity", "hub_id"),
    Index(None, "label"),
)

identifier = Table(  # strong identifiers are unique in the store: two runs cannot mint two golden records for one thing
    "identifier",
    metadata,
    Column("entity", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", Text, nullable=False),
    Column("hub_id", HubId, nullable=False),
    PrimaryKeyConstraint("value", "kind", "entity"),  # the value first: look-ups come with values alone
    Index(None, "hub_id"),
    sqlite_with_rowid=False,
)

match_key = Table(  # weak keys: equal ones make a proposal for a steward
    "match_key",
    metadata,
    Column("entity", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", Text, nullable=False),
    Column("hub_id", HubId, nullable=False),
    PrimaryKeyConstraint("value", "kind", "entity", "hub_id"),
    Index(None, "hub_id"),
    sqlite_with_rowid=False,
)

review = Table(
    "review",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("entity", String(64), nullable=False),
    Column("left_id", HubId, nullable=False),
    Column("right_id", HubId, nullable=False),
    Column("score", String(16), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("state", String(16), nullable=False),  # open | same | different
    Column("created_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(64), nullable=False, server_default=""),
    UniqueConstraint("left_id", "right_id"),
    Index(None, "state", "id"),
    Index(None, "right_id"),
)

decision = Table(  # identity decisions are events; each holds what its exact undo needs
    "decision",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),  # merge | split | pin | unpin | label | undo
    Column("entity", String(64), nullable=False),
    Column("hub_id", HubId, nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("undone_by", Id),
    Index(None, "hub_id"),
)

pin = Table(
    "pin",
    metadata,
    Column("hub_id", HubId, nullable=False),
    Column("leaf", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("decision_id", Id, nullable=False),
    PrimaryKeyConstraint("hub_id", "leaf"),
    sqlite_with_rowid=False,
)

unresolved = Table(  # a record refers to one that has not been read yet: it is merged again when that one arrives
    "unresolved",
    metadata,
    Column("scope_id", Integer, nullable=False),
    Column("ext_id", Text, nullable=False),
    Column("leaf", Text, nullable=False),
    Column("system", String(64), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("target_ext_id", Text, nullable=False),
    Column("since", Instant, nullable=False),
    PrimaryKeyConstraint("scope_id", "ext_id", "leaf"),
    Index(None, "system", "entity", "target_ext_id"),
    sqlite_with_rowid=False,
)

change = Table(  # the outbox: this record of that system must come to equal the golden record
    "change",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("scope_id", Integer, nullable=False),
    Column("entity", String(64), nullable=False),
    Column("hub_id", HubId, nullable=False),
    Column("ext_id", Text, nullable=False, server_default=""),
    Column("verb", String(16), nullable=False),
    Column("desire", Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),  # of a create that was not begun "": what its golden record says (ADR 17)
    Column("state", String(16), nullable=False),  # shadow | due | waiting | held | writing | parked | done | superseded | dropped
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant, nullable=False, server_default=""),
    Column("error", Text, nullable=False, server_default=""),
    Column("run_id", Id, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    one_while("uq_change_open", "scope_id", "hub_id", states=("shadow", "due", "waiting", "held", "writing", "parked")),
    Index(None, "scope_id", "state", "id"),
    Index(None, "hub_id"),
)

wait = Table(  # what a waiting change waits for; released when a record of that system binds to the hub id
    "wait",
    metadata,
    Column("change_id", Id, nullable=False),
    Column("system", String(64), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("target", HubId, nullable=False),
    PrimaryKeyConstraint("change_id", "system", "target"),
    Index(None, "target", "system"),
)

intent = Table(
    "intent",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("change_id", Id, nullable=False),
    Column("scope_id", Integer, nullable=False),
    Column("hub_id", HubId, nullable=False),
    Column("ext_id", Text, nullable=False, server_default=""),
    Column("verb", String(16), nullable=False),
    Column("desire", Integer, nullable=False),
    Column("short_key", Text, nullable=False, server_default=""),
    Column("payload", LargeBinary, nullable=False),  # the exact bytes
    Column("sent", Text, nullable=False),  # JSON {leaf: value}: the canonical leaves that the payload carries
    Column("journal", Text, nullable=False, server_default="{}"),  # JSON {step: data}
    Column("state", String(16), nullable=False),  # open | done | rejected | absent
    Column("deadline", Instant, nullable=False),  # nobody settles it before this
    Column("token", Integer, nullable=False),
    Column("run_id", Id, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    one_where("uq_intent_open", "scope_id", "hub_id", where="state = 'open'"),
    Index(None, "scope_id", "state"),
    Index(None, "short_key"),
)

exception = Table(
    "exception",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("scope_id", Integer, nullable=False),
    Column("ext_id", Text, nullable=False, server_default=""),
    Column("entity", String(64), nullable=False),
    Column("hub_id", HubId, nullable=False, server_default=""),
    Column("stage", String(16), nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("field", Text, nullable=False, server_default=""),
    Column("source_field", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False, server_default=""),  # masked where personal
    Column("mapping_file", Text, nullable=False, server_default=""),
    Column("mapping_line", Integer, nullable=False, server_default="0"),
    Column("state", String(16), nullable=False),  # open | retrying | resolved
    Column("edit", Text, nullable=False, server_default=""),  # JSON of raw fields that a person mended
    Column("edit_basis", String(32)),  # raw hash that the edit was made against: it expires when the source changes
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("run_id", Id, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("resolved_by", String(64), nullable=False, server_default=""),
    one_where("uq_exception_open", "scope_id", "ext_id", "hub_id", "stage", "field", where="state <> 'resolved'"),
    Index(None, "ext_id"),
    Index(None, "state", "id"),
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("job", String(128), nullable=False),
    Column("slot", Instant, nullable=False),
    Column("system", String(64), nullable=False, server_default=""),
    Column("entity", String(64), nullable=False, server_default=""),
    Column("status", String(16), nullable=False),  # queued | running | done | failed | braked | stopped
    Column("counts", Text, nullable=False, server_default="{}"),
    Column("error", Text, nullable=False, server_default=""),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("actor", String(64), nullable=False, server_default="hub"),
    *queue_columns(),
    UniqueConstraint("job", "slot"),
    Index(None, "parent"),
    Index("ix_run_until", "until", sqlite_where=text("until is not null"), postgresql_where=text("until is not null")),
)

log = Table(  # the per-record sync log
    "log",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("run_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("scope_id", Integer, nullable=False),
    Column("ext_id", Text, nullable=False),
    Column("entity", String(64), nullable=False),
    Column("hub_id", HubId),
    Column("action", String(24), nullable=False),
    Column("label", Text, nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default=""),
    Column("actor", String(64), nullable=False, server_default="hub"),
    Column("trace", String(32)),  # the trace in which it happened, where the hub is traced
    Index(None, "hub_id", "id"),
    Index(None, "scope_id", "ext_id", "id"),
    Index(None, "run_id", "id"),
)

call = Table(  # requests and responses, redacted
    "call",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("run_id", Id, nullable=False),
    Column("system", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("method", String(16), nullable=False),
    Column("target", Text, nullable=False),
    Column("status", String(32), nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("request", Text, nullable=False, server_default=""),
    Column("response", Text, nullable=False, server_default=""),
    Index(None, "run_id", "id"),
)

milestone = Table(
    "milestone",
    metadata,
    Column("hub_id", HubId, nullable=False),
    Column("state", String(48), nullable=False),
    Column("occurred_at", Instant, nullable=False),  # business time
    Column("source", String(64), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("precision", String(8), nullable=False),  # day | second
    Column("recorded_at", Instant, nullable=False),
    Column("place", Integer, nullable=False),  # among those that were recorded together
    PrimaryKeyConstraint("hub_id", "state", "occurred_at", "source"),
    sqlite_with_rowid=False,
)

derivation = Table(
    "derivation",
    metadata,
    Column("flow", String(128), nullable=False),
    Column("source", HubId, nullable=False),
    Column("slot", String(128), nullable=False),
    Column("ext_id", Text, nullable=False),  # the derived record's id in the system `hub`
    Column("entity", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # derived | adopted | linked | retracted
    Column("memory", Text, nullable=False, server_default="{}"),  # row numbers given out, snapshots taken
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("flow", "source", "slot"),
    Index(None, "ext_id"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("token", Integer, nullable=False, server_default="0"),
    Column("until", BigInteger, nullable=False, server_default="0"),  # microseconds of the database's clock
    Column("holder", String(128), nullable=False, server_default=""),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
)

hub = Table("hub", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))
