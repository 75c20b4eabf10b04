"""The door: pages of changes since the cursor, and records that someone named, come into the hub."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from ltc.app.engine.batch import Batch
from ltc.app.engine.brakes import Toll, disappeared
from ltc.app.engine.pipeline import follow_through, take_in
from ltc.app.engine.span import keep_place, place
from ltc.core.contract import Memory, Presence, RawRecord
from ltc.core.errors import Braked, Misconfigured
from ltc.core.store import tables as t

READ = "read"
"""The stage of a run that has read its object to the end."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.span import Span
    from ltc.core.contract import Page
    from ltc.core.store import Tx


def read_changes(ctx: Context, scope: Scope, *, full: bool = False) -> None:
    """Read all pages of changes since the cursor; page, consequences and cursor are one transaction each.

    A scope that was never read to its end, or ``full``, is read from the beginning.
    """
    if scope.mapping is None:
        return
    with ctx.store.reading() as tx:
        cursor, full_read_at, full_run = _position(tx, scope)
        toll = Toll.begin(tx, scope)
    sweeping = full or not full_read_at
    resumed = not full and bool(full_run) and full_run != ctx.run_id
    if full and full_run != ctx.run_id:
        cursor = ""
    _read_pages(ctx, scope, cursor, toll, partial(_keep_page, ctx, scope=scope, sweeping=sweeping, resumed=resumed))


def read_span(ctx: Context, scope: Scope, span: Span) -> None:
    """Read again what changed in a span of time; the object's own cursor stays where it is, this one is kept in the run."""
    if scope.mapping is None:
        return
    connector = ctx.connectors[scope.system]
    if not isinstance(connector, Memory):
        raise cannot_tell(scope.system)
    with ctx.store.reading() as tx:
        _position(tx, scope)
        cursor = place(tx, ctx.run_id)
        toll = Toll.begin(tx, scope)
    cursor = cursor or connector.cursor_at(scope.object, span.since, span.until)
    _read_pages(ctx, scope, cursor, toll, partial(_keep_again, ctx, scope=scope))


def cannot_tell(system: str) -> Misconfigured:
    """Say that a system cannot be read from a moment on."""
    remedy = "Read all of it by `ltc sync --full`, or name a job with other `systems`."
    return Misconfigured(f"{system} cannot be read from a moment on.", remedy=remedy, code="system.no_memory")


def _read_pages(ctx: Context, scope: Scope, cursor: str, toll: Toll, keep: Callable[..., str]) -> None:
    """Read page after page from a cursor to the end; each page and what follows from it are one transaction."""
    connector = ctx.connectors[scope.system]
    ctx.crash("read.before_first_page")
    more = True
    while more:
        with ctx.tracing.span("page"):
            page = connector.read(scope.object, cursor, scope.fields)
        brake = page.marked and _mass_deletion(ctx, scope, page, toll)
        if brake:
            raise Braked(brake, remedy=_release(scope))
        with ctx.tracing.span("plan"):
            brake = ctx.transact(partial(keep, page=page))
        ctx.crash("read.after_page_commit")
        if brake:
            raise Braked(brake, remedy=_release(scope))
        cursor, more = page.cursor, page.more
        if more:
            ctx.pause_here()
    if toll.taken or toll.released:
        ctx.transact(toll.end)


def _mass_deletion(ctx: Context, scope: Scope, page: Page, toll: Toll) -> str:
    """Say why a page with deletions must not be taken in, "" if it may; then what follows it is counted for the release too."""
    with ctx.store.reading() as tx:
        if not toll.over(tx, page):
            toll.believe()
            return ""
    while page.more:
        page = ctx.connectors[scope.system].read(scope.object, page.cursor, scope.fields)
        with ctx.store.reading() as tx:
            toll.over(tx, page)
    return ctx.transact(toll.stop)


def _release(scope: Scope) -> str:
    return f"If that is right: `ltc rollout release {scope.system} {scope.entity}`."


