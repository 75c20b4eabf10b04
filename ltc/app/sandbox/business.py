"""Let the business happen, one virtual day after another.

What happens is decided by hashes of (seed, business key, day), never by the order of calls: two hubs that keep the systems
equal see the same business, however many retries each of them needed.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.mishaps import Mishaps
from ltc.app.sandbox.offers import Offers
from ltc.app.sandbox.office import Clerks
from ltc.app.sandbox.payers import Payers
from ltc.app.sandbox.programmes import ACTIVITIES
from ltc.app.sandbox.prospects import Prospects
from ltc.app.sandbox.sellers import Sellers
from ltc.app.sandbox.signers import Signers
from ltc.app.sandbox.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ltc.app.sandbox.doors import DocusignDoor, SalesforceDoor, SapDoor, StripeDoor
    from ltc.app.sandbox.world import Truth, World
    from ltc.core.simulation import VirtualClock

MORNING = 6


class Business:
    """Sellers, clerks, warehouses, customers, signers and payers of one world."""

    def __init__(
        self,
        world: World,
        truth: Truth,
        salesforce: SalesforceDoor,
        sap: SapDoor,
        clock: VirtualClock,
        *,
        docusign: DocusignDoor | None = None,
        stripe: StripeDoor | None = None,
    ) -> None:
        """Take the world and the doors that its people use."""
        self.clock = clock
        self.truth = truth
        dice = Dice(world.seed)
        self.prospects = Prospects(world, truth, salesforce, dice)
        self.offers = Offers(salesforce, dice)
        self.sellers = Sellers(world, truth, salesforce, dice)
        self.mishaps = Mishaps(truth, salesforce, sap, dice)
        self.clerks = Clerks(world, truth, salesforce, sap, dice)
        self.signers = Signers(docusign, dice)
        self.payers = Payers(stripe, dice)
        self.warehouse = Warehouse(sap, dice, self.payers.collected)

    def act(self, days: int = 1, activities: Collection[str] = ACTIVITIES) -> dict[str, Any]:
        """Live through some days: work each day, then sleep until the next morning; say how often what was done."""
        done: Counter[str] = Counter()
        for _ in range(days):
            done.update(self.work(activities))
            self.sleep()
        return {"days": days, "now": self.clock.now().isoformat(), "done": dict(sorted(done.items()))}

    def work(self, activities: Collection[str] = ACTIVITIES) -> Counter[str]:
        """Do one day's work."""
        day = self.clock.now().date()
        doings: dict[str, Callable[[Any], int]] = {  # in the order of a working day
            "new_leads": self.prospects.enter,
            "work_leads": self.prospects.work,
            "quote": self.offers.make,
            "revise_quotes": self.offers.revise,
            "answer_quotes": self.offers.answer,
            "win": self.sellers.win,
            "lose": self.sellers.lose,
            "reopen": self.sellers.reopen,
            "amend": self.sellers.amend,
            "new_deals": self.sellers.find,
            "convert_leads": self.prospects.convert,
            **self.mishaps.acts(),
            "edit": self.clerks.edit,
            "conflict": self.clerks.conflict,
            "double": self.clerks.double,
            "merge": self.clerks.merge,
            "delete": self.clerks.delete,
            "ship": self.warehouse.ship,
            "bill": self.warehouse.bill,
            "credit": self.warehouse.credit,
            "credit_collected": self.warehouse.credit_collected,
            "pay": self.warehouse.pay,
            "reverse": self.warehouse.reverse,
            "sign": self.signers.sign,
            "send_again": self.sellers.send_again,
            "collect": self.payers.pay,
            "regret": self.payers.regret,
            "pay_out": lambda _day: self.payers.pay_out(),
        }
        return Counter({name: do(day) for name, do in doings.items() if name in activities})

    def sleep(self) -> None:
        """Let the time pass until the next morning."""
        now = self.clock.now()
        morning = datetime(now.year, now.month, now.day, MORNING, tzinfo=now.tzinfo) + timedelta(days=1)
        self.clock.advance((morning - now).total_seconds())
