"""What a broken file says itself about its one mistake."""

from __future__ import annotations

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
    """Read the one mark of a file: ``# <- CODE at TEXT; REMEDY``; ``<+2`` in place of ``<-`` means two lines below."""
    lines = path.read_bytes().decode("utf-8").split("\n")
    [(number, found)] = [(number, found) for number, line in enumerate(lines) if (found := MARK.search(line))]
    written = lines[number][: found.start()]
    if found["down"] != "-":
        number += int(found["down"])
        written = lines[number]
    return Expected(found["code"], number + 1, written.index(found["text"]) + 1, found["remedy"])


def is_sentence(text: str, path: str) -> bool:
    """Tell whether a message is a sentence: it begins with a capital letter, something quoted, or the path or entity at fault."""
    first = text.partition(" ")[0].rstrip(",:")
    begins = text[0].isupper() or text[0] in "'`\"$" or first in {path, *path.split("."), *entities()}
    return begins and text.endswith((".", "?")) and len(text.split()) > 2
