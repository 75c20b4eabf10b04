"""What ``ltc --help`` costs, as a multiple of starting Python: CPU time, so that a busy machine does not matter.

python benchmarks/command_line.py [--json] [--check]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys

LIMIT = 12.0
ROUNDS = 7


def cpu_seconds(arguments: list[str]) -> float:
    """Run a program in a new interpreter and give the CPU time that it took, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure() -> dict[str, object]:
    """Take the medians of alternating runs."""
    nothing, helping = [], []
    for _ in range(ROUNDS):
        nothing.append(cpu_seconds(["-c", "pass"]))
        helping.append(cpu_seconds(["-c", "from ltc.app.cli import main; main(['--help'])"]))
    value, baseline = statistics.median(helping), statistics.median(nothing)
    ratio = round(value / max(baseline, 0.001), 2)
    figures = {"value": round(value * 1000, 1), "unit": "ms CPU", "baseline": round(baseline * 1000, 1), "ratio": ratio}
    return {"name": "ltc --help", **figures, "limit": LIMIT, "ok": ratio <= LIMIT}


def main() -> int:
    """Print the figure; with --check fail if it is beyond its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    row = measure()
    shown = f"{row['name']}: {row['value']} {row['unit']}, {row['ratio']} times a bare start (limit {row['limit']})"
    print(json.dumps([row]) if options.json else shown)
    return 0 if row["ok"] or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
