"""What all settings share: groups of known keys only, and kinds of values that refuse what there is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ltc.core.models.isocodes import CURRENT_CURRENCIES
from ltc.core.yamlfile import WrongValue, did_you_mean


def _zone(name: str) -> str:
    if name not in available_timezones():
        msg = f"There is no time zone {name!r}."
        raise WrongValue(msg, did_you_mean(name, available_timezones()) or "Use a name such as Europe/Berlin or UTC.")
    return name


def _currency(code: str) -> str:
    if code not in CURRENT_CURRENCIES:
        msg = f"{code!r} is not a currency code of ISO 4217."
        raise WrongValue(msg, "Use a code such as EUR.")
    return code


TimeZone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Currency: TypeAlias = Annotated[str, AfterValidator(_currency)]
Share: TypeAlias = Annotated[Decimal, Field(ge=0, le=1)]


class Strict(BaseModel):
    """A group of keys; what is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
