"""`ltc` in a process that waits for a lock of SQLite no longer than a page takes, and whose calls have a short deadline.

python -m tests.system.impatiently serve --port 8420
"""

from __future__ import annotations

from functools import partial

from ltc.app.cli import main
from ltc.app.engine import opening
from ltc.core.store import store

opening.Kit = partial(opening.Kit, deadline_seconds=2.0)
store.SQLITE_PRAGMAS = tuple(text.replace("= 30000", "= 250") for text in store.SQLITE_PRAGMAS)

if __name__ == "__main__":
    main()
