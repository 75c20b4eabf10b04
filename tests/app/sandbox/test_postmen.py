"""The sandbox's postmen: webhooks come again until they are accepted, late from a hostile system, and go on after a restart."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.app.sandbox.postmen import HASTE, Postman, Postmen
from ltc.app.sandbox.service import make
from ltc.app.sandbox.world import Size
from ltc.core.simulation import Answer, Profile, Request, Response, Simulator, VirtualClock, route, serve

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
SIGNER = {"recipientId": "1", "routingOrder": "1", "roleName": "Customer", "name": "Ada", "email": "ada@customer.example"}


class Door(Simulator):
    """Who gets webhooks, and refuses the first ones."""

    def __init__(self, refused: int = 0) -> None:
        """Take how many are refused."""
        super().__init__("door", VirtualClock(START))
        self.refused, self.got = refused, []

    @route("POST", "/hooks/docusign")
    def hook(self, request: Request) -> Answer:
        """Take one."""
        self.got.append(json.loads(request.body))
        if len(self.got) <= self.refused:
            return Response(503, {})
        return Response(200, {})

    def accepted(self) -> list[dict[str, Any]]:
        """Give what was not refused."""
        return self.got[self.refused :]

    def state(self) -> dict[str, Any]:
        """Hold nothing."""
        return {}

    def credentials(self) -> dict[str, str]:
        """Ask for none."""
        return {}

    def business_key(self, object_name: str, row: Any) -> str:
        """Name nothing."""
        return f"{object_name} {row}"


@pytest.fixture
def served() -> Iterator[Callable[[int], tuple[Door, str]]]:
    """Serve doors."""
    running = []

    def start(refused: int = 0) -> tuple[Door, str]:
        door = Door(refused)
        running.append(serve({"door": door}))
        return door, f"{running[-1].base_urls['door']}/hooks"

    yield start
    for one in running:
        one.stop()


def account(profile: Profile = "calm") -> DocusignSimulator:
    return DocusignSimulator("docusign", VirtualClock(START), seed=7, profile=profile)


def send(docusign: DocusignSimulator, number: int) -> None:
    docusign.compose(
        {"emailSubject": f"Offer {number}", "status": "sent", "templateId": "", "recipients": {"signers": [SIGNER]}}, "seller"
    )


def until(true: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if true():
            return
        threading.Event().wait(0.02)
    raise AssertionError


def test_what_is_refused_comes_again_as_a_retry(served: Callable[[int], tuple[Door, str]]) -> None:
    docusign = account()
    send(docusign, 0)
    (door, url), before = served(2), len(docusign.deliveries())
    postmen = Postmen({"docusign": docusign}, url, {}, haste=HASTE * 10)
    postmen.start()
    send(docusign, 1)
    new = len(docusign.deliveries()) - before
    assert new > 0
    until(lambda: postmen.standing() == {"docusign": {"accepted": new, "waiting": 0, "given_up": 0}})
    postmen.stop()
    assert len(door.accepted()) == new, "what happened before is not posted"
    assert {one["retryCount"] for one in door.got[:2]} == {0}
    assert sum(one["retryCount"] for one in door.got) == 2


def test_nobody_is_posted_to_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DocusignSimulator, "retries", (0.1, 0.1))
    docusign = account()
    postman = Postman(docusign, "http://127.0.0.1:9/hooks/docusign")
    postman.start()
    send(docusign, 1)
    new = len(docusign.deliveries())
    until(lambda: postman.standing() == {"accepted": 0, "waiting": 0, "given_up": new})
    postman.stop()


def test_a_hostile_account_posts_late_and_twice_and_loses_none(served: Callable[[int], tuple[Door, str]]) -> None:
    docusign = account("hostile")
    door, url = served(0)
    postmen = Postmen({"docusign": docusign}, url, {})
    postmen.start()
    for number in range(12):
        send(docusign, number)
    until(lambda: postmen.standing()["docusign"]["waiting"] == 0 and len(door.got) == len(docusign.deliveries()))
    postmen.stop()
    told = [(one["event"], one["data"]["envelopeId"]) for one in door.got]
    posted = [json.loads(one.body) for one in docusign.deliveries()]
    assert sorted(told) == sorted((one["event"], one["data"]["envelopeId"]) for one in posted)
    assert len(set(told)) < len(told)
    assert told != [(one["event"], one["data"]["envelopeId"]) for one in posted], "some were overtaken"


def test_a_sandbox_goes_on_where_it_was(served: Callable[[int], tuple[Door, str]], tmp_path) -> None:
    size = Size(companies=4, products=2, employees=2, leads=0)
    with make(7, size=size, state_dir=tmp_path).post("http://127.0.0.1:9/hooks") as sandbox:
        send(sandbox.simulators["docusign"], 1)
        new = len(sandbox.simulators["docusign"].deliveries())
        until(lambda: sandbox.hooks()["docusign"]["waiting"] == new)
    door, url = served(0)
    with make(7, size=size, state_dir=tmp_path).post(url) as sandbox:
        until(lambda: sandbox.hooks()["docusign"] == {"accepted": new, "waiting": 0, "given_up": 0})
    assert len(door.got) == new