def _keep_page(ctx: Context, tx: Tx, scope: Scope, page: Page, *, sweeping: bool, resumed: bool) -> str:
    """Store what a page brought and where the next one begins; say why the run must stop after it, "" if it need not.

    What a brake holds is read in full once more: only then is it known what is still missing.
    """
    take_in(ctx, tx, scope, page.bodies, page.marked, sweep=sweeping)
    position: dict[str, Any] = {"cursor": page.cursor, "updated_at": ctx.now()}
    brake = ""
    if sweeping:
        position["full_read_run"] = ctx.run_id
    if sweeping and not page.more:
        brake = "" if resumed else _end_sweep(ctx, tx, scope)
        position |= {"cursor": "", "full_read_run": None, "full_read_at": None} if brake else {"full_read_at": ctx.now()}
    tx.update_many(t.scope, ("id",), tuple(position), [(scope.id, *position.values())])
    if not page.more and not brake:  # whoever takes the run up after a crash does not read it again
        tx.update_many(t.run, ("id",), ("stage",), [(ctx.run_id, READ)])
    ctx.crash("read.before_page_commit")
    return brake


def _keep_again(ctx: Context, tx: Tx, scope: Scope, page: Page) -> str:
    """Store what a page of a back-fill brought, and where the next one begins; no brake follows from it."""
    take_in(ctx, tx, scope, page.bodies, page.marked)
    keep_place(tx, ctx.run_id, page.cursor)
    if not page.more:
        tx.execute(update(t.run).where(t.run.c.id == ctx.run_id).values(stage=READ))
    ctx.crash("read.before_page_commit")
    return ""


def nothing(tx: Tx, ext_ids: Sequence[str]) -> None:
    """Do nothing more."""
    del tx, ext_ids


def read_hints(ctx: Context, scope: Scope, ext_ids: Sequence[str], also: Callable[[Tx, Sequence[str]], None] = nothing) -> None:
    """Read named records from their system and take them in: a webhook, a read-back and a retry all come this way.

    ``also`` is done in the same transaction as each chunk's intake, with the ids that it read.
    """
    if scope.mapping is None or scope.spec is None:
        return
    connector = ctx.connectors[scope.system]
    for start in range(0, len(ext_ids), scope.spec.fetch_size):
        chunk = ext_ids[start : start + scope.spec.fetch_size]
        found = connector.fetch(scope.object, chunk, scope.fields)
        ctx.transact(partial(_keep_chunk, ctx, scope=scope, found=found, chunk=chunk, also=also))


def _keep_chunk(
    ctx: Context, tx: Tx, scope: Scope, found: Sequence[RawRecord], chunk: Sequence[str],
    also: Callable[[Tx, Sequence[str]], None],
) -> None:  # fmt: skip
    take_in_found(ctx, tx, scope, found)
    also(tx, chunk)


def take_in_found(ctx: Context, tx: Tx, scope: Scope, found: Sequence[RawRecord]) -> None:
    """Take in records that were read by id."""
    bodies = [record.body for record in found if record.presence is Presence.LIVE]
    marked = [record for record in found if record.presence is not Presence.LIVE]
    take_in(ctx, tx, scope, bodies, marked)


def _position(tx: Tx, scope: Scope) -> tuple[str, str | None, int | None]:
    [row] = tx.select_in(t.scope, ("cursor", "full_read_at", "full_read_run", "stopped"), "id", [scope.id])
    if row[3]:
        message = f"{scope.system}.{scope.object} is stopped: {row[3]}"
        raise Misconfigured(message, remedy=f"`ltc system rewind {scope.system}` or `ltc rollout resume` starts it again.")
    return row[0], row[1], row[2]


def _end_sweep(ctx: Context, tx: Tx, scope: Scope) -> str:
    """After a read from the beginning: what was known and did not show has gone; if that is much, say so and conclude nothing.

    A sweep that another run began has no complete marks, so it does not come here.
    """
    if scope.spec is None or scope.spec.deletes != "sweep":
        return ""
    r = t.record
    missing = [
        row[0]
        for row in tx.execute(
            select(r.c.ext_id).where(r.c.scope_id == scope.id, r.c.state == "live", r.c.seen_run != ctx.run_id)
        ).all()
    ]
    total = tx.scalar(select(func.count()).select_from(r).where(r.c.scope_id == scope.id, r.c.state == "live")) or 0
    brake = disappeared(tx, scope, len(missing), total)
    if not brake:
        take_in(ctx, tx, scope, [], [RawRecord(ext_id, "", b"{}", Presence.DELETED) for ext_id in missing])
    return brake


def look_again(ctx: Context, hub_ids: Sequence[str]) -> None:
    """Merge and plan golden records again: rules, modes or decisions have changed."""

    def look(tx: Tx) -> None:
        batch = Batch(ctx, tx, ctx.now())
        batch.load_hubs(hub_ids)
        batch.touched |= set(hub_ids)
        follow_through(batch)

    ctx.transact(look)
