"""What `ltc mapping drift` tells: the systems' schemas of today against what the lines of the mappings expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.cli.direct import connect, reaching
from ltc.app.cli.documents import fault_document, faults_of
from ltc.core.contract import Verb
from ltc.core.errors import LtcError
from ltc.core.mapping.drift import drift

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.app.cli.direct import Direct
    from ltc.app.cli.frame import Frame
    from ltc.app.cli.mapping_names import NamedMapping
    from ltc.app.config import HubConfig


def drifted(config: HubConfig, chosen: Sequence[NamedMapping], longest: Callable[[str], dict[str, int]]) -> dict[str, Any]:
    """Ask the systems, and compare; in the shape of `ltc mapping drift --json`."""
    systems: dict[str, Direct] = {}
    found: list[dict[str, Any]] = []
    unasked: list[dict[str, Any]] = []
    asked: list[str] = []
    for named in chosen:
        if named.system not in config.active:
            continue
        try:
            if named.system not in systems:
                systems[named.system] = connect(config, named.system)
            found += _of_mapping(config, systems[named.system], named, longest)
            asked.append(named.name)
        except LtcError as error:
            unasked.append({"mapping": named.name, **fault_document(faults_of(error)[0])})
    wrong = [one for one in found if one["severity"] == "error"]
    return {"ok": not (wrong or unasked), "mappings": asked, "drift": found, "unasked": unasked}


def _of_mapping(
    config: HubConfig, direct: Direct, named: NamedMapping, longest: Callable[[str], dict[str, int]]
) -> list[dict[str, Any]]:  # fmt: skip
    mapping = named.load(config)
    spec = direct.spec(mapping.object)
    with reaching(named.system):
        schema = direct.connector.describe(mapping.object)
    found = drift(
        mapping, schema, creates=Verb.CREATE in spec.verbs, filled=spec.filled, longest=longest(mapping.entity)
    )  # fmt: skip
    return [
        {
            "mapping": named.name, "system": named.system, "object": mapping.object, "change": one.change, "source": one.source,
            "suggestion": one.suggestion, "values": list(one.values), **fault_document(one.fault),
        }
        for one in found
    ]  # fmt: skip


def show_drift(frame: Frame, document: dict[str, Any]) -> None:
    """Print what has changed, mapping by mapping, and the lines that it concerns."""
    for name in dict.fromkeys(one["mapping"] for one in document["drift"]):
        rows = [
            (
                one["change"].replace("_", " "),
                one["source"],
                one["path"],
                f"{one['file']}:{one['line']}",
                one["message"],
                one["remedy"],
            )
            for one in document["drift"]
            if one["mapping"] == name
        ]
        frame.print(f"{name}")
        frame.table(("what", "field", "path", "line", "", "remedy"), rows)
    for one in document["unasked"]:
        frame.say(f"error: {one['mapping']} could not be compared: {one['message']} {one['remedy']}".rstrip())
    if not document["mappings"]:
        frame.print("Nothing was compared: name a system that uses a mapping in config/systems.yaml.")
        return
    said = f"{len(document['mappings'])} mapping{'' if len(document['mappings']) == 1 else 's'} compared"
    lines = {(one["file"], one["line"], one["path"], one["source"]) for one in document["drift"]}
    frame.print(f"{said}: {_fit(len(lines))}")


def _fit(lines: int) -> str:
    if not lines:
        return "every line fits its system."
    return "1 line no longer fits." if lines == 1 else f"{lines} lines no longer fit."
