"""What `ltc mapping new` drafts: a described object and some of its records become a mapping that loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.cli.direct import connect, reaching
from ltc.app.config.mapped import codes_dirs
from ltc.core.errors import LtcError
from ltc.core.mapping.drafting import Wanted, draft
from ltc.core.models import model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltc.app.cli.direct import Direct
    from ltc.app.config import HubConfig
    from ltc.core.contract import FieldSchema, Raw


def drafted(config: HubConfig, system: str, obj: str, entity: str, *, sample: int) -> dict[str, Any]:
    """Describe an object, read some of its records and draft its mapping, in the shape of `ltc mapping new --json`."""
    model(entity)
    direct = connect(config, system)
    spec = direct.spec(obj)
    with reaching(system):
        schema = direct.connector.describe(obj)
        samples = _samples(direct, obj, schema.fields, sample)
    kind, currency = direct.system.kind, config.settings.currency
    wanted = Wanted(kind, schema, entity, spec.key, spec.version, spec.hub_key, currency, samples, own=(spec.short_key,))
    made = draft(wanted, codes_dirs=codes_dirs(config.layers))
    return {
        "system": system, "object": obj, "entity": entity, "records": len(samples), "yaml": made.text, "sure": made.sure,
        "proposed": made.proposed, "unused": made.unused,
    }  # fmt: skip


def _samples(direct: Direct, obj: str, fields: Sequence[FieldSchema], most: int) -> list[Raw]:
    """Read a few records with all their plain fields; rows too, if the system gives them that way."""
    plain = [name for name, is_row in _names(fields) if not is_row]
    for wanted in ([name for name, _ in _names(fields)], plain):
        try:
            page = direct.connector.read(obj, "", wanted, most)
        except LtcError:
            if wanted == plain:
                raise
            continue
        return [direct.connector.decode(obj, body) for body in page.bodies[:most]]
    return []


def _names(fields: Sequence[FieldSchema], prefix: str = "", *, row: bool = False) -> Iterator[tuple[str, bool]]:
    """Name the fields that hold a value: not those that only lead to another object."""
    for one in fields:
        if one.fields:
            yield from _names(one.fields, f"{prefix}{one.name}.", row=row or one.type == "list")
        elif one.type not in {"list", "object"} and not (one.type == "reference" and not one.length):
            yield prefix + one.name, row
