"""`ltc` in a process whose calls have a short deadline, so that what one that was killed left open can soon be settled.

python -m tests.system.swiftly worker
"""

from __future__ import annotations

from functools import partial

from ltc.app.cli import main
from ltc.app.engine import opening

opening.Kit = partial(opening.Kit, deadline_seconds=2.0)

if __name__ == "__main__":
    main()
