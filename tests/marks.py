"""What a broken file says itself about its one mistake."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from ltc.core.models import entities

if TYPE_CHECKING:
    from pathlib import Path

MARK = re.compile(r"# <(?P<down>-|\+\d+) (?P<code>[a-z_.]+) at (?P<text>.+?); (?P<remedy>.+)$")


class Expected(NamedTuple):
    """The fault that must be found, and nothing else."""

    code: str
    line: int
    column: int
    remedy: str


def expected(path: Path) -> Expected:
    """Read the one mark of a file."""
    [mark] = marks_of(path.read_bytes().decode("utf-8"))
    return mark


def marks_of(text: str) -> list[Expected]:
    """Read marks, each beside a mistake: ``# <- CODE at TEXT; REMEDY``; ``<+2`` in place of ``<-`` means two lines below."""
    lines = text.split("\n")
    marks: list[Expected] = []
    for number, line in enumerate(lines):
        found = MARK.search(line)
        if found is not None:
            down = 0 if found["down"] == "-" else int(found["down"])
            written = lines[number + down] if down else line[: found.start()]
            column = written.index(found["text"]) + 1
            marks.append(Expected(found["code"], number + down + 1, column, found["remedy"]))
    return marks


def is_sentence(text: str, path: str) -> bool:
    """Tell whether a message is a sentence: it begins with a capital letter, something quoted, or the path or entity at fault."""
    first = text.partition(" ")[0].rstrip(",:")
    begins = text[0].isupper() or text[0] in "'`\"$" or first in entities() or (first != "" and first in path)
    return begins and text.endswith((".", "?")) and len(text.split()) > 2


def codes_of(folder: Path, prefix: str = "") -> set[str]:
    """Collect the codes of the faults that the code of a folder can note."""
    found: set[str] = set()
    for path in folder.rglob("*.py") if folder.is_dir() else [folder]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""
            if name not in {"fault", "_fault", "_refused", "_broken", "_broken_at", "Fault", "Misconfigured"}:
                continue
            texts = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "code")]
            words = [one.value for one in texts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            code = next((word for word in words if re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z_0-9]+)?", word)), "")
            if code and ("." in code or prefix):
                found.add(code if "." in code else f"{prefix}.{code}")
    return found
