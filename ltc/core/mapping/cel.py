"""CEL behind one small interface: conditions and computed values over a record, null-safe, without floating money."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext.ext_strings import ExtStrings

from ltc.core.errors import Misconfigured
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.mapping.rules import RawPath, bury, dig
from ltc.core.models.canonical import format_decimal
from ltc.core.yamlfile import Node

_TOKEN: Final = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"(?:.|\n)*?\"\"\"|'''(?:.|\n)*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"|(?P<path>(?<![\w.])[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)+(?P<call>\s*\()?)"
)
_PLACE: Final = re.compile(r"<input>:(\d+):(\d+): (.*)")
_LONGEST: Final = 4_000
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "STRING": frozenset({"text", "choice", "date", "time", "country", "currency", "language", "decimal", "any"}),
    "BOOL": frozenset({"boolean", "any"}),
    "INT": frozenset({"integer", "decimal", "any"}),
    "UINT": frozenset({"integer", "decimal", "any"}),
}


@dataclass(frozen=True, slots=True)
class BadExpression:
    """What is wrong with an expression, and where in its text; lines and columns count from 1."""

    message: str
    remedy: str
    line: int = 1
    column: int = 1

    def at(self, node: Node) -> Node:
        """Find the place in the file, given the node that holds the expression."""
        if self.line > 1:
            return node
        quoted = 0 if node.text == "" else 1
        return replace(node, column=node.column + self.column - 1 + quoted)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression over one variable; ``fields`` are the paths below the variable that it reads."""

    text: str
    variable: str
    fields: tuple[RawPath, ...]
    returns: str
    program: Any

    def may_return(self, kind: str) -> bool:
        """Tell whether a canonical kind can take the result."""
        return self.returns in {"DYN", "", "NULL"} or kind in _KINDS.get(self.returns, frozenset())

    def compute(self, values: Sequence[Any]) -> Any:
        """Compute from the values of the fields; what meets a null and cannot be computed is null."""
        record: dict[str, Any] = {}
        for path, value in zip(self.fields, values, strict=True):
            bury(record, path, plain(value))
        return self._eval(record, values)

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a condition holds; one that cannot be decided because of a null does not."""
        return self.compute([dig(record, path) for path in self.fields]) is True

    def _eval(self, record: dict[str, Any], values: Sequence[Any]) -> Any:
        return _result(self.program.eval(data={self.variable: record}), values)


def _result(result: Any, values: Sequence[Any]) -> Any:
    """Read what a program gave; an error of one that met a null means null."""
    if result.type().name() == "ERROR":
        if any(value is None for value in values):
            return None
        raise BadValue("compute", f"cannot be computed: {str(result.plain_value()).rpartition(':')[2].strip() or 'error'}")
    return _canonical(result.plain_value())


def plain(value: Any) -> Any:
    """Make a value fit for CEL: a number with a fraction enters as text, so that money is never a float.

    >>> plain({"a": [Decimal("1.50"), Decimal(3), None]})
    {'a': ['1.5', 3, None]}
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else format_decimal(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def _canonical(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool | int):
        return value
    raise BadValue("compute", "gives neither a text, a whole number nor a truth value")


@dataclass(frozen=True, slots=True)
class JointExpression:
    """A compiled expression over several records; ``fields`` are the paths that it reads, the variable first."""

    text: str
    variables: tuple[str, ...]
    fields: tuple[RawPath, ...]
    returns: str
    program: Any

    def compute(self, values: Sequence[Any]) -> Any:
        """Compute from the values of the fields; what meets a null and cannot be computed is null."""
        records: dict[str, Any] = {variable: {} for variable in self.variables}
        for path, value in zip(self.fields, values, strict=True):
            bury(records, path, plain(value))
        return _result(self.program.eval(data=records), values)


@cache
def _environment(*variables: str) -> Any:
    known = dict.fromkeys(variables, cel.Type.Map(cel.Type.STRING, cel.Type.DYN))
    return cel.NewEnv(variables=known, extensions=[ExtStrings()])


def fields_of(text: str, variable: str) -> tuple[RawPath, ...]:
    """Find the paths below the variable that an expression reads.

    >>> fields_of("record.Account.Name.startsWith('record.X') && has(record.Type)", "record")
    (('Account', 'Name'), ('Type',))
    """
    found: dict[RawPath, None] = {}
    for match in _TOKEN.finditer(text):
        if match.group("path") is None:
            continue
        parts = [part.strip() for part in match.group("path").rstrip("(").split(".")]
        if match.group("call"):
            parts.pop()
        if parts[0] == variable and len(parts) > 1:
            found[tuple(parts[1:])] = None
    shortest = {path for path in found if not any(path[:size] in found for size in range(1, len(path)))}
    return tuple(path for path in found if path in shortest)


def compile_expression(text: str, variable: str = "record") -> Expression | BadExpression:
    """Compile an expression; say what is wrong with it rather than raise."""
    program = _compile(text, (variable,))
    if isinstance(program, BadExpression):
        return program
    return Expression(text, variable, fields_of(text, variable), str(program.return_type().name()), program)


def compile_joint(text: str, variables: Sequence[str]) -> JointExpression | BadExpression:
    """Compile an expression over several variables; say what is wrong with it rather than raise.

    >>> both = compile_joint("order.total > 0 && hub.live", ("order", "hub"))
    >>> both.fields, both.compute([5, True])
    ((('order', 'total'), ('hub', 'live')), True)
    >>> later = compile_joint("string(timestamp(lead.at) + duration('2160h')).substring(0, 10)", ("lead",))
    >>> later.compute(["2026-03-04T23:30:00Z"]), later.compute([None])
    ('2026-06-02', None)
    """
    program = _compile(text, tuple(variables))
    if isinstance(program, BadExpression):
        return program
    fields = tuple((variable, *path) for variable in variables for path in fields_of(text, variable))
    return JointExpression(text, tuple(variables), fields, str(program.return_type().name()), program)


def _compile(text: str, variables: tuple[str, ...]) -> Any:
    """Compile a program, or say what is wrong with its text."""
    if len(text) > _LONGEST:
        return BadExpression(f"it is longer than {_LONGEST} characters.", "Make it shorter.")
    try:
        return _environment(*variables).compile(text)
    except (RuntimeError, ValueError) as error:
        found = _PLACE.search(str(error))
        if not found:
            return BadExpression("it cannot be read.", "See https://cel.dev for the language.")
        line, column, message = int(found.group(1)), int(found.group(2)), found.group(3).strip()
        known = f"The only variable is {variables[0]}." if len(variables) == 1 else f"The variables are {', '.join(variables)}."
        remedy = known if "undeclared" in message else "See https://cel.dev for the language."
        return BadExpression(message.removesuffix("[INVALID_ARGUMENT]").strip() + ".", remedy, line, column)


def condition(text: str, variable: str = "record") -> Callable[[Mapping[str, Any]], bool]:
    """Compile a condition over one variable; raise Misconfigured if it is not one.

    >>> condition("customer.status == 'active'", "customer")({"status": "active"})
    True
    """
    expression = compile_expression(text, variable)
    if isinstance(expression, BadExpression):
        message = f"The condition is not right: {expression.message}"
        raise Misconfigured(message, remedy=expression.remedy, code="mapping.bad_cel")
    if expression.returns not in {"BOOL", "DYN"}:
        message = f"The condition gives a {expression.returns}, not true or false."
        raise Misconfigured(message, remedy="Compare something.", code="mapping.bad_cel")
    return expression.holds
