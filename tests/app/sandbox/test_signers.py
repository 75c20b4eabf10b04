"""Signers: what each of them does hangs on the seed and on what is asked, and over days everything gets its answer or dawdles."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ltc.app.config.new import add_systems
from ltc.app.sandbox import doors
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.service import make
from ltc.app.sandbox.signers import Signers
from ltc.core.simulation import VirtualClock

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY = 86_400


def sent(subjects: list[str], seed: int = 7) -> tuple[Any, VirtualClock, Signers]:
    clock = VirtualClock(START)
    account: Any = doors.simulator("docusign", clock, seed, "calm")
    for subject in subjects:
        account.compose(definition(account.template_id, subject), "sender")
    return account, clock, Signers(doors.docusign_door(account), Dice(7))


def definition(template: str, subject: str) -> dict[str, Any]:
    return {
        "status": "sent",
        "templateId": template,
        "emailSubject": subject,
        "templateRoles": [
            {"roleName": role, "name": role, "email": f"{role.lower()}@firm.example"} for role in ("Customer", "Seller", "Office")
        ],
    }


def live(signers: Signers, clock: VirtualClock, days: int) -> int:
    answers = 0
    for _ in range(days):
        answers += signers.sign(clock.now().date())
        clock.advance(DAY)
    return answers


def ends(account: Any) -> dict[str, str]:
    return {row["subject"]: row["status"] for row in account.rows()}


def test_signers_sign_decline_or_dawdle_until_the_envelope_expires() -> None:
    account, clock, signers = sent([f"Order {number}" for number in range(60)])
    answers = live(signers, clock, 30)
    counted = Counter(ends(account).values())
    assert set(counted) == {"completed", "declined", "delivered", "sent"} or set(counted) == {"completed", "declined", "sent"}
    assert counted["completed"] > counted["declined"] > 0
    assert answers >= 2 * counted["completed"] + counted["declined"]
    clock.advance(120 * DAY)
    assert live(signers, clock, 1) == 0
    assert set(ends(account).values()) == {"completed", "declined", "voided"}


def test_what_signers_do_hangs_on_the_request_and_not_on_ids_or_order() -> None:
    subjects = [f"Order {number}" for number in range(30)]
    one, clock, first = sent(subjects)
    other, its_clock, second = sent(subjects[::-1], seed=8)
    live(first, clock, 4)
    live(second, its_clock, 4)
    assert {row["id"] for row in one.rows()}.isdisjoint(row["id"] for row in other.rows())
    assert ends(one) == ends(other)
    assert len(set(ends(one).values())) > 1


def test_a_sandbox_has_signers_and_takes_their_envelopes_up_again(tmp_path: Path) -> None:
    sandbox = make(seed=7, scale=0.1, state_dir=tmp_path)
    account: Any = sandbox.simulators["docusign"]
    for number in range(10):
        account.compose(definition(account.template_id, f"Order {number}"), "sender")
    assert sandbox.act(2)["done"]["sign"] > 0
    sandbox.save()
    again = make(state_dir=tmp_path)
    assert again.digest() == sandbox.digest()
    assert again.simulators["docusign"].credentials() == account.credentials()


def test_connecting_a_hub_keeps_the_accounts_keys_out_of_the_configuration(tmp_path: Path) -> None:
    sandbox = make(seed=7, scale=0.1)
    (tmp_path / "config").mkdir()
    path = add_systems(tmp_path, sandbox.systems())
    said = path.read_text(encoding="utf-8")
    assert "${file:var/secrets/docusign_webhook_secret}" in said
    credentials = sandbox.simulators["docusign"].credentials()
    assert not [name for name in ("webhook_secret", "private_key") if credentials[name] in said]
    assert "PRIVATE KEY" not in said


def test_without_an_account_nobody_is_asked() -> None:
    assert Signers(None, Dice(7)).sign(START.date()) == 0
