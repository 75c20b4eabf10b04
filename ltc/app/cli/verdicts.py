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
    frame.emit(document, lambda: frame.print(f"{counted(len(names), kind)}: {verdict(len(wrong))}"))
    if wrong:
        frame.fail(WRONG)


def verdict(wrong: int) -> str:
    """Say how many faults there are.

    >>> verdict(0), verdict(1), verdict(2)
    ('all is well.', '1 fault.', '2 faults.')
    """
    return counted(wrong, "fault") + "." if wrong else "all is well."


def counted(number: int, word: str) -> str:
    """Count things by their word.

    >>> counted(1, "mapping"), counted(0, "job")
    ('1 mapping', '0 jobs')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def say_faults(frame: Frame, faults: Iterable[Fault]) -> None:
    """Tell faults to people."""
    for fault in faults:
        frame.say(f"{fault.severity}: {fault}")
