"""`ltc backup` and `ltc restore`: one file, proven, without secrets, from and to either database."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import tarfile
import threading

import pytest
from sqlalchemy import func, select

from ltc.app.config import open_hub
from ltc.app.engine.opening import open_store
from ltc.core.store import Store
from ltc.core.store import tables as t

SECRET = "canary-s3cret-0451"


@pytest.fixture
def kept(hub, store_url):
    """A hub on either database, with some rows of each kind and a secret beside its files."""
    url = f"postgresql{store_url.removeprefix('postgresql')}" if store_url.startswith("postgresql") else store_url
    hub.write("config/hub.yaml", f"id: acme\ndatabase:\n  url: {url}\n")
    hub.write("mappings/salesforce/account.yaml", "fields:\n  name: Name\n")
    hub.write("var/secrets/sap", SECRET)
    hub.write("config/notes.txt", SECRET)
    store = Store(store_url)
    with store.transaction() as tx:
        columns = (
            "scope_id",
            "ext_id",
            "version",
            "raw",
            "raw_hash",
            "mapping_fp",
            "leaves",
            "state",
            "first_seen",
            "last_changed",
        )
        rows = [(1, f"R{n}", "1", b'{"a":"\xc3\xa4"}', "0" * 32, "0" * 32, "{}", "live", "2026", "2026") for n in range(5_000)]
        tx.insert(t.record, columns, rows)
        tx.insert_one(t.audit, {"at": "2026", "actor": "ann", "action": "mode.live", "subject": "x"})
        tx.insert_one(t.deal, {"deal_id": "d" * 32, "stage": "won", "is_lost": False, "since": "2026"})
    yield hub, store
    store.close()


def numbers(store):
    with store.reading() as tx:
        return {name: tx.scalar(select(func.count()).select_from(table)) for name, table in t.metadata.tables.items()}


def test_a_hub_is_backed_up_while_it_works_and_restored_as_it_was(kept, tmp_path):
    hub, store = kept
    file = tmp_path / "acme.backup"
    stop, wrote = threading.Event(), []

    def write():
        while not stop.is_set():
            with store.transaction() as tx:
                wrote.append(tx.insert_one(t.audit, {"at": "2026", "actor": "x", "action": "y", "subject": str(len(wrote))}))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        said = hub.ltc("backup", str(file), "--json")
    finally:
        stop.set()
        thread.join()
    assert said.code == 0, said.err
    assert said.json["rows"]["record"] == 5_000
    assert 1 <= said.json["rows"]["audit"] <= len(wrote) + 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET.encode() not in file.read_bytes()
    assert hub.ltc("restore", str(file), "--check", "--json").json["rows"] == said.json["rows"]
    with store.transaction() as tx:
        tx.execute(t.record.delete().where(t.record.c.ext_id < "R3"))
        tx.insert_one(t.hub, {"key": "made since", "value": "x"})
    refused = hub.ltc("restore", str(file), "--yes", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "backup.in_use")
    answer = hub.ltc("restore", str(file), "--yes", "--replace", "--json")
    assert answer.code == 0, answer.err
    found = numbers(store)
    assert found["record"] == 5_000
    assert found["audit"] == said.json["rows"]["audit"] + 1, "that it was restored is written down"
    with store.transaction() as tx:
        assert tx.scalar(select(t.record.c.raw).where(t.record.c.ext_id == "R0")) == b'{"a":"\xc3\xa4"}'
        assert tx.scalar(select(t.deal.c.is_lost)) is False
        assert tx.scalar(select(t.hub.c.value).where(t.hub.c.key == "recovery")) == "1"
        assert tx.scalar(select(t.hub.c.value).where(t.hub.c.key == "made since")) is None
        tx.insert_one(t.audit, {"at": "2026", "actor": "x", "action": "y", "subject": "numbers go on after the highest"})


def test_a_backup_moves_a_hub_to_another_database_and_directory(kept, tmp_path):
    hub, _ = kept
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file)).code == 0
    hub.dir = tmp_path / "elsewhere"
    hub.write("config/hub.yaml", "id: acme\n")
    other = hub.ltc("restore", str(file), "--yes", "--json")
    assert other.code == 0, other.out
    assert other.json["kept"] == ["config/hub.yaml"], "what differs is told and stays"
    assert "mappings/salesforce/account.yaml" in other.json["written"]
    moved = open_store(open_hub(hub.dir))
    assert moved.dialect == "sqlite"
    assert numbers(moved)["record"] == 5_000
    moved.close()
    assert (hub.dir / "mappings" / "salesforce" / "account.yaml").read_text(encoding="utf-8") == "fields:\n  name: Name\n"
    assert not (hub.dir / "config" / "notes.txt").exists()


def changed(file, name, body):
    """Write a backup again with another body in one of its members."""
    out = file.with_suffix(".changed")
    with tarfile.open(file) as old, tarfile.open(out, "w") as new:
        for member in old.getmembers():
            data = old.extractfile(member).read()
            data = body(data) if member.name == name else data
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return out


def with_path(data):
    manifest = json.loads(data)
    manifest["sha256"]["hub/config/../../../evil.yaml"] = "0" * 64
    return json.dumps(manifest).encode()


def with_fewer_rows(data):
    manifest = json.loads(data)
    manifest["rows"]["record"] -= 1
    return json.dumps(manifest).encode()


DAMAGES = {
    "a byte of the store": ("store.db", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    "a file": ("hub/config/hub.yaml", lambda data: data + b"\n"),
    "the manifest": ("manifest.json", lambda _data: b"{"),
    "a row that is missing": ("manifest.json", with_fewer_rows),
    "a path that leads out": ("manifest.json", with_path),
}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_what_was_damaged_is_refused_and_nothing_is_touched(kept, tmp_path):
    hub, store = kept
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file)).code == 0
    again = hub.ltc("backup", str(file), "--json")
    assert (again.code, again.json["error"]["code"]) == (2, "backup.exists")
    before = numbers(store)
    for name, (member, body) in DAMAGES.items():
        said = hub.ltc("restore", str(changed(file, member, body)), "--yes", "--replace", "--json")
        assert (said.code, said.json["error"]["code"]) == (2, "backup.damaged"), name
    half = tmp_path / "half"
    half.write_bytes(file.read_bytes()[:100_000])
    assert hub.ltc("restore", str(half), "--check", "--json").json["error"]["code"] == "backup.damaged"
    assert numbers(store) == before
    assert not list(tmp_path.rglob("evil.yaml"))
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".ltc-backup-")] == []


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_hub_at_work_and_another_hub_are_left_alone(kept, tmp_path):
    hub, store = kept
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file)).code == 0
    lease = store.lease("write/sap", "worker", 60)
    said = hub.ltc("restore", str(file), "--yes", "--replace", "--json")
    assert said.json["error"]["code"] == "backup.at_work"
    lease.release()
    path = hub.dir / "config" / "hub.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: acme", "id: other"), encoding="utf-8")
    said = hub.ltc("restore", str(file), "--yes", "--replace", "--json")
    assert said.json["error"]["code"] == "backup.other_hub"
    said = hub.ltc("restore", str(file), "--yes", "--replace", "--files", "--json")
    assert said.json["error"]["code"] == "backup.other_hub"
    assert "id: other" in path.read_text(encoding="utf-8"), "it stays the hub that it was"


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_what_is_refused_leaves_the_files_as_they_were(kept, tmp_path):
    hub, _ = kept
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file)).code == 0
    own, gone = hub.dir / "config" / "hub.yaml", hub.dir / "mappings" / "salesforce" / "account.yaml"
    changed_since = own.read_bytes() + b"# changed since\n"
    own.write_bytes(changed_since)
    gone.unlink()
    said = hub.ltc("restore", str(file), "--yes", "--files", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "backup.in_use")
    assert own.read_bytes() == changed_since
    assert not gone.exists()
    said = hub.ltc("restore", str(file), "--yes", "--files", "--replace", "--json")
    assert sorted(said.json["written"]) == ["config/hub.yaml", "mappings/salesforce/account.yaml"]
    assert own.read_bytes() != changed_since
    assert gone.exists()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_without_a_yes_nothing_is_restored(kept, tmp_path):
    hub, _ = kept
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file)).code == 0
    assert "--yes" in hub.ltc("restore", str(file), "--replace", "--json").json["error"]["message"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_copy_is_a_database_that_any_tool_reads(kept, tmp_path):
    hub, _ = kept
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file)).code == 0
    with tarfile.open(file) as tar:
        (tmp_path / "store.db").write_bytes(tar.extractfile("store.db").read())
    connection = sqlite3.connect(tmp_path / "store.db")
    assert connection.execute("SELECT count(*) FROM record").fetchone() == (5_000,)
    connection.close()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_files_of_a_mounted_config_map_are_in_it_and_what_a_link_leads_out_to_is_not(kept, tmp_path):
    hub, _ = kept
    config = hub.dir / "config"
    hub.write("config/..2026_11_28/hub.yaml", (config / "hub.yaml").read_text(encoding="utf-8"))
    (config / "hub.yaml").unlink()
    (config / "..data").symlink_to("..2026_11_28")
    (config / "hub.yaml").symlink_to("..data/hub.yaml")
    (tmp_path / "secret.yaml").write_text(SECRET, encoding="utf-8")
    (config / "survivorship.test.yaml").symlink_to(tmp_path / "secret.yaml")
    file = tmp_path / "acme.backup"
    said = hub.ltc("backup", str(file), "--json")
    names = set(said.json["sha256"])
    assert {"hub/config/hub.yaml", "hub/mappings/salesforce/account.yaml", "store.db"} <= names
    assert not [name for name in names if "/." in name or "survivorship.test" in name]
    assert SECRET.encode() not in file.read_bytes()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_files_of_an_environment_come_with_it(kept, tmp_path):
    hub, _ = kept
    hub.write("config/systems.test.yaml", "")
    file = tmp_path / "acme.backup"
    assert hub.ltc("backup", str(file), "--env", "test").code == 0
    hub.dir = tmp_path / "elsewhere"
    hub.write("config/hub.yaml", "id: acme\n")
    said = hub.ltc("restore", str(file), "--env", "test", "--yes", "--json")
    assert said.code == 0, said.err
    assert said.json["hub"] == "acme.test"
    assert (hub.dir / "config" / "systems.test.yaml").exists()
