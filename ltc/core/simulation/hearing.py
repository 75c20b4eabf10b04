"""The part of the contract suite that is about webhooks: what an ear must hear, and what it must refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from ltc.core.contract import Presence
from ltc.core.errors import Misconfigured, Unauthorised
from ltc.core.simulation.trial import insist, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltc.core.contract import Ear, Hint
    from ltc.core.simulation.simulator import Delivery
    from ltc.core.simulation.trial import Trial

FORGED: Final = "hook.forged"
WRONG: Final = "wr0ng-secret"


def what_was_signed(trial: Trial, fields_of: Callable[[str], Sequence[str]]) -> None:
    """Insist that what the system signed is heard, as the same event each time, and that the records can be read."""
    connector = trial.connect()
    ear, posted = cast("Ear", connector), deliveries(trial)
    named: dict[str, set[str]] = {}
    events: dict[str, str] = {}
    for delivery in posted:
        hints = hear(ear, delivery)
        again = hear(cast("Ear", trial.connect()), delivery)
        insist(again == hints, f"{delivery.event}: heard again it is {again} and not {hints}.")
        for hint in hints:
            insist(hint.object in connector.objects, f"{delivery.event}: the hub knows no object {hint.object!r}.")
            insist(hint.event and hint.id, f"{delivery.event}: a hint has an event and an id: {hint}.")
            insist(events.setdefault(hint.event, delivery.event) == delivery.event, f"{hint.event}: two events have this id.")
            named.setdefault(hint.object, set()).add(hint.id)
    insist(named, "None of the webhooks says that something may have changed.")
    for first, second in zip(posted, deliveries(trial), strict=True):
        insist(hear(ear, first) == hear(ear, second), f"{first.event}: delivered a second time, it is another event.")
    for obj, ids in named.items():
        size = connector.objects[obj].fetch_size
        wanted = sorted(ids)[:size]
        found = {one.id: one.presence for one in connector.fetch(obj, wanted, fields_of(obj))}
        insist(set(wanted) <= set(found), f"{obj}: webhooks name {wanted}, and read by id are {sorted(found)}.")
        insist(Presence.LIVE in found.values(), f"{obj}: none of the ids that webhooks name exists.")


def what_was_forged(trial: Trial, secrets: Sequence[str]) -> None:
    """Insist that nothing is heard that the system did not sign, and nothing at all without a secret."""
    insist(secrets, "`hook_secrets` names the settings with which webhooks are checked.")
    posted = deliveries(trial)
    ear, delivery = cast("Ear", trial.connect()), posted[0]
    told = raised(lambda: ear.hear({}, delivery.body))
    insist(isinstance(told, Unauthorised) and told.code == FORGED, f"Without a signature it raises {told!r}.")
    for name in secrets:
        settings = trial.settings(**{name: WRONG})
        other = cast("Ear", trial.connect(settings))
        told = raised(lambda other=other: hear(other, delivery))  # type: ignore[misc]
        insist(isinstance(told, Unauthorised) and told.code == FORGED, f"With another {name} it raises {told!r}.")
        insist(WRONG not in f"{told!r} {told}", f"{name}: the error tells it.")
    for body in (delivery.body + b"\n", b"", b"\xff\x00"):
        told = raised(lambda body=body: ear.hear(lowered(delivery.headers), body))  # type: ignore[misc]
        insist(isinstance(told, Unauthorised), f"With the body {body!r} under the same signature it raises {told!r}.")
    for place in range(0, len(delivery.body), max(1, len(delivery.body) // 20)):
        changed = bytearray(delivery.body)
        changed[place] ^= 1
        told = raised(lambda body=bytes(changed): ear.hear(lowered(delivery.headers), body))  # type: ignore[misc]
        insist(isinstance(told, Unauthorised), f"With byte {place} changed it raises {told!r}.")
    signed = [name for name in delivery.headers if isinstance(raised(_without(ear, delivery, name)), Unauthorised)]
    insist(signed, "No header holds a signature.")
    for name in signed:
        headers = lowered({**delivery.headers, name: "\xfc, =;é"})
        told = raised(lambda headers=headers: ear.hear(headers, delivery.body))  # type: ignore[misc]
        insist(isinstance(told, Unauthorised), f"With a {name} that is nonsense it raises {told!r}.")
    deaf = trial.settings_without(secrets)
    if deaf is not None:
        mute = cast("Ear", trial.connect(deaf))
        told = raised(lambda: hear(mute, delivery))
        insist(isinstance(told, Misconfigured), f"Without a secret it raises {told!r}.")


def deliveries(trial: Trial) -> Sequence[Delivery]:
    """Give what the simulator posts."""
    posted = trial.simulator.deliveries()
    insist(posted, "The connector has an ear: its simulator's `deliveries` gives signed webhooks.")
    rest = trial.simulator.deliveries(1)
    insist([one.event for one in rest] == [one.event for one in posted[1:]], "`deliveries(1)` leaves out the first.")
    return posted


def hear(ear: Ear, delivery: Delivery) -> list[Hint]:
    """Let an ear hear a delivery, header names in lower case as at the hub's door."""
    return list(ear.hear(lowered(delivery.headers), delivery.body))


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Write header names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def _without(ear: Ear, delivery: Delivery, name: str) -> Callable[[], Any]:
    kept = {key: value for key, value in lowered(delivery.headers).items() if key != name.lower()}
    return lambda: ear.hear(kept, delivery.body)
