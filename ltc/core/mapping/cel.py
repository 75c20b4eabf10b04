"""CEL behind one small interface: conditions and computed values over a record, null-safe, without floating money."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cel_expr_python import cel
from cel_expr_python.ext.ext_strings import ExtStrings

from ltc.core.contract.json_number import JsonNumber
from ltc.core.errors import Misconfigured
from ltc.core.mapping.cel_faults import BadExpression, Refusal, problems_of
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.mapping.rules import RawPath, bury, dig
from ltc.core.models.canonical import format_decimal
from ltc.core.models.isocodes import MINOR_UNITS
from ltc.core.models.money import is_exact, to_minor

if TYPE_CHECKING:
    from ltc.core.mapping.typecheck import Checker

_TOKEN: Final = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"(?:.|\n)*?\"\"\"|'''(?:.|\n)*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"|(?P<path>(?<![\w.])[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)+(?P<call>\s*\()?)"
)
_LONGEST: Final = 1_024
_MONEY: Final = frozenset({"amount", "currency"})
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "STRING": frozenset({"text", "choice", "date", "time", "country", "currency", "language", "decimal", "any"}),
    "BOOL": frozenset({"boolean", "any"}),
    "INT": frozenset({"integer", "decimal", "any"}),
    "UINT": frozenset({"integer", "decimal", "any"}),
}


def fits(returns: str, kind: str) -> bool:
    """Tell whether a canonical kind can take what an expression gives.

    >>> fits("STRING", "text"), fits("INT", "text"), fits("DYN", "date")
    (True, False, True)
    """
    return returns in {"DYN", "", "NULL"} or kind in _KINDS.get(returns, frozenset())


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression over one variable; ``fields`` are the paths below the variable that it reads."""

    text: str
    variable: str
    fields: tuple[RawPath, ...]
    returns: str
    program: Any

    def compute(self, values: Sequence[Any]) -> Any:
        """Compute from the values of the fields; what meets a null and cannot be computed is null."""
        record: dict[str, Any] = {}
        for path, value in zip(self.fields, values, strict=True):
            bury(record, path, plain(value))
        return _run(self.program, {self.variable: record}, values)

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a condition holds; one that cannot be decided because of a null does not."""
        return self.compute([dig(record, path) for path in self.fields]) is True


def _run(program: Any, data: Mapping[str, Any], values: Sequence[Any]) -> Any:
    """Evaluate; an error of an expression that met a null means null."""
    try:
        result = program.eval(data=data)
    except RuntimeError as error:  # the one thing that CEL does not give back as a value: its budget of steps is spent
        raise BadValue("compute", f"is stopped: {str(error).removeprefix('INTERNAL: ').removesuffix(' [INTERNAL]')}") from None
    if result.type().name() == "ERROR":
        if any(value is None for value in values):
            return None
        raise BadValue("compute", f"cannot be computed: {str(result.plain_value()).rpartition(':')[2].strip() or 'error'}")
    return _canonical(result.plain_value())


def plain(value: Any) -> Any:
    """Make a value fit for CEL: a number with a fraction is text, so that money is never a float; an amount has its minor units.

    >>> plain({"a": [Decimal("1.50"), Decimal(3), 3, None]})
    {'a': ['1.5', '3', 3, None]}
    >>> plain({"amount": "10.50", "currency": "EUR"})
    {'amount': '10.50', 'currency': 'EUR', 'minor': 1050}
    """
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, JsonNumber):
        return format_decimal(value.exact)
    if isinstance(value, dict):
        found = {key: plain(inner) for key, inner in value.items()}
        return found | _minor(found) if found.keys() == _MONEY else found
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def _minor(money: Mapping[str, Any]) -> dict[str, int]:
    """Count an amount in minor units, where it is one."""
    currency = money["currency"]
    if currency not in MINOR_UNITS or not isinstance(money["amount"], str):
        return {}
    amount = Decimal(money["amount"])
    return {"minor": to_minor(amount, currency)} if is_exact(amount, currency) else {}


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
        return _run(self.program, records, values)


def compare(left: str | int, right: str | int) -> int:
    """Compare two exact numbers, written as text or whole: -1, 0 or 1.

    >>> compare("10.50", 9), compare("10.50", "10.5"), compare(-1, "0")
    (1, 0, -1)
    """
    try:
        one, other = Decimal(left), Decimal(right)
    except InvalidOperation:
        message = "compare needs numbers"
        raise ValueError(message) from None
    return (one > other) - (one < other)


@cache
def extras() -> dict[str, Any]:
    """Give what every expression may call besides CEL's own: its functions for texts, and `compare`."""
    kinds = {"text": cel.Type.STRING, "whole": cel.Type.INT}
    overloads = [
        cel.Overload(f"compare_{left}_{right}", cel.Type.INT, [kinds[left], kinds[right]], is_member=False, impl=compare)
        for left in kinds
        for right in kinds
    ]
    return {"extensions": [ExtStrings()], "functions": [cel.FunctionDecl("compare", overloads)]}


