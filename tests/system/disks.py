"""Disks without room: two ways to fill one that anybody may take."""

from __future__ import annotations

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

NO_ROOM = 64 * 1024
"""No file may grow beyond this: a store is larger, and what a test says of itself is not."""

IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def refuse(pid: int) -> None:
    """Let the kernel refuse each write of a process that would make a file larger; no right is needed for that."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_ROOM, resource.RLIM_INFINITY))


def allow(pid: int) -> None:
    """Let its files grow again."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def may_mount() -> bool:
    """Tell whether this machine lets anybody have a file system of his own."""
    tried = subprocess.run([*IN_A_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


def on_a_small_disk(folder: Path, store: Path) -> tuple[str, ...]:
    """Give the words before a program's that let it alone see a disk of 40 MB at a folder, with a copy of the store on it."""
    mounted = 'mount -t tmpfs -o size=40m tmpfs "$0" && cp "$1" "$0" && shift && exec "$@"'
    return (*IN_A_NAMESPACE, "sh", "-c", mounted, str(folder), str(store))


def fill(folder: Path) -> Path:
    """Leave no room on a disk, and give the file that takes it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    return filler


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """Refuse it to this process."""
    refuse(0)
    try:
        yield
    finally:
        allow(0)
