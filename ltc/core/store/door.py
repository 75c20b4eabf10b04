"""provisional door."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, create_engine, event, select, text, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from ltc.core.errors import Fenced
from ltc.core.store import tables as t


class Lease:
    def __init__(self, store: "Store", name: str, token: int, holder: str, ttl: float) -> None:
        self.store, self.name, self.token, self.holder, self.ttl = store, name, token, holder, ttl

    def renew(self) -> None:
        pass

    def release(self) -> None:
        with self.store.engine.begin() as c:
            c.execute(t.lease.update().where(t.lease.c.name == self.name, t.lease.c.token == self.token).values(until=0))


class Tx:
    def __init__(self, connection: Any, dialect: str) -> None:
        self.c = connection
        self.dialect = dialect

    def _insert(self, table: Table) -> Any:
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    def upsert(self, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], key: Sequence[str], update: Sequence[str] | None = None) -> None:
        rows = list(rows)
        if not rows:
            return
        names = ",".join(columns)
        marks = ",".join("?" if self.dialect == "sqlite" else "%s" for _ in columns)
        upd = [c for c in (update if update is not None else columns) if c not in key]
        sets = ",".join(f"{c}=excluded.{c}" for c in upd)
        sql = f"INSERT INTO \"{table.name}\" ({names}) VALUES ({marks}) ON CONFLICT ({','.join(key)}) DO " + (f"UPDATE SET {sets}" if upd else "NOTHING")
        self.c.exec_driver_sql(sql, rows)

    def insert(self, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        marks = ",".join("?" if self.dialect == "sqlite" else "%s" for _ in columns)
        self.c.exec_driver_sql(f"INSERT INTO \"{table.name}\" ({','.join(columns)}) VALUES ({marks})", list(rows))

    def insert_new(self, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], key: Sequence[str]) -> set[tuple[Any, ...]]:
        out = set()
        idx = [list(columns).index(k) for k in key]
        marks = ",".join("?" if self.dialect == "sqlite" else "%s" for _ in columns)
        for row in rows:
            r = self.c.exec_driver_sql(f"INSERT INTO \"{table.name}\" ({','.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING", tuple(row))
            if r.rowcount:
                out.add(tuple(row[i] for i in idx))
        return out

    def insert_one(self, table: Table, values: dict[str, Any]) -> int:
        return int(self.c.execute(table.insert().values(**values)).inserted_primary_key[0])

    def update_many(self, table: Table, key_columns: Sequence[str], value_columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        m = "?" if self.dialect == "sqlite" else "%s"
        n = len(key_columns)
        sql = f"UPDATE \"{table.name}\" SET {','.join(f'{c}={m}' for c in value_columns)} WHERE {' AND '.join(f'{c}={m}' for c in key_columns)}"
        self.c.exec_driver_sql(sql, [tuple(r[n:]) + tuple(r[:n]) for r in rows])

    def select_in(self, table: Table, columns: Sequence[str], key_column: str, values: Sequence[Any], where: Sequence[Any] = (), lock: bool = False) -> list[tuple[Any, ...]]:
        values = list(values)
        out: list[tuple[Any, ...]] = []
        for i in range(0, len(values), 500):
            q = select(*[table.c[c] for c in columns]).where(table.c[key_column].in_(values[i : i + 500]), *where)
            out += [tuple(r) for r in self.c.execute(q)]
        return out

    def delete_in(self, table: Table, key_column: str, values: Sequence[Any], where: Sequence[Any] = ()) -> None:
        values = list(values)
        for i in range(0, len(values), 500):
            self.c.execute(table.delete().where(table.c[key_column].in_(values[i : i + 500]), *where))

    def execute(self, statement: Any) -> Any:
        return self.c.execute(statement)

    def scalar(self, statement: Any) -> Any:
        return self.c.execute(statement).scalar()


class Store:
    def __init__(self, url: str, clock: Any) -> None:
        self.engine = create_engine(url)
        self.dialect = self.engine.dialect.name
        self.clock = clock
        if self.dialect == "sqlite":
            @event.listens_for(self.engine, "connect")
            def _c(dbapi: Any, _r: Any) -> None:
                dbapi.isolation_level = None
                dbapi.execute("PRAGMA journal_mode=WAL")
                dbapi.execute("PRAGMA synchronous=NORMAL")
                dbapi.execute("PRAGMA busy_timeout=5000")
            @event.listens_for(self.engine, "begin")
            def _b(conn: Any) -> None:
                conn.exec_driver_sql("BEGIN IMMEDIATE")

    def migrate(self) -> None:
        t.metadata.create_all(self.engine)

    @contextmanager
    def transaction(self, lease: Lease | None = None) -> Iterator[Tx]:
        with self.engine.begin() as c:
            if lease is not None:
                r = c.execute(t.lease.update().where(t.lease.c.name == lease.name, t.lease.c.token == lease.token).values(holder=lease.holder))
                if not r.rowcount:
                    raise Fenced
            yield Tx(c, self.dialect)

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        with self.engine.begin() as c:
            yield Tx(c, self.dialect)

    def lease(self, name: str, holder: str, ttl: float) -> Lease | None:
        import time
        now = int(time.time() * 1e6)
        with self.engine.begin() as c:
            row = c.execute(select(t.lease.c.token, t.lease.c.until).where(t.lease.c.name == name)).one_or_none()
            if row is None:
                c.execute(t.lease.insert().values(name=name, token=1, until=now + int(ttl * 1e6), holder=holder))
                return Lease(self, name, 1, holder, ttl)
            if row[1] > now:
                return None
            c.execute(t.lease.update().where(t.lease.c.name == name).values(token=row[0] + 1, until=now + int(ttl * 1e6), holder=holder))
            return Lease(self, name, row[0] + 1, holder, ttl)

    def close(self) -> None:
        self.engine.dispose()
