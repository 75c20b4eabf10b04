"""Backups: one file with the store and the hub's YAML, proven when it is written and when it is read; no secret is in it.

It is a tar: `manifest.json`, `store.db` (SQLite, whatever the hub's own database is) and `hub/…`. Whoever has it has the hub's
data, so that only its owner may read it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ltc import __version__
from ltc.app.engine import recovery
from ltc.app.engine.context import instant
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t
from ltc.core.store.copying import counted, is_empty, load, save
from ltc.core.store.queries.standing import leases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ltc.app.config import HubConfig
    from ltc.core.store import Store, Tx

FORMAT: Final = 1
FOLDERS: Final = ("config", "mappings")
_OURS: Final = re.compile(r"hub/(config|mappings)(/[\w.\-]+)+\.yaml")
_ANOTHER: Final = "Use another backup."


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup that was read and found whole."""

    manifest: dict[str, Any]
    store: Path
    files: dict[str, bytes]


def write(config: HubConfig, store: Store, file: Path, now: datetime) -> dict[str, Any]:
    """Write a backup while the hub works; it takes its name when it is whole and has been read again."""
    if file.exists():
        raise Misconfigured(f"{file} is there already.", remedy="Name another file.", code="backup.exists")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".ltc-backup-") as folder:
        copy, draft = Path(folder) / "store.db", Path(folder) / "backup.tar"
        rows = save(store, copy)
        files = {f"hub/{path.relative_to(config.dir).as_posix()}": path.read_bytes() for path in _yaml(config.dir)}
        digests = {"store.db": _digest(copy), **{name: hashlib.sha256(body).hexdigest() for name, body in files.items()}}
        manifest = {
            "format": FORMAT, "version": __version__, "hub": config.tag, "at": instant(now), "database": store.dialect,
            "revision": store.revision(), "rows": rows, "sha256": digests,
        }  # fmt: skip
        _pack(draft, manifest, copy, files)
        with opened(draft) as again:
            bad = again.manifest != manifest
        if bad:
            raise Misconfigured("The backup did not read as it was written.", remedy="Look at the disk.", code="backup.damaged")
        draft.replace(file)
    return manifest


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """Read a backup and prove it: every part's checksum, the store's integrity and its numbers of rows."""
    with tempfile.TemporaryDirectory(prefix="ltc-restore-") as folder:
        copy = Path(folder) / "store.db"
        try:
            manifest, files = _unpack(file, copy)
        except (tarfile.TarError, OSError, ValueError, KeyError, EOFError) as fault:
            raise _damaged(f"{file} cannot be read as a backup: {fault}") from None
        if counted(copy) != manifest["rows"]:
            raise _damaged("The store's copy has other numbers of rows than were written")
        yield Opened(manifest, copy, files)


@contextmanager
def placed(backup: Opened, folder: Path, *, over: bool) -> Iterator[tuple[list[str], list[str]]]:
    """Write the hub's YAML where there is none, and take that back if what follows fails.

    Tell what was written, and what is there and differs; with ``over`` that is written too.
    """
    bodies = {folder / name.removeprefix("hub/"): body for name, body in sorted(backup.files.items())}
    before = {path: path.read_bytes() if path.exists() else None for path in bodies}
    differing = [path for path, body in bodies.items() if before[path] not in (None, body)]
    written = [path for path, body in bodies.items() if before[path] is None or (over and path in differing)]
    try:
        for path in written:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bodies[path])
        yield [str(path.relative_to(folder)) for path in written], [str(path.relative_to(folder)) for path in differing]
    except BaseException:
        for path in written:
            _put_back(path, before[path])
        raise


def _put_back(path: Path, body: bytes | None) -> None:
    if body is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(body)


def insist_on_own(config: HubConfig, backup: Opened) -> None:
    """Refuse the backup of another hub."""
    if backup.manifest["hub"] != config.tag:
        message = f"This is a backup of the hub {backup.manifest['hub']!r}, and this hub is {config.tag!r}."
        raise Misconfigured(message, remedy="Name its own directory and environment.", code="backup.other_hub")


def restore(config: HubConfig, store: Store, backup: Opened, now: datetime, *, actor: str, replace: bool) -> dict[str, int]:
    """Put a backup in the store's place, and let the hub recover what it did since."""
    insist_on_own(config, backup)
    store.migrate()
    with store.reading() as tx:
        held, empty = leases(tx), is_empty(tx)
    if held:
        raise Misconfigured("Processes of the hub are at work.", remedy="Stop all of them, wait 15 s.", code="backup.at_work")
    if not empty and not replace:
        remedy = "Back it up as well, then say --replace."
        raise Misconfigured("The hub's store is not empty; restoring would take its place.", remedy=remedy, code="backup.in_use")

    def begin(tx: Tx) -> None:
        recovery.begin(tx)
        tx.upsert(t.hub, ("key", "value"), [(recovery.EPOCH, instant(now))], key=("key",))
        row = {"at": instant(now), "actor": actor, "action": "restore", "subject": backup.manifest["at"], "detail": ""}
        tx.insert_one(t.audit, row)

    return load(backup.store, store, begin)


def _yaml(folder: Path) -> list[Path]:
    """Find the hub's files; a link counts if it stays in the hub's folder, as those of a mounted config map do."""
    found = [path for name in FOLDERS for path in (folder / name).rglob("*.yaml") if path.is_file()]
    return [path for path in sorted(found) if _is_own(folder, path)]


def _is_own(folder: Path, path: Path) -> bool:
    name = path.relative_to(folder)
    is_inside = path.resolve().is_relative_to(folder.resolve())
    is_hidden = any(part.startswith(".") for part in name.parts)
    return is_inside and not is_hidden and _OURS.fullmatch(f"hub/{name.as_posix()}") is not None


def _pack(file: Path, manifest: dict[str, Any], copy: Path, files: dict[str, bytes]) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w") as tar:
            _add(tar, "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
            for name, body in sorted(files.items()):
                _add(tar, name, body)
            tar.add(copy, "store.db")
        raw.flush()
        os.fsync(raw.fileno())


def _add(tar: tarfile.TarFile, name: str, body: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(body), 0o600
    tar.addfile(member, io.BytesIO(body))


def _unpack(file: Path, copy: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Take out what the manifest names, and nothing else, wherever a name might lead."""
    with tarfile.open(file, "r:") as tar:
        manifest: dict[str, Any] = json.loads(_member(tar, "manifest.json").read())
        if manifest["format"] != FORMAT:
            raise _damaged(f"The backup has the form {manifest['format']}, which this version does not know")
        files = {}
        for name, digest in manifest["sha256"].items():
            if name == "store.db":
                with copy.open("wb") as target, _member(tar, name) as source:
                    while some := source.read(1 << 20):
                        target.write(some)
                found = _digest(copy)
            elif _OURS.fullmatch(name) and ".." not in name.split("/"):
                files[name] = _member(tar, name).read()
                found = hashlib.sha256(files[name]).hexdigest()
            else:
                raise _damaged(f"The backup holds {name!r}, which no backup of a hub does")
            if found != digest:
                raise _damaged(f"{name} is not what was written")
        if not copy.exists():
            raise _damaged("The backup holds no store")
        return manifest, files


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise _damaged(f"{name} is no file")
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(reason: str) -> Misconfigured:
    return Misconfigured(f"{reason}.", remedy=_ANOTHER, code="backup.damaged")
