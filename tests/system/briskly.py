"""`ltc` in a process whose leases and deadlines are short: what one that was killed left behind is soon taken up.

python -m tests.system.briskly run --port 8420
"""

from __future__ import annotations

from functools import partial

from ltc.app.cli import main
from ltc.app.engine import opening, turns

turns.LEASE_SECONDS = 3.0
opening.Kit = partial(opening.Kit, deadline_seconds=5.0)

if __name__ == "__main__":
    main()
