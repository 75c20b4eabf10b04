"""Sync an ERP's bills into Stripe in a process of its own, by a clock that is ahead: it may be killed at any moment.

python -m tests.system.collecting STORE ADDRESS SECONDS
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from decimal import Decimal

from ltc.core.contract import SystemClock
from ltc.core.simulation import VirtualClock
from ltc.core.store import Store
from tests.app.engine.vendors import VendorHub, stripe_hub

BILLS = 30
CURRENCIES = ("EUR", "JPY", "KWD")


class Ahead(VirtualClock):
    """The machine's clock, and some seconds; to sleep is to be further ahead."""

    def __init__(self, seconds: float) -> None:
        """Take how far it is ahead."""
        super().__init__(SystemClock().now())
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Tell the time that it will be."""
        return SystemClock().now() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += timedelta(seconds=seconds)


def erp_with_bills(store: Store, clock: VirtualClock) -> VendorHub:
    """Make the hub and its ERP, the same in every process."""
    hub = stripe_hub(store, clock)
    for number in range(BILLS):
        buyer = hub.left.put("Customer", {"Name": f"Acme {number}", "Email": f"pay{number}@acme.example"})
        price, currency = Decimal(10 * (number + 10)), CURRENCIES[number % len(CURRENCIES)]
        lines = [{"No": str(place), "Text": f"Part {place}", "Amount": str(price)} for place in (10, 20)]
        head = {"Number": f"9{number:07d}", "Customer": buyer, "Status": "open", "Currency": currency}
        hub.left.put("Bill", {**head, "Total": str(3 * price), "Tax": str(price), "Lines": lines})
    return hub


def main() -> int:
    """Sync once and print the totals."""
    store_url, address, seconds = sys.argv[1:]
    store = Store(store_url)
    hub = erp_with_bills(store, Ahead(float(seconds)))
    hub.address = address
    try:
        report = hub.sync()
    finally:
        store.close()
    sys.stdout.write(json.dumps(report["totals"]))
    return int(any(run["error"] for run in report["runs"]))


if __name__ == "__main__":
    sys.exit(main())
