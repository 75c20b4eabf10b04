"""The command line. Only what a command needs is imported, and only when it runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `ltc`; end the process with 0 (done), 1 (work failed) or 2 (wrong use or configuration)."""
    from ltc.app.cli.frame import Frame
    from ltc.app.cli.root import run, tell_bugs

    frame = Frame()
    tell_bugs(frame)
    try:
        raise SystemExit(run(arguments, frame))
    except BrokenPipeError:  # whoever read has gone, as `head` does: there is nobody left to tell anything
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
