"""Settle: a write whose outcome is unknown is cleared up before anything else is written to its record.

Nobody settles an intent before its call's deadline and the target's own settle time have passed: until then the call may
still take effect, and a look-up that finds nothing would make a duplicate.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from ltc.app.engine.batch import Batch
from ltc.app.engine.bind import bind, close_intents
from ltc.app.engine.context import instant, moment
from ltc.app.engine.deliver import perform, read_back
from ltc.app.engine.door import read_hints
from ltc.app.engine.exceptions import park
from ltc.app.engine.payload import Draft, Due, decode_payload
from ltc.app.engine.pipeline import follow_through
from ltc.app.engine.state import RecordState, from_json, to_json
from ltc.core.contract import (
    Finding,
    Outcome,
    Settled,
    SettleRule,
    Verb,
    WriteItem,
    WriteResult,
    begun_anew,
    is_spent,
    key_since,
    next_key,
)
from ltc.core.contract.keys import KEY
from ltc.core.errors import Rejected
from ltc.core.models.leaves import references
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.store import Tx


def settle(ctx: Context, system: str) -> int:
    """Settle this system's open intents that may be settled; return how many are still open."""
    open_still = 0
    for scope in _unsettled(ctx, system):
        ripe, unripe = open_intents(ctx, scope)
        open_still += len(unripe)
        for verb in Verb:
            drafts = [item for item in ripe if item.change.verb is verb]
            if drafts:
                open_still += _settle_batch(ctx, scope, verb, drafts)
    return open_still


def _unsettled(ctx: Context, system: str) -> list[Scope]:
    """Find a system's scopes that have open intents; mostly there is none."""
    scopes = {scope.id: scope for scope in ctx.scopes.values() if scope.system == system and scope.spec is not None}
    with ctx.store.reading() as tx:
        return [scopes[scope_id] for scope_id in sorted(scopes_with_open_intents(tx, [*scopes]))]


def scopes_with_open_intents(tx: Tx, scopes: Sequence[int]) -> set[int]:
    """Name those of these scopes in which an intent is open."""
    return {row[0] for row in tx.execute(_OPEN, {"scopes": list(scopes)})}


_OPEN = (
    select(t.intent.c.scope_id)
    .where(t.intent.c.scope_id.in_(bindparam("scopes", expanding=True)), t.intent.c.state == "open")
    .distinct()
)


def open_intents(ctx: Context, scope: Scope) -> tuple[list[Draft], list[tuple[Draft, datetime]]]:
    """Load the open intents of a scope, as drafts: those that may be settled now, and those that may not, with their time."""
    i = t.intent
    pause = timedelta(seconds=scope.spec.settle_seconds if scope.spec is not None else 0)
    with ctx.store.reading() as tx:
        rows = tx.execute(
            select(
                i.c.key, i.c.change_id, i.c.hub_id, i.c.ext_id, i.c.verb, i.c.desire, i.c.short_key, i.c.payload, i.c.sent,
                i.c.journal, i.c.deadline, t.change.c.after, t.change.c.attempts, i.c.created_at,
            )
            .join_from(i, t.change, i.c.change_id == t.change.c.id)
            .where(i.c.scope_id == scope.id, i.c.state == "open")
            .order_by(i.c.created_at, i.c.key)
        ).all()  # fmt: skip
    now = ctx.clock.now()
    ripe, unripe = [], []
    for row in rows:
        item, ready_at = _revive(scope, row), moment(row[10]) + pause
        if ready_at <= now:
            ripe.append(item)
        else:
            unripe.append((item, ready_at))
    return ripe, unripe


def _revive(scope: Scope, row: Any) -> Draft:
    """Make a draft again from what its intent stored: the same key and the same bytes."""
    payload = decode_payload(bytes(row[7]))
    verb = Verb(row[4])
    after = from_json(row[11])
    item = WriteItem(
        key=row[0], short_key=row[6], verb=verb, id=row[3], fields=payload["fields"], before=payload["before"],
        parent=payload["parent"], journal=from_json(row[9]),
    )  # fmt: skip
    refers = {leaf for leaf, _, _ in references(scope.entity, after)}
    expected = {leaf: value for leaf, value in after.items() if leaf not in refers}
    return Draft(Due(row[1], row[2], row[3], verb, row[5], row[12], after), item, from_json(row[8]), expected, row[13])


