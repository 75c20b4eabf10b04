"""The check of expressions before they run: every name, every type, every code, with line and column.

Entities and described objects become message types, since these are what CEL's checker knows to have named fields. They serve the
check alone: at run time records are plain dicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from cel_expr_python import cel

from ltc.core.contract.records import FieldSchema
from ltc.core.mapping.cel import extras
from ltc.core.mapping.cel_faults import BadExpression, Refusal, problems_of
from ltc.core.mapping.declared import Declared, Groups, canonical, described, find, leaf_path, with_schema
from ltc.core.models import Schema
from ltc.core.yamlfile import did_you_mean

_PACKAGE: Final = "ltc"
_MESSAGE: Final = 11
_STRING: Final = 9
_WRAPPERS: Final[Mapping[str, str]] = {
    "text": ".google.protobuf.StringValue",
    "integer": ".google.protobuf.Int64Value",
    "boolean": ".google.protobuf.BoolValue",
    "any": ".google.protobuf.Value",
}
"""Types that may be null, as any field of a record may be."""

_TEXT: Final = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
_PATH: Final = r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?![\w(])"
_TESTS: Final = re.compile(
    rf"(?P<path>{_PATH})\s*(?:==|!=)\s*(?P<code>{_TEXT})|(?P<back>{_TEXT})\s*(?:==|!=)\s*(?P<behind>{_PATH})"
    rf"|(?P<among>{_PATH})\s+in\s*\[(?P<codes>[^\]]*)\]|{_TEXT}"
)


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks expressions over some variables, each of which is a declared group."""

    variables: Mapping[str, str]
    groups: Groups
    names: Mapping[str, str] = field(repr=False)
    environment: Any = field(repr=False)

    def check(self, text: str) -> str | Refusal:
        """Name the type of what an expression gives, or say all that is wrong with it."""
        try:
            program = self.environment.compile(text)
        except (RuntimeError, ValueError) as error:
            return tuple(problems_of(str(error), text, self.variables, self._fields))
        wrong = tuple(self._codes(text))
        return wrong or str(program.return_type().name())

    def leaf(self, variable: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """Cut a path where a value begins that is looked up as a whole."""
        return leaf_path(self.groups, self.variables[variable], path)

    def _fields(self, message: str) -> tuple[str, Sequence[str]]:
        """Say what a message type is called among people, and which fields it has."""
        name = self.names[message]
        return name, tuple(self.groups[name].fields)

    def _codes(self, text: str) -> Iterator[BadExpression]:
        """Find codes that a field can never hold."""
        for match in _TESTS.finditer(text):
            path = match.group("path") or match.group("behind") or match.group("among")
            if path is None:
                continue
            variable, *rest = path.split(".")
            known = find(self.groups, self.variables[variable], rest) if variable in self.variables else None
            if known is None or not known.values:
                continue
            group = next(name for name in ("code", "back", "codes") if match.group(name) is not None)
            start = match.start(group)
            for code in re.finditer(_TEXT, match.group(group)):
                yield from _unknown_code(path, code.group()[1:-1], known, text, start + code.start())


def _unknown_code(path: str, code: str, known: Declared, text: str, start: int) -> Iterator[BadExpression]:
    if code not in known.values and "\\" not in code:
        before = text[:start]
        remedy = did_you_mean(code, known.values) or f"It is one of: {', '.join(known.values)}."
        line, column = before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
        yield BadExpression(f"{path} is never {code!r}.", remedy, line, column)


def over_fields(variable: str, fields: Sequence[FieldSchema]) -> Checker:
    """Check expressions over one record as its system describes it."""
    groups = described(variable, fields)
    return _checker({variable: variable}, groups)


@cache
def over_entity(entity: str) -> Checker:
    """Check conditions over one golden record, whose references are plain ids."""
    return _checker({entity: entity}, canonical(follow=False))


def over_schema(schema: Schema) -> Checker:
    """Check conditions over one golden record that has the hub's own fields, and no others below ``custom``."""
    return _checker({schema.entity: schema.entity}, with_schema(schema))


@cache
def over_entities(*names: str) -> Checker:
    """Check expressions over several records and the hub; references lead to the records that they name."""
    return _checker({name: name for name in names}, canonical(follow=True))


def _checker(variables: Mapping[str, str], groups: Groups) -> Checker:
    wanted = _reached(groups, variables.values())
    messages = {name: f"M{number}" for number, name in enumerate(wanted)}
    types = {variable: cel.Type(f"{_PACKAGE}.{messages[group]}") for variable, group in variables.items()}
    environment = cel.NewEnv(descriptor_pool=_pool(groups, messages), variables=types, **extras())
    return Checker(variables, groups, {f"{_PACKAGE}.{message}": name for name, message in messages.items()}, environment)


def _reached(groups: Groups, names: Any) -> list[str]:
    """List the groups that can be reached from some, so that no more than those are declared."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += [one.group for one in groups[name].fields.values() if one.group]
    return list(found)


def _pool(groups: Groups, messages: Mapping[str, str]) -> Any:
    """Declare the groups as message types."""
    from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2, wrappers_pb2  # noqa: PLC0415  # slow to import

    pool = descriptor_pool.DescriptorPool()
    for known in (wrappers_pb2, struct_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="ltc.proto", package=_PACKAGE, syntax="proto2")
    file.dependency.extend(["google/protobuf/wrappers.proto", "google/protobuf/struct.proto"])
    for name, message in messages.items():
        declared = file.message_type.add(name=message)
        for number, (key, one) in enumerate(groups[name].fields.items(), 1):
            label = 3 if one.rows else 1
            if one.rows and one.kind == "text":
                declared.field.add(name=key, number=number, label=label, type=_STRING)
                continue
            known_type = f".{_PACKAGE}.{messages[one.group]}" if one.group else _WRAPPERS[one.kind]
            declared.field.add(name=key, number=number, label=label, type=_MESSAGE, type_name=known_type)
    pool.AddSerializedFile(file.SerializeToString())
    return pool
