"""From a signature in DocuSign to the change in Salesforce by a webhook to `ltc run`; no poll runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from benchmarks.signing import Signing, add_key, wait_until
from connectors.esign.docusign.account.connect import sign
from ltc.core.store import Store
from ltc.core.store import tables as t


@pytest.fixture
def signing(tmp_path: Path, store_url: str) -> Iterator[Callable[..., Signing]]:
    """Make hubs between DocuSign and Salesforce."""
    made: list[Signing] = []

    def make(**how: Any) -> Signing:
        made.append(Signing(tmp_path / "hub", store_url, program="tests.system.briskly", **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_signature_is_told_without_a_poll(signing: Callable[..., Signing]) -> None:
    desk = signing()
    desk.start()
    desk.post()
    first, second = desk.send("Offer 1"), desk.send("Offer 2")
    wait_until(lambda: desk.papers() == {"Offer 1": "sent", "Offer 2": "sent"})
    desk.docusign.sign(first, "Customer")
    desk.docusign.decline(second, "Customer", "Too dear.")
    wait_until(lambda: desk.papers() == {"Offer 1": "signed", "Offer 2": "no"})
    wait_until(lambda: desk.standing()["waiting"] == 0)
    assert desk.standing()["given_up"] == 0
    assert set(desk.created().values()) == {1}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_webhook_starts_the_job_that_waits_for_it(signing: Callable[..., Signing]) -> None:
    desk = signing()
    with (desk.folder / "config" / "jobs.yaml").open("a", encoding="utf-8") as file:
        file.write("signed: {webhooks: [docusign], systems: [docusign]}\n")
    desk.start()
    desk.post()
    store = Store(desk.database)

    def came() -> list[str]:
        with store.reading() as tx:
            return list(tx.execute(select(t.run.c.status).where(t.run.c.job == "signed", t.run.c.parent.is_(None))).scalars())

    assert came() == [], "no time makes it run"
    desk.docusign.sign(desk.send("Offer 1"), "Customer")
    wait_until(lambda: "done" in came())
    store.close()


def test_whatever_a_hostile_account_posts_each_envelope_has_one_effect(signing: Callable[..., Signing]) -> None:
    desk = signing(profile="hostile")
    desk.start()
    desk.post()
    envelopes = [desk.send(f"Offer {number}") for number in range(12)]
    for envelope in envelopes:
        desk.docusign.sign(envelope, "Customer")
    wait_until(lambda: desk.papers() == {f"Offer {number}": "signed" for number in range(12)})
    wait_until(lambda: desk.standing()["waiting"] == 0)
    posted = [(one.event, one.body) for one in desk.docusign.deliveries()]
    assert len(set(posted)) < len(posted) == desk.standing()["accepted"], "some came twice"
    wait_until(lambda: set(desk.webhooks()) == {"done"})
    assert sum(desk.webhooks().values()) < len(posted)
    assert set(desk.created().values()) == {1}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_burst_costs_few_reads(signing: Callable[..., Signing]) -> None:
    """The small sister of benchmarks/hooks.py: sixty envelopes, six messages each, twice, in no order."""
    desk = signing()
    for number in range(60):
        desk.docusign.sign(desk.send(f"Offer {number}"), "Customer")
    once = [(sign(desk.docusign.connect.keys, one.body), one.body) for one in desk.docusign.deliveries()]
    webhooks = [*once, *once]
    random.Random(7).shuffle(webhooks)
    desk.start()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda one: requests.post(f"{desk.address}/docusign", data=one[1], headers=one[0], timeout=60), webhooks)
        )
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["new"] for answer in answers) == len(once)
    wait_until(
        lambda: desk.webhooks() == {"done": len(once)} and desk.papers() == {f"Offer {one}": "signed" for one in range(60)}
    )
    assert set(desk.created().values()) == {1}
    wait_until(lambda: desk.hints() == len(once))
    assert desk.reads() < len(once) / 2, "on a slow machine less comes together"


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_door_hears_docusign_alone(signing: Callable[..., Signing]) -> None:
    """True ones under either key while one replaces the other, again and late; none that is forged."""
    desk = signing()
    old = add_key(desk)
    new = desk.docusign.connect.keys[-1]
    desk.start()
    url = f"{desk.address}/docusign"
    desk.docusign.sign(desk.send("Offer"), "Customer")
    bodies = [one.body for one in desk.docusign.deliveries()]

    def post(headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        answer = requests.post(url, data=body, headers=headers, timeout=60)
        said = answer.json()
        return answer.status_code, said["error"]["code"] if "error" in said else (said["new"], said["known"])

    assert post(sign([old], bodies[0]), bodies[0]) == (200, (1, 0))
    assert post(sign([old, new], bodies[1]), bodies[1]) == (200, (1, 0))
    assert post(sign([new], bodies[2]), bodies[2]) == (200, (1, 0))
    assert post(sign([new], bodies[0]), bodies[0]) == (200, (0, 1)), "a replay is known, whichever key it has"
    for keys in (["a forger's"], []):
        assert post(sign(keys, bodies[3]), bodies[3]) == (401, "hook.forged")
    assert post(sign([new], bodies[2]), bodies[3]) == (401, "hook.forged")
    assert post(sign([new], b"{}"), b"{}") == (400, "hook.unreadable")
    wait_until(lambda: desk.papers() == {"Offer": "signed"})
    desk.salesforce.update("Product2", desk.salesforce.rows("Product2")[0]["Id"], {"Description": "seen"}, "clerk")
    late = bodies[0].replace(b'"generatedDateTime":"2', b'"generatedDateTime":"1')
    assert post(sign([new], late), late) == (200, (1, 0)), (
        "DocuSign signs no time: an old message leads to a read, and no further"
    )
    wait_until(lambda: desk.webhooks() == {"done": 4})
    assert len(desk.created()) == 1
