"""What `ltc mapping coverage` tells: what the lines of mappings did over real records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ltc.app.cli.documents import plain
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.cli.engine import Engine
    from ltc.app.cli.frame import Frame
    from ltc.app.cli.mapping_names import NamedMapping

VERDICTS: Final = {
    "never_there": "never there: no record has the field", "always_null": "always null", "always_default": "always the default",
    "always_same_code": "always the same code", "never_fits": "never fits", "no_record": "no record or row to try it on",
}  # fmt: skip


def coverages(engine: Engine, chosen: Sequence[NamedMapping], *, limit: int, fresh: bool) -> dict[str, Any]:
    """Gather what the lines of mappings did, in the shape of `ltc mapping coverage --json`."""
    told = []
    for named in chosen:
        mapping = named.load(engine.config)
        if named.system in engine.config.active:
            done = engine.coverage(named.system, mapping, limit=limit, fresh=fresh)
            told.append({"mapping": named.name, "object": mapping.object, "entity": mapping.entity, **done})
    if not told:
        remedy = "Name a system in config/systems.yaml that uses it."
        raise Misconfigured("No system uses this mapping, so it has read nothing.", remedy=remedy, code="mapping.unused")
    return {"from": "system" if fresh else "store", "mappings": told}


def show_coverage(frame: Frame, document: dict[str, Any], *, whole: bool) -> None:
    """Print the lines that look idle, and those that are proposed or deprecated; with ``whole``, all."""
    for one in document["mappings"]:
        where = "read from the system now" if document["from"] == "system" else "as the hub keeps them"
        frame.print(f"{one['mapping']}: {one['records']} records, {where}")
        told = [line for line in one["lines"] if whole or _is_told(line)]
        if one["records"] and told:
            frame.table(
                ("path", "field", "tried", "gave", "null", "not there", "faults", "line", ""), [_row(line) for line in told]
            )
        for line in told:
            for sample in line["samples"]:
                frame.print(
                    f"  {sample['path']} of {sample['record']}: {plain(sample['value'])}; the hub has {plain(sample['known'])}"
                )
        if one["records"] and not told:
            frame.print("Every line gave something.")


def _is_told(line: dict[str, Any]) -> bool:
    return (
        bool(line["verdict"] or line["unused_codes"] or line["faults"] or line["state"] != "active")
        and line["operation"] != "constant"
    )


def _row(line: dict[str, Any]) -> tuple[Any, ...]:
    words = [VERDICTS.get(line["verdict"], "")]
    if line["unused_codes"]:
        words.append(f"never came: {', '.join(line['unused_codes'])}")
    if line["state"] == "proposed":
        words.append(f"proposed: would change {line['would_change']}")
    if line["state"] == "deprecated" and line["fired"]:
        words.append("deprecated, and still gives something")
    numbers = (line["tried"], line["fired"], line["null"], line["missing"], line["faults"])
    told = "; ".join(word for word in words if word) or " "
    return (line["path"], line["source"] or " ", *(str(number) for number in numbers), f"{line['file']}:{line['line']}", told)
