"""What `ltc mapping test` runs and prints: the examples of mappings, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ltc.app.cli.documents import fault_document, plain
from ltc.core.errors import Fault, Misconfigured
from ltc.core.mapping.trials import try_examples, without_examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.cli.frame import Frame
    from ltc.app.cli.mapping_names import NamedMapping
    from ltc.app.config import HubConfig
    from ltc.core.mapping.trials import Compared, Trial


@dataclass(frozen=True, slots=True)
class NamedTrial:
    """One example under the name of its mapping."""

    name: str
    trial: Trial


def trials(config: HubConfig, chosen: Sequence[NamedMapping]) -> tuple[list[NamedTrial], list[Fault]]:
    """Run the examples of mappings; give them, and the faults and warnings of files that cannot be tried."""
    found: list[NamedTrial] = []
    faults: list[Fault] = []
    for named in chosen:
        try:
            mapping = named.load(config)
        except Misconfigured as error:
            faults += error.faults or [Fault(error.code, error.message, error.remedy)]
            continue
        found += [NamedTrial(named.name, trial) for trial in try_examples(mapping)]
        faults += without_examples(mapping)
    return found, list(dict.fromkeys(faults))


def document_of(found: Sequence[NamedTrial], faults: Sequence[Fault]) -> dict[str, Any]:
    """Say what came of the examples, in the shape of `ltc mapping test --json`."""
    failed = [one.trial for one in found if not one.trial.is_right]
    wrong = [fault for fault in faults if fault.severity == "error"]
    return {
        "ok": not (failed or wrong),
        "examples": [_example(one) for one in found],
        "faults": [fault_document(fault) for fault in (*faults, *(fault for trial in failed for fault in trial.faults))],
    }


def _example(one: NamedTrial) -> dict[str, Any]:
    node = one.trial.example.node
    return {
        "mapping": one.name, "file": node.file, "line": node.line, "number": one.trial.number, "note": one.trial.note,
        "ok": one.trial.is_right, "values": [_value(compared) for compared in one.trial.compared],
        "faults": [fault_document(fault) for fault in one.trial.faults],
    }  # fmt: skip


def _value(one: Compared) -> dict[str, Any]:
    line = one.line
    return {
        "way": one.way, "path": one.path, "expected": one.expected, "found": one.found, "ok": one.is_right,
        "source": line.source if line else "", "operation": line.operation if line else "",
        "file": line.file if line else "", "line": line.line if line else 0,
    }  # fmt: skip


def show_trials(frame: Frame, found: Sequence[NamedTrial]) -> None:
    """Print what came out otherwise, value by value, and how many examples hold."""
    failed = [one for one in found if not one.trial.is_right]
    for one in failed:
        node, note = one.trial.example.node, f" ({one.trial.note})" if one.trial.note else ""
        frame.print(f"\n✗ {one.name}, example {one.trial.number}{note} ({node.file}:{node.line})")
        rows = [
            (compared.path, _told(compared.expected), _told(compared.found), _way(compared), _line(compared))
            for compared in one.trial.compared
            if not compared.is_right
        ]
        if rows:
            frame.table(("path", "expected", "got", "way", "line of the mapping"), rows)
        told = {compared.path for compared in one.trial.compared if not compared.is_right}
        for fault in one.trial.faults:
            if fault.path not in told:
                frame.print(f"  {fault}")
    values = sum(len(one.trial.compared) for one in found)
    said = f"{len(found)} example{'' if len(found) == 1 else 's'} with {values} values"
    frame.print(f"{said}: {f'{len(failed)} fail.' if failed else 'all hold, both ways.'}" if found else "There is no example.")


def _told(value: Any) -> str:
    return "null" if value is None else plain(value)


def _way(one: Compared) -> str:
    return "read" if one.way == "in" else "written and read again"


def _line(one: Compared) -> str:
    line = one.line
    return f"{line.file}:{line.line} ({line.source or '–'}, {line.operation})" if line is not None else "no line maps it"
