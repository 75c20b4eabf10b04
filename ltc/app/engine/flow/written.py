"""The flow file as a person writes it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ltc.core.models.canonical import parse_date
from ltc.core.yamlfile import WrongValue, did_you_mean

FOLLOW = re.compile(r"(follow|snapshot)(?: (until|at) ([a-z_]+))?")
POLICIES = {("follow", ""), ("follow", "until"), ("snapshot", ""), ("snapshot", "at")}


class Part(BaseModel):
    """A part of a flow file; it knows all its keys."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ConstantValue(Part):
    """A fixed value."""

    const: str | bool | int | None


class ComputedValue(Part):
    """A value that CEL computes."""

    compute: str


def _form(value: object) -> str:
    """Name the form in which something is written, so that a fault in it is told once and not for every other form too."""
    if isinstance(value, dict):
        return next((form for form in ("const", "compute", "each", "rows", "first_of") if form in value), "const")
    return "list" if isinstance(value, list) else "path"


_PATH: TypeAlias = Annotated[str, Tag("path")]
_CONST: TypeAlias = Annotated[ConstantValue, Tag("const")]
_COMPUTED: TypeAlias = Annotated[ComputedValue, Tag("compute")]
Single: TypeAlias = Annotated[_PATH | _CONST | _COMPUTED, Discriminator(_form)]
_SEVERAL: TypeAlias = Annotated[list[Single], Tag("list")]
Value: TypeAlias = Annotated[_PATH | _CONST | _COMPUTED | _SEVERAL, Discriminator(_form)]


class EachRow(Part):
    """A derived list: one row for each row of a list that the flow sees."""

    each: str
    source_key: str = ""
    step: int = Field(default=10, ge=1)
    fields: dict[str, Value]


class FixedRows(Part):
    """A derived list whose rows are written out."""

    rows: list[dict[str, Value]] = Field(min_length=1)


class FirstList(Part):
    """The first of several lists that has rows."""

    first_of: list[Annotated[Annotated[EachRow, Tag("each")] | Annotated[FixedRows, Tag("rows")], Discriminator(_form)]] = Field(
        min_length=1
    )


ListOfRows: TypeAlias = EachRow | FixedRows | FirstList
Derived: TypeAlias = Annotated[
    _PATH
    | _CONST
    | _COMPUTED
    | _SEVERAL
    | Annotated[EachRow, Tag("each")]
    | Annotated[FixedRows, Tag("rows")]
    | Annotated[FirstList, Tag("first_of")],
    Discriminator(_form),
]


class FollowUntil(Part):
    """The derived value follows its source until the document is in one of these states."""

    follow_until: list[str]


def _policy(text: str) -> str:
    match = FOLLOW.fullmatch(text)
    if match is not None and (match.group(1), match.group(2) or "") in POLICIES:
        return text
    known = ("snapshot", "snapshot at", "follow", "follow until")
    remedy = did_you_mean(text, known) or "Write `snapshot`, `snapshot at STATE`, `follow` or `follow until STATE`."
    message = f"There is no policy {text!r}."
    raise WrongValue(message, remedy)


def _day(text: str) -> str:
    try:
        return parse_date(text).isoformat() if text else ""
    except ValueError:
        message = f"{text!r} is not a day."
        raise WrongValue(message, "Write for example 2026-01-31.") from None


class Amend(Part):
    """Until which state lists follow that have no policy of their own, and what becomes of a change that comes too late."""

    until: str = ""
    then: Literal["exception", "change_order"] = "exception"


class RolledUp(Part):
    """A roll-up with a translation of its value, or over some of the documents only."""

    of: str
    codes: dict[str, str | None] | None = None
    where: str = ""


class WrittenExample(Part):
    """Records that are given, by entity, and what is to be derived of the source: null for nothing.

    Or the ``documents`` of a source, the oldest first, and what goes ``back`` to it.
    """

    given: dict[str, dict[str, Any]] = Field(default_factory=dict)
    gives: dict[str, Any] | None = None
    note: str = ""
    roles: list[str] = Field(default_factory=list)
    slot: str | None = None
    documents: list[dict[str, Any]] | None = None
    back: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        said = self.model_fields_set & {"given", "gives", "documents", "back"}
        if said not in ({"given", "gives"}, {"documents", "back"}):
            message = "An example needs either `given` and `gives`, or `documents` and `back`."
            raise WrongValue(message, "Write two of them.")
        return self


class FlowFile(Part):
    """One flow file as a person writes it."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    relatives: dict[str, str] = Field(default_factory=dict, alias="with")
    when: str = ""
    stays: str = Field(default="", alias="while")
    slot: str = ""
    live_from: Annotated[str, AfterValidator(_day)] = ""
    adopt: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, Derived] = Field(default_factory=dict)
    policy: dict[str, Annotated[str, AfterValidator(_policy)] | FollowUntil] = Field(default_factory=dict)
    on_retract: Literal["ignore", "cancel", "exception"] = "exception"
    amend: Amend = Amend()
    roll_up: dict[str, str | RolledUp] = Field(default_factory=dict)
    examples: list[WrittenExample] = Field(default_factory=list)