@cache
def _environment(*variables: str) -> Any:
    known = dict.fromkeys(variables, cel.Type.Map(cel.Type.STRING, cel.Type.DYN))
    return cel.NewEnv(variables=known, **extras())


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
    return _shortest(found)


def _shortest(found: Mapping[RawPath, None]) -> tuple[RawPath, ...]:
    """Leave out what is inside of something else."""
    return tuple(path for path in found if not any(path[:size] in found for size in range(1, len(path))))


def compile_expression(text: str, variable: str = "record", checker: Checker | None = None) -> Expression | Refusal:
    """Compile an expression; say all that is wrong with it rather than raise.

    A checker knows the fields of the record and their types; without one, any field may be there and hold anything.
    """
    found = _compile(text, (variable,), checker)
    if isinstance(found, tuple):
        return found
    program, returns = found.program, found.returns
    return Expression(text, variable, _fields(text, variable, checker), returns, program)


def compile_joint(text: str, variables: Sequence[str], checker: Checker | None = None) -> JointExpression | Refusal:
    """Compile an expression over several variables; say all that is wrong with it rather than raise.

    >>> both = compile_joint("order.total > 0 && hub.live", ("order", "hub"))
    >>> both.fields, both.compute([5, True])
    ((('order', 'total'), ('hub', 'live')), True)
    >>> later = compile_joint("string(timestamp(lead.at) + duration('2160h')).substring(0, 10)", ("lead",))
    >>> later.compute(["2026-03-04T23:30:00Z"]), later.compute([None])
    ('2026-06-02', None)
    """
    found = _compile(text, tuple(variables), checker)
    if isinstance(found, tuple):
        return found
    fields = tuple((variable, *path) for variable in variables for path in _fields(text, variable, checker))
    return JointExpression(text, tuple(variables), fields, found.returns, found.program)


@dataclass(frozen=True, slots=True)
class _Compiled:
    program: Any
    returns: str


def _fields(text: str, variable: str, checker: Checker | None) -> tuple[RawPath, ...]:
    found = fields_of(text, variable)
    return found if checker is None else _shortest(dict.fromkeys(checker.leaf(variable, path) for path in found))


def _compile(text: str, variables: tuple[str, ...], checker: Checker | None) -> _Compiled | Refusal:
    """Compile a program, or say what is wrong with its text."""
    if len(text.encode()) > _LONGEST:
        return (BadExpression(f"It is longer than {_LONGEST} bytes.", "Make it shorter."),)
    try:
        program = _environment(*variables).compile(text)
    except (RuntimeError, ValueError) as error:
        return tuple(problems_of(str(error), text, variables))
    returns = str(program.return_type().name()) if checker is None else checker.check(text)
    return returns if isinstance(returns, tuple) else _Compiled(program, returns)


def condition(text: str, variable: str = "record", checker: Checker | None = None) -> Callable[[Mapping[str, Any]], bool]:
    """Compile a condition over one variable; raise Misconfigured if it is not one.

    >>> condition("customer.status == 'active'", "customer")({"status": "active"})
    True
    """
    expression = compile_expression(text, variable, checker)
    if isinstance(expression, tuple):
        message = f"The condition is not right: {expression[0].message}"
        raise Misconfigured(message, remedy=expression[0].remedy, code="mapping.bad_cel")
    if expression.returns not in {"BOOL", "DYN"}:
        message = f"The condition gives a {expression.returns}, not true or false."
        raise Misconfigured(message, remedy="Compare something.", code="mapping.bad_cel")
    return expression.holds
