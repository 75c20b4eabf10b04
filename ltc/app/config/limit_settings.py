"""How often a system may be called, as config/systems.yaml says it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time
from itertools import pairwise
from typing import Annotated, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from ltc.app.config.strict import Share, Strict, TimeZone
from ltc.core.contract import Limits, Reserve
from ltc.core.yamlfile import WrongValue

_HOUR = r"([01][0-9]|2[0-3]):[0-5][0-9]"


def _hour(said: object) -> time:
    if isinstance(said, time):
        return said
    if not isinstance(said, str) or not re.fullmatch(_HOUR, said):
        msg = f"{said!r} is not a time of day."
        raise WrongValue(msg, "Write for example '00:00' or '17:30'.")
    return time.fromisoformat(said)


TimeOfDay: TypeAlias = Annotated[time, BeforeValidator(_hour), WithJsonSchema({"type": "string", "pattern": f"^{_HOUR}$"})]


class ReserveSettings(Strict):
    """One part of a budget that is kept."""

    below: int = Field(ge=-100, le=101, description="Work of a priority below this leaves the share to others.")
    share: Share = Field(description="The share of the budget that is kept, such as 0.2.")


class LimitSettings(Strict):
    """Limits that all workers share; `null` lifts one that the connector has."""

    per_second: float | None = Field(default=None, ge=0.01, le=10_000, description="Most calls a second, over all workers.")
    burst: int = Field(default=0, ge=0, le=100_000, description="How many calls may come at once; 0: as many as a second has.")
    per_day: int | None = Field(default=None, ge=1, description="Most calls a day.")
    per_hour: int | None = Field(default=None, ge=1, description="Most calls an hour; instead of `per_day`.")
    time_zone: TimeZone = Field(default="UTC", description="The zone of `resets_at`.")
    resets_at: TimeOfDay = Field(default=time(0), description="When a day of the budget begins, such as '00:00'.")
    reserve: tuple[ReserveSettings, ...] = Field(
        default=(),
        description="Who leaves how much to others; by default jobs below priority 0 a fifth, those below 50 a twentieth.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.per_day is not None and self.per_hour is not None:
            msg = "`per_day` and `per_hour` exclude each other."
            raise WrongValue(msg, "Keep the one that the vendor counts by.")
        shares = [one.share for one in sorted(self.reserve, key=lambda one: one.below)]
        if any(low < high for low, high in pairwise(shares)):
            msg = "In `reserve`, more urgent work is to leave more to others than less urgent work."
            raise WrongValue(msg, "Give the larger share to the smaller `below`.")
        return self

    def over(self, usual: Limits) -> Limits:
        """Lay what an admin said over what the connector says; another budget takes the place of the connector's."""
        said = {name: getattr(self, name) for name in self.model_fields_set - {"reserve"}}
        budgets = {"per_day", "per_hour"} & said.keys()
        if budgets:
            # What the system says of its quota is understood as the connector counts: by the day or by the hour.
            counted = any(said[name] is not None and getattr(usual, name) is not None for name in budgets)
            said = {"per_day": None, "per_hour": None, **said, "usual": False, "gauged": usual.gauged and counted}
        if "reserve" in self.model_fields_set:
            said["reserve"] = tuple(Reserve(float(one.share), one.below) for one in self.reserve)
        return replace(usual, **said)
