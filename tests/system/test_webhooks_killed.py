"""`ltc run` is killed again and again while webhooks arrive: none is lost, and each envelope has one effect."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from benchmarks.signing import Signing, wait_until

ENVELOPES, LONGEST_LIFE = 40, 4.0
MANY = [pytest.param(database, 20, marks=pytest.mark.slow) for database in ("sqlite", "postgresql")]


@pytest.mark.parametrize(("store_url", "kills"), [("sqlite", 2), *MANY], indirect=["store_url"])
def test_kills_lose_nothing_and_double_nothing(tmp_path: Path, store_url: str, kills: int) -> None:
    dice, desk, sent = random.Random(kills), Signing(tmp_path / "hub", store_url, program="tests.system.briskly"), []
    try:
        desk.start()
        desk.post(retries=[0.5] * 10_000)
        for kill in range(kills):
            for number in range(kill * ENVELOPES // kills, (kill + 1) * ENVELOPES // kills):
                sent.append(desk.send(f"Offer {number}"))
                time.sleep(dice.random() * 0.05)
            for envelope in dice.sample(sent, len(sent) // 3):
                if desk.docusign.row(envelope)["status"] == "sent":
                    desk.docusign.sign(envelope, "Customer")
            time.sleep(dice.random() * LONGEST_LIFE)
            desk.kill()
            desk.again()
        for envelope in sent:
            if desk.docusign.row(envelope)["status"] == "sent":
                desk.docusign.sign(envelope, "Customer")
        wait_until(lambda: set(desk.papers().values()) == {"signed"} and len(desk.papers()) == ENVELOPES, 120)
        wait_until(lambda: desk.standing()["waiting"] == 0)
        wait_until(lambda: set(desk.webhooks()) == {"done"})
        assert desk.standing()["given_up"] == 0
        assert sum(desk.webhooks().values()) == len(desk.docusign.deliveries())
        assert set(desk.created().values()) == {1}
        assert len(desk.created()) == ENVELOPES
    finally:
        desk.close()
