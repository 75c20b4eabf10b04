"""Errors of models become faults at the key or value that they are about."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from ltc.core.errors import Misconfigured
from ltc.core.yamlfile import parse, to_model


class Schedule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    every: int
    unit: Literal["minutes", "hours"] = "minutes"


class Job(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    schedule: Schedule | None = None
    steps: list[Schedule] = []
    by_name: dict[str, Schedule] = {}
    ratio: float = 0.0
    price: Decimal = Decimal(0)


def test_a_good_file_becomes_the_model():
    job = to_model(parse("name: a\nschedule: {every: 5}\nratio: 0.5\nprice: 1.10\n"), Job)
    assert job.schedule == Schedule(every=5)
    assert job.ratio == 0.5
    assert str(job.price) == "1.10"


def test_all_faults_come_at_once_each_at_its_place():
    text = "nam: a\nschedule:\n  every: soon\n  unit: hour\nsteps:\n  - {evry: 1}\nby_name:\n  x: {every: 1, other: 2}\n"
    with pytest.raises(Misconfigured) as caught:
        to_model(parse(text, "job.yaml"), Job)
    found = {(fault.code, fault.line, fault.column, fault.path) for fault in caught.value.faults}
    assert found == {
        ("config.unknown_key", 1, 1, "nam"),
        ("config.int_parsing", 3, 10, "schedule.every"),
        ("config.literal_error", 4, 9, "schedule.unit"),
        ("config.unknown_key", 6, 6, "steps[0].evry"),
        ("config.unknown_key", 8, 17, "by_name.x.other"),
    }
    remedies = {fault.path: fault.remedy for fault in caught.value.faults}
    assert remedies["nam"] == "Did you mean 'name'?"
    assert remedies["steps[0].evry"] == "Did you mean 'every'?"
    assert remedies["schedule.unit"] == "Did you mean 'hours'?"
    assert remedies["by_name.x.other"] == "Known keys: every, unit."


def test_what_is_missing_is_told_unless_it_is_misspelt():
    with pytest.raises(Misconfigured) as caught:
        to_model(parse("schedule: {unit: hours}\n", "job.yaml"), Job)
    assert [(fault.code, fault.path, fault.remedy) for fault in caught.value.faults] == [
        ("config.missing_key", "name", "Add `name: …` here."),
        ("config.missing_key", "schedule.every", "Add `every: …` here."),
    ]


class Forms(BaseModel):
    model_config = ConfigDict(extra="forbid")
    when: str | Schedule = ""
    share: Decimal = Field(default=Decimal(0), le=1)


@pytest.mark.parametrize(
    ("text", "code", "column", "message", "remedy"),
    [
        ("when: {evry: 1}", "unknown_key", 8, "'evry' is not a known key.", "Did you mean 'every'?"),
        ("when: [1]", "string_type", 7, "`when` must be a text.", "Write one word or a quoted text."),
        ("when: {every: soon}", "int_parsing", 15, "`every` must be a whole number.", "Write digits only."),
        ("share: 2", "less_than_equal", 8, "`share` cannot be 2.", "Write at most 1."),
    ],
)
def test_a_value_of_several_forms_has_one_fault_in_plain_words(text, code, column, message, remedy):
    with pytest.raises(Misconfigured) as caught:
        to_model(parse(text, "forms.yaml"), Forms)
    assert [(one.code, one.column, one.message, one.remedy) for one in caught.value.faults] == [
        (f"config.{code}", column, message, remedy)
    ]


def test_a_list_where_a_mapping_belongs_is_a_fault():
    with pytest.raises(Misconfigured) as caught:
        to_model(parse("- 1\n"), Job)
    assert caught.value.faults[0].code == "config.not_a_mapping"
