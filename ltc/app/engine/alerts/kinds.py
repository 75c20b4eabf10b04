"""The kinds of alerts: a stable code, how bad it is, and what to do; docs/reference/alerts.md says the same at length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: ``rule`` is its name in hub.yaml, ``remedy`` what to do; ``{subject}`` stands for where it is."""

    code: str
    severity: Severity
    remedy: str

    @property
    def rule(self) -> str:
        """Name it as hub.yaml does."""
        return self.code.replace(".", "_")


KINDS: Final = {
    kind.code: kind
    for kind in (
        Kind(
            "job.late",
            "error",
            "See `ltc jobs` for the reason, and whether `ltc run`, `ltc serve` or `ltc scheduler` is up on any machine.",
        ),
        Kind("job.failed", "error", "See `ltc log` and the error in `ltc jobs`; start it anew with `ltc jobs run {subject}`."),
        Kind(
            "system.stopped",
            "error",
            "Find out what happened, then `ltc rollout resume {subject}` or `ltc system rewind {subject}`.",
        ),
        Kind("system.misconfigured", "error", "Run `ltc check --online` and correct what it names."),
        Kind("system.unauthorised", "error", "Renew the credentials, then try `ltc system check {subject}`."),
        Kind("system.unreachable", "error", "Try `ltc system check {subject}`; the hub goes on by itself when it answers again."),
        Kind(
            "brake.held",
            "warning",
            "Look at what is due (`ltc rollout status`); if it is right, `ltc rollout release {subject}`.",
        ),
        Kind("quota.spent", "warning", "See `ltc status`; give jobs of {subject} other times, or ask the vendor for more calls."),
        Kind("exceptions.parked", "warning", "See `ltc exceptions list --system {subject}`; one mend often frees them all."),
        Kind("changes.waiting", "warning", "See `ltc status` for what {subject} waits for."),
        Kind(
            "webhooks.refused",
            "warning",
            "Compare the webhook's secret in {subject} with that in systems.yaml; or somebody tries to forge.",
        ),
        Kind(
            "webhooks.parked",
            "warning",
            "See `ltc exceptions list --system {subject}`; `ltc exceptions retry` reads the records again.",
        ),
        Kind("run.lost", "error", "Look at the memory and the logs of the workers: something kills them while they do this job."),
        Kind("store.full", "error", "Make room on the disk of {subject}, or shorten `retention` in hub.yaml."),
    )
}