def _settle_batch(ctx: Context, scope: Scope, verb: Verb, drafts: Sequence[Draft]) -> int:
    """Settle intents of one verb by the rule of its first step that is not known to be done."""
    spec = scope.spec
    if spec is None:
        return 0
    left = 0
    by_rule: dict[SettleRule, list[Draft]] = {}
    for item in drafts:
        steps = spec.verbs.get(verb, ())
        rule = next((step.settle for step in steps if step.name not in item.item.journal), None)
        rule = rule or (steps[-1].settle if steps else SettleRule.READ)
        by_rule.setdefault(rule, []).append(item)
    for rule, items in by_rule.items():
        for start in range(0, len(items), max(1, spec.batch_size)):
            chunk = items[start : start + max(1, spec.batch_size)]
            if rule is SettleRule.READ and verb is not Verb.CREATE:
                _settle_by_reading(ctx, scope, chunk)
            elif rule in (SettleRule.RESEND, SettleRule.READ):
                perform(ctx, scope, ctx.connectors[scope.system], chunk)
            elif rule is SettleRule.KEY:
                left += _settle_by_key(ctx, scope, chunk)
            else:
                left += _settle_by_looking_up(ctx, scope, chunk, rule)
    return left


def _settle_by_reading(ctx: Context, scope: Scope, drafts: Sequence[Draft]) -> None:
    """Read the records: what still differs from what is wanted is planned and sent again."""

    def expect(tx: Tx) -> None:
        batch = Batch(ctx, tx, ctx.now())
        batch.load_records(scope, [item.change.ext_id for item in drafts])
        for item in drafts:
            record = batch.records.get((scope.id, item.change.ext_id))
            if record is not None:
                record.sent = {**record.sent, **item.sent}
                record.raw_hash = ""
                batch.dirty.add(record.key)
        batch.keep()

    def conclude(tx: Tx) -> None:
        batch = Batch(ctx, tx, ctx.now())
        close_intents(batch, [item.item.key for item in drafts], "done")
        tx.update_many(t.change, ("id",), ("state", "updated_at"), [(item.change.id, "done", batch.now) for item in drafts])
        batch.load_hubs([item.change.hub_id for item in drafts])
        batch.touched |= {item.change.hub_id for item in drafts}
        follow_through(batch)

    ctx.transact(expect)
    read_hints(ctx, scope, [item.change.ext_id for item in drafts])
    ctx.transact(conclude)
    ctx.count(scope, "settled", len(drafts))


def _settle_by_key(ctx: Context, scope: Scope, drafts: Sequence[Draft]) -> int:
    """Repeat calls whose key the system still recognises, in the same bytes; look up those whose key cannot tell any more."""
    repeated = [item for item in drafts if _key_tells(ctx, scope, item)]
    looked_up = [item for item in drafts if item not in repeated]
    left = 0
    if repeated:
        left = _call_again(ctx, scope, repeated)
        ctx.count(scope, "settled", len(repeated) - left)
    return left + (_settle_by_looking_up(ctx, scope, looked_up, SettleRule.KEY) if looked_up else 0)


def _key_tells(ctx: Context, scope: Scope, item: Draft) -> bool:
    """Tell whether a repeated call would be recognised, and would be answered with what came of the first one."""
    journal = item.item.journal
    hours = scope.spec.key_hours if scope.spec is not None else 0
    used_for = ctx.clock.now() - key_since(journal, moment(item.begun))
    return not is_spent(journal) and used_for < timedelta(hours=hours)


def _call_again(ctx: Context, scope: Scope, drafts: Sequence[Draft]) -> int:
    """Make calls again whose intents are stored; return how many are still open.

    Until the new deadline they may still take effect, as the first ones could.
    """
    deadline = instant(ctx.clock.now() + timedelta(seconds=ctx.kits[scope.system].deadline_seconds))
    rows = [(item.item.key, to_json(item.item.journal), deadline) for item in drafts]
    ctx.transact(lambda tx: tx.update_many(t.intent, ("key",), ("journal", "deadline"), rows))
    ctx.crash("settle.before_repeat")
    perform(ctx, scope, ctx.connectors[scope.system], drafts)
    with ctx.store.reading() as tx:
        return len(tx.select_in(t.intent, ("key",), "key", [row[0] for row in rows], where=(t.intent.c.state == "open",)))


def _under_next_key(ctx: Context, item: Draft, found: str) -> Draft:
    """Give a key up and take the next one, with the record that the old one had begun."""
    journal = {**item.item.journal, KEY: next_key(item.item.journal, ctx.clock.now(), found)}
    return replace(item, item=replace(item.item, journal=journal))


