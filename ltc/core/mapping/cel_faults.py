"""What is wrong with an expression, in words for people: CEL's own messages name types and signs of its inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from ltc.core.yamlfile import Node, did_you_mean

_PLACE: Final = re.compile(r"<input>:(\d+):(\d+): (.*)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")
_NO_FIELD: Final = re.compile(r"undefined field '([^']*)' not found in struct '([^']*)'")
_NO_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_SIGNS: Final[Mapping[str, str]] = {"@in": "in", "_?_:_": "? :", "_[_]": "[ ]"}
_UNEXPECTED: Final = re.compile(r"(?:extraneous|mismatched) input '([^']*)'|no viable alternative at input '([^']*)'")
_ENDS: Final = "It ends before it is complete."
_FUNCTIONS: Final = "There are CEL's own, those for texts (`substring`, `replace`, …) and `compare(a, b)`."
_KNOWN: Final = (
    "size", "string", "int", "double", "bool", "timestamp", "duration", "has", "type", "matches", "contains", "startsWith",
    "endsWith", "substring", "replace", "split", "join", "lowerAscii", "upperAscii", "trim", "indexOf", "charAt", "compare",
)  # fmt: skip
"""The functions that people call most."""
_LANGUAGE: Final = "See https://cel.dev for the language."
_NUMBERS: Final = "Numbers with a fraction are texts here: write `compare(a, b) > 0`, or take `.minor` of an amount."
_INDEX: Final = "Write a dot and the field's name."

Fields: TypeAlias = Callable[[str], tuple[str, Sequence[str]]]
"""Says what a message type is called among people, and which fields it has."""


@dataclass(frozen=True, slots=True)
class BadExpression:
    """What is wrong with an expression, and where in its text; lines and columns count from 1, line 0 is all of it.

    ``unknown`` is a variable that there is not, and ``is_path`` says that a field is not there.
    """

    message: str
    remedy: str
    line: int = 0
    column: int = 1
    unknown: str = ""
    is_path: bool = False

    def at(self, node: Node) -> Node:
        """Find the place in the file, given the node that holds the expression."""
        before = node.text.split("\n")[: self.line - 1] if self.line else []
        offset = sum(len(line) + 1 for line in before) + self.column - 1
        return node.inside(min(offset, len(node.text.rstrip()))) if self.line else node


Refusal: TypeAlias = tuple[BadExpression, ...]
"""Everything that is wrong with an expression."""


def no_fields(message: str) -> tuple[str, Sequence[str]]:
    """Know no message types: records are plain dicts where nothing is declared."""
    return message, ()


def problems_of(said: str, text: str, variables: Collection[str], fields: Fields = no_fields) -> Iterator[BadExpression]:
    """Translate what the compiler said, problem by problem, in the order of the text.

    >>> said = "ERROR: <input>:1:7: undeclared reference to 'recrd' (in container '')"
    >>> [found] = problems_of(said, "recrd.Name == 'x'", ["record"])
    >>> found.message, found.remedy
    ("There is no 'recrd' here.", "Did you mean 'record'?")
    """
    found = [(int(line), int(column), message) for line, column, message in _PLACE.findall(said)]
    if not found:
        yield BadExpression("It cannot be read.", _LANGUAGE)
    for line, column, message in dict.fromkeys(found):
        if "*error*" in message:
            continue  # what follows from another problem
        before, _, after = _cut(text, line, column)
        called = after.startswith("(")
        problem = _translated(message.removesuffix("[INVALID_ARGUMENT]").strip(), variables, fields, called=called)
        yield replace(problem, line=line, column=_at_name(before, column, after, problem.unknown))


def _cut(text: str, line: int, column: int) -> tuple[str, str, str]:
    """Cut the line where the compiler points to."""
    lines = [*text.split("\n"), ""]
    here = lines[min(line, len(lines)) - 1]
    return here[: column - 1], here, here[column - 1 :]


def _at_name(before: str, column: int, after: str, unknown: str) -> int:
    """Go to the name that is meant: CEL points to the dot before a field, and to what follows a variable or function."""
    if unknown:
        return max(before.rfind(unknown) + 1, 1)
    return column + 1 if after.startswith(".") else column


def _translated(message: str, variables: Collection[str], fields: Fields, *, called: bool) -> BadExpression:
    if match := _UNDECLARED.match(message):
        name = match.group(1).partition(".")[0]
        if called:
            near = did_you_mean(name, _KNOWN) if name not in _KNOWN else ""
            return BadExpression(f"There is no function {name!r} that takes this.", near or _FUNCTIONS, unknown=name)
        remedy = did_you_mean(name, variables) or f"Known here: {', '.join(sorted(variables))}."
        return BadExpression(f"There is no {name!r} here.", remedy, unknown=name)
    if match := _NO_FIELD.match(message):
        name, home = match.group(1), fields(match.group(2))
        remedy = did_you_mean(name, home[1]) or f"It has: {', '.join(sorted(home[1])[:12])}."
        return BadExpression(f"{home[0]} has no {name!r}.", remedy, is_path=True)
    if match := _NO_OVERLOAD.match(message):
        return _misused(match.group(1), _split(match.group(2)), fields)
    if match := _UNEXPECTED.search(message):
        sign = match.group(1) or match.group(2)
        return BadExpression(_ENDS if sign == "<EOF>" else f"{sign!r} is not expected here.", _LANGUAGE)
    return BadExpression(message[:1].upper() + message[1:].rstrip(".") + ".", _LANGUAGE)


def _misused(sign: str, types: Sequence[str], fields: Fields) -> BadExpression:
    words = [_in_words(one, fields) for one in types]
    if sign == "_[_]":
        return BadExpression("Square brackets find rows by their number, not fields by their name.", _INDEX)
    shown = _SIGNS.get(sign, sign.strip("_"))
    between = sign.startswith(("_", "@", "!")) and not sign.strip("_").isalnum()
    message = f"`{shown}` does not go with {' and '.join(words)}." if between else f"`{shown}` does not take what it is given."
    numbers = between and ({"a text", "a whole number"} <= set(words) or "a number with a fraction" in words)
    return BadExpression(message, _NUMBERS if numbers else _LANGUAGE)


def _split(types: str) -> list[str]:
    """Split a list of types at the commas between them.

    >>> _split("wrapper(int), map(string, dyn)")
    ['wrapper(int)', 'map(string, dyn)']
    """
    found, depth = [""], 0
    for sign in types:
        depth += (sign in "(<") - (sign in ")>")
        if sign == "," and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [one.strip() for one in found if one.strip()]


def _in_words(name: str, fields: Fields) -> str:
    """Call a type as people do."""
    inner = re.sub(r"^wrapper\((.*)\)$", r"\1", name)
    plain = {
        "string": "a text",
        "int": "a whole number",
        "bool": "true or false",
        "double": "a number with a fraction",
        "null_type": "null",
        "dyn": "any value",
    }
    if inner in plain:
        return plain[inner]
    rows = re.match(r"^list\((.*)\)$", inner)
    if rows:
        return "a list"
    return f"the group {fields(inner)[0]}" if inner.startswith("ltc.") else inner
