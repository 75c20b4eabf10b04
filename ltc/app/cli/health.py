"""What `ltc doctor` looks at, each finding with what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ltc.app.config import find_connectors
from ltc.app.config.references import UnresolvedError, reference
from ltc.core.errors import LtcError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.app.cli.frame import Frame
    from ltc.app.config import HubConfig

_LEAST_PYTHON: Final = (3, 11)
_LEAST_DISK: Final = 500_000_000
_NOT_BEFORE: Final = datetime(2025, 1, 1, tzinfo=UTC)


def _finding(name: str, ok: bool, message: str, remedy: str = "") -> dict[str, Any]:  # noqa: FBT001 - the finding itself
    return {"name": name, "ok": ok, "message": message, "remedy": "" if ok else remedy}


def examine(frame: Frame) -> Iterator[dict[str, Any]]:
    """Look at everything; one thing that is wrong hides no other."""
    python = platform.python_version()
    yield _finding("python", sys.version_info[:2] >= _LEAST_PYTHON, f"Python {python}", "Use Python 3.11 or newer.")
    now = datetime.now(UTC)
    yield _finding("clock", now > _NOT_BEFORE, now.isoformat(timespec="seconds"), "Set the machine's clock.")
    yield from _connectors()
    try:
        config = frame.hub(sound=False)
    except Misconfigured as error:
        first = error.faults[0] if error.faults else None
        yield _finding("hub", False, str(first or error.message), error.remedy or "Run `ltc check`.")  # noqa: FBT003
        return
    wrong = [fault for fault in config.faults if fault.severity == "error"]
    yield _finding("hub", not wrong, str(wrong[0]) if wrong else str(config.dir), "Run `ltc check`.")
    yield _disk(config)
    yield _database(config)
    yield from _broker(config)
    yield from _credentials(config)
    yield from _channels(config)
    yield from _secret_files(config)


def _connectors() -> Iterator[dict[str, Any]]:
    catalogue = find_connectors()
    for kind, entry in sorted(catalogue.entries.items()):
        try:
            title = entry.load().title
        except Misconfigured as error:
            yield _finding(f"connector {kind}", False, error.message, error.remedy)  # noqa: FBT003
        else:
            yield _finding(f"connector {kind}", True, title)  # noqa: FBT003


def _disk(config: HubConfig) -> dict[str, Any]:
    place = config.var if config.var.exists() else config.dir
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    message = f"{free // 1_000_000} MB free" + ("" if writable else f", and {place} cannot be written")
    return _finding("disk", writable and free > _LEAST_DISK, message, "Make room, or correct the rights of var/.")


def _database(config: HubConfig) -> dict[str, Any]:
    from ltc.core.store import Store
    from ltc.core.store.store import HEAD

    try:
        store = Store(config.database_url().get_secret_value())
        try:
            found = store.revision()
        finally:
            store.close()
    except LtcError as error:
        return _finding("database", False, error.message, error.remedy or "Check `database.url` in hub.yaml.")  # noqa: FBT003
    if found and found != HEAD:
        behind = found < HEAD
        message = f"{store.dialect}; its tables are at {found}, and this version's are at {HEAD}"
        remedy = (
            "Back up; the next command or process brings them up to date." if behind else "Install the version that wrote it."
        )
        return _finding("database", False, message, remedy)  # noqa: FBT003
    return _finding("database", True, store.dialect if found else f"{store.dialect}; no tables yet")  # noqa: FBT003


def _broker(config: HubConfig) -> Iterator[dict[str, Any]]:
    """Connect to Celery's broker, if the hub has one; nothing is sent."""
    if config.settings.executor != "celery":
        return
    from ltc.app.cli.working import insist_on_celery

    try:
        insist_on_celery()
        from scheduler.broker import make_app, reach

        place = reach(make_app(config.broker_url().get_secret_value()))
    except LtcError as error:
        yield _finding("broker", False, error.message, error.remedy or "Run `ltc check`.")  # noqa: FBT003
    else:
        yield _finding("broker", True, f"reached at {place}")  # noqa: FBT003


def _credentials(config: HubConfig) -> Iterator[dict[str, Any]]:
    for name, system in config.active.items():
        faults = system.faults()
        yield _finding(f"settings of {name}", not faults, str(faults[0]) if faults else "complete", "Run `ltc check`.")


def _channels(config: HubConfig) -> Iterator[dict[str, Any]]:
    """Look whether the secrets of alerts are there, without telling anybody anything."""
    alerts = config.settings.alerts
    said = {"the mail server": alerts.mail.password, "the heartbeat": alerts.heartbeat}
    for name, channel in alerts.channels.items():
        said |= {f"{key} of {name}": getattr(channel, key) for key in ("slack", "webhook", "secret")}
    for name, text in said.items():
        wanted = reference(text)
        if wanted is None:
            continue
        try:
            config.vault.resolve(wanted)
        except UnresolvedError as error:
            yield _finding(f"alerts: {name}", False, f"{error}.", f"Provide it, or correct {wanted} in hub.yaml.")  # noqa: FBT003
        else:
            yield _finding(f"alerts: {name}", True, "there; `ltc alerts test` tries it")  # noqa: FBT003


def _secret_files(config: HubConfig) -> Iterator[dict[str, Any]]:
    folder = config.var / "secrets"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        open_to_others = bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
        yield _finding(
            f"secret {path.name}",
            not open_to_others,
            "only its owner reads it" if not open_to_others else "others can read it",
            f"chmod 600 {path}",
        )
