"""Serve a sandbox in this process until it is asked to stop: what ``ltc sandbox up --detach`` starts."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from ltc.app.sandbox.service import up


def main(arguments: list[str]) -> int:
    """Bring the sandbox up, say where it is in a file, and wait."""
    parser = argparse.ArgumentParser(prog="python -m ltc.app.sandbox", description=__doc__)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--profile", choices=("calm", "hostile"), default="calm")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--hooks", default="")
    asked = parser.parse_args(arguments)
    with up(asked.seed, asked.scale, asked.profile, asked.state, hooks=asked.hooks) as sandbox:
        signal.signal(signal.SIGTERM, lambda *_: sandbox.stopping.set())
        told = {"pid": os.getpid(), "control": sandbox.base_urls["sandbox"], "systems": sandbox.systems()}
        scratch = asked.file.with_suffix(".part")
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps(told), encoding="utf-8")
        scratch.replace(asked.file)
        while not sandbox.stopping.wait(0.5):
            pass  # a signal that came to another thread is only handled when this one looks
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