def _anew(ctx: Context, item: Draft) -> Draft:
    """Begin a write again of which nothing is there: what its steps had made is gone, and they are not to be left out."""
    return replace(item, item=replace(item.item, journal=begun_anew(item.item.journal, ctx.clock.now())))


def _settle_by_looking_up(ctx: Context, scope: Scope, drafts: Sequence[Draft], rule: SettleRule) -> int:
    """Ask the system whether the writes happened: adopt what is found, do again what is not, ask a person about several."""
    connector = ctx.connectors[scope.system]
    answers = {settled.key: settled for settled in connector.settle(scope.object, [item.item for item in drafts])}
    ctx.crash("settle.after_lookup")
    by_finding: dict[Finding, list[tuple[Draft, Settled]]] = {finding: [] for finding in Finding}
    for item in drafts:
        answer = answers.get(item.item.key) or Settled(item.item.key, Finding.UNCLEAR)
        by_finding[answer.finding].append((item, answer))
    for item, answer in by_finding[Finding.SEVERAL]:
        _several(ctx, scope, item, answer)
    found = by_finding[Finding.DONE]
    if found:
        results = [WriteResult(item.item.key, Outcome.UNCHANGED, answer.id, answer.version) for item, answer in found]
        bind(ctx, scope, [item for item, _ in found], results)
        read_back(ctx, scope, results)
    absent, partial = by_finding[Finding.ABSENT], by_finding[Finding.PARTIAL]
    left = _go_on(ctx, scope, rule, absent, partial)
    ctx.count(scope, "settled", len(found) + len(absent) + len(partial) - left)
    return left + len(by_finding[Finding.UNCLEAR])


def _go_on(
    ctx: Context,
    scope: Scope,
    rule: SettleRule,
    absent: Sequence[tuple[Draft, Settled]],
    partial: Sequence[tuple[Draft, Settled]],
) -> int:
    """Do what had no effect, and finish what was begun; where keys are recognised, under the next key of the same write.

    Return how many are known to be open still.
    """
    if rule is SettleRule.KEY:
        again = [_anew(ctx, item) for item, _ in absent] + [_under_next_key(ctx, item, answer.id) for item, answer in partial]
        return _call_again(ctx, scope, again) if again else 0
    if absent:
        ctx.transact(lambda tx: _write_again(Batch(ctx, tx, ctx.now()), [item for item, _ in absent]))
    if partial:
        perform(ctx, scope, ctx.connectors[scope.system], [item for item, _ in partial])
    return 0


def _write_again(batch: Batch, absent: Sequence[Draft]) -> None:
    """Make changes due again that had no effect."""
    close_intents(batch, [item.item.key for item in absent], "absent")
    batch.tx.update_many(t.change, ("id",), ("state", "updated_at"), [(item.change.id, "due", batch.now) for item in absent])


def _several(ctx: Context, scope: Scope, item: Draft, answer: Settled) -> None:
    """Park a write that shows more than once in the target: which one is ours is for a person to say."""
    message = (
        f"{len(answer.candidates)} records in {scope.system} carry the key {item.item.short_key}: {', '.join(answer.candidates)}."
    )
    fault = Rejected(message, remedy="Cancel the surplus ones there, then retry this exception.", code="settle.several")

    def ask(tx: Tx) -> None:
        batch = Batch(ctx, tx, ctx.now())
        park(batch, scope, [(RecordState(scope.id, item.change.ext_id, hub_id=item.change.hub_id), fault)], stage="settle")
        close_intents(batch, [item.item.key], "rejected")
        tx.update_many(t.change, ("id",), ("state", "updated_at"), [(item.change.id, "parked", batch.now)])
        batch.keep()

    ctx.transact(ask)


def next_ripe(ctx: Context, system: str) -> datetime | None:
    """Tell when the next open intent of a system may be settled; None if there is none."""
    times = [
        ready_at
        for scope in ctx.scopes.values()
        if scope.system == system and scope.spec is not None
        for _, ready_at in open_intents(ctx, scope)[1]
    ]
    return min(times, default=None)


def wait_for_intents(ctx: Context, system: str, patience: timedelta) -> int:
    """Let time pass until the open intents of a system can be settled, and settle them; return how many stay open."""
    limit = ctx.clock.now() + patience
    left = settle(ctx, system)
    while left:
        ready_at = next_ripe(ctx, system)
        if ready_at is None or ready_at > limit:
            return left
        ctx.nap(max(0.0, (ready_at - ctx.clock.now()).total_seconds()) + 0.001)
        left = settle(ctx, system)
    return 0
