"""What is wrong with a text that is not YAML, in words for those who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ltc.core.errors import Fault

if TYPE_CHECKING:
    from yaml import Mark, MarkedYAMLError

_BRACKETS: Final = ("did not find expected ',' or '}'", "did not find expected ',' or ']'")
_CANNOT_BEGIN: Final = "found character that cannot start any token"
_TAB: Final = "found a tab character"

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "mapping values are not allowed in this context": (
        "A colon stands where no key can be.",
        "Check the indentation, or put the text in quotes.",
    ),
    "could not find expected ':'": ("A key is not followed by a colon.", "Write `key: value`."),
    "did not find expected key": (
        "This does not go on with what stands above it.",
        "Check the indentation, and that every key ends with a colon.",
    ),
    "did not find expected '-' indicator": (
        "This does not go on with the list above it.",
        "Begin the line with `- `, or check the indentation.",
    ),
    "did not find expected node content": ("A value is missing here.", "Write it, or remove the comma or bracket."),
    _CANNOT_BEGIN: ("A text cannot begin with this character.", "Put the text in quotes."),
    "block sequence entries are not allowed in this context": (
        "A list cannot begin here.",
        "Begin it in a line of its own.",
    ),
    "found unknown escape character": (
        "This text holds what is no escape of YAML.",
        "Use single quotes, or write the backslash twice.",
    ),
}
"""The parser's words, and ours."""


_AT_ITS_BEGINNING: Final = frozenset({"could not find expected ':'", "found unknown escape character"})
"""Problems that the parser notices late: the mistake is where what it was reading begins."""


def syntax_fault(error: MarkedYAMLError, text: str, file: str) -> Fault:
    """Say what is wrong, where, and what to do."""
    lines = text.split("\n")
    problem = error.problem or "it cannot be read"
    mark = error.problem_mark or error.context_mark
    begin = error.context_mark or mark
    if mark is None or begin is None:
        return Fault("yaml.syntax", f"This is not valid YAML: {problem}.", "Check the file.", file=file, line=1, column=1)
    if problem.startswith(_TAB) or (problem == _CANNOT_BEGIN and _letter(lines, mark) == "\t"):
        return _fault("yaml.tab", "A tab stands where only spaces may be.", "Use spaces.", mark, file)
    if error.context == "while scanning a quoted scalar":
        return _fault("yaml.syntax", "The quote that opens here is not closed.", "Close the quote.", begin, file)
    if problem in _BRACKETS:
        return _bracket(begin, mark, lines, file)
    message, remedy = _SENTENCES.get(
        problem, (f"This is not valid YAML: {problem}.", "Check indentation, colons and quotes here.")
    )
    return _fault("yaml.syntax", message, remedy, begin if problem in _AT_ITS_BEGINNING else mark, file)


def _bracket(begin: Mark, mark: Mark, lines: list[str], file: str) -> Fault:
    """Tell a bracket that nobody closed, at the bracket, from what cannot stand inside one."""
    here = lines[mark.line] if mark.line < len(lines) else ""
    indent = len(here) - len(here.lstrip())
    home = lines[begin.line]
    if mark.line > begin.line and indent <= len(home) - len(home.lstrip()):
        return _fault("yaml.syntax", "The bracket that opens here is not closed.", "Close the bracket.", begin, file)
    message = f"This does not fit into the bracket that opens in line {begin.line + 1}."
    return _fault("yaml.syntax", message, "Write a comma before it, or close the bracket.", mark, file)


def _letter(lines: list[str], mark: Mark) -> str:
    return lines[mark.line][mark.column : mark.column + 1] if mark.line < len(lines) else ""


def _fault(code: str, message: str, remedy: str, mark: Mark, file: str) -> Fault:
    return Fault(code, message, remedy, file=file, line=mark.line + 1, column=mark.column + 1)
