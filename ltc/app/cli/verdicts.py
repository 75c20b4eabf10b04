"""The verdict on files that were checked: every fault with its place, and whether all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.cli.documents import fault_document
from ltc.app.cli.frame import WRONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ltc.app.cli.frame import Frame
    from ltc.core.errors import Fault


def give_verdict(frame: Frame, kind: str, names: Sequence[str], faults: Iterable[Fault]) -> None:
    """Tell each fault once, print the document or how many files of a kind were looked at, and fail if one is wrong."""
    told = list(dict.fromkeys(faults))
    wrong = [fault for fault in told if fault.severity == "error"]
    document = {"ok": not wrong, f"{kind}s": list(names), "faults": [fault_document(fault) for fault in told]}
    say_faults(frame, told)
    said = f"{len(names)} {kind}{'' if len(names) == 1 else 's'}"
    frame.emit(document, lambda: frame.print(f"{said}: {f'{len(wrong)} faults.' if wrong else 'all is well.'}"))
    if wrong:
        frame.fail(WRONG)


def say_faults(frame: Frame, faults: Iterable[Fault]) -> None:
    """Tell faults to people."""
    for fault in faults:
        frame.say(f"{fault.severity}: {fault}")
