"""A wish to stop is heard, whichever thread the system gives the signal to."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import signal, threading
from ltc.app.cli.signals import stopping, wait_for

stop = threading.Event()
with stopping(stop):
    threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)).start()
    wait_for(stop)
print("stopped")
"""


def test_a_signal_that_comes_to_another_thread_stops_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "stopped\n"
