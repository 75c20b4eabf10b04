"""A worker of its own process that asks a gate as fast as it may, and prints when it was let through."""

from __future__ import annotations

import json
import sys
import time

from ltc.app.engine.quota.gate import Gate
from ltc.core.contract import Kit, Limits
from ltc.core.errors import Later
from ltc.core.store import Store


def ask(url: str, begin: float, seconds: float, per_second: float, burst: int) -> list[float]:
    """Ask from a moment on for some seconds."""
    store = Store(url)
    gate = Gate(store, "shared", Limits(per_second=per_second, burst=burst), Kit())
    let: list[float] = []
    time.sleep(max(0.0, begin - time.time()))
    while time.time() < begin + seconds:
        try:
            gate()
        except Later as fault:
            time.sleep(fault.after or 0.1)
            continue
        let.append(time.time() - begin)
    store.close()
    return let


if __name__ == "__main__":
    print("ready", flush=True)  # noqa: T201
    print(json.dumps(ask(sys.argv[1], float(input()), *map(float, sys.argv[2:4]), int(sys.argv[4]))))  # noqa: T201
