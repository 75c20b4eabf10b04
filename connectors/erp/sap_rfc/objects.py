"""What each object of SAP can do: keys, batch sizes, verbs and their steps, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from ltc.core.contract import ObjectSpec, SettleRule, Step, Verb

CREATE: Final = (Step("create", SettleRule.LOOKUP),)
CHANGE: Final = (Step("change", SettleRule.READ),)
PAGE: Final = 500
FETCH: Final = 200


def _spec(
    name: str, key: str, short_key: str = "", *verbs: Verb, deletes: Literal["feed", "flag", "never"] = "feed", page: int = PAGE
) -> ObjectSpec:
    steps: dict[Verb, Sequence[Step]] = {verb: CREATE if verb is Verb.CREATE else CHANGE for verb in verbs}
    return ObjectSpec(
        name=name,
        key=key,
        short_key=short_key,
        page_size=page,
        batch_size=10,
        fetch_size=FETCH,
        verbs=steps,
        deletes=deletes,
        settle_seconds=30.0,
    )


_ALL: Final = (
    _spec("customer", "KUNNR", "SORT2", Verb.CREATE, Verb.AMEND, Verb.DEACTIVATE),
    _spec("material", "MATNR", "BISMT", Verb.CREATE, Verb.AMEND, Verb.DEACTIVATE),
    _spec("sales_order", "VBELN", "IHREZ", Verb.CREATE, Verb.AMEND, Verb.CANCEL, page=200),
    _spec("delivery", "VBELN", page=200),
    _spec("billing_document", "VBELN", page=200),
    _spec("credit_memo", "VBELN", page=200),
    _spec("incoming_payment", "OBJ_KEY", "XBLNR", Verb.CREATE, Verb.REVERSE, page=200),
)
OBJECTS: Final[Mapping[str, ObjectSpec]] = MappingProxyType({spec.name: spec for spec in _ALL})
