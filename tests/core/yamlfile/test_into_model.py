"""Errors of models become faults at the key or value that they are about."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

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
        ("config.missing_key", 1, 1, "name"),
        ("config.unknown_key", 1, 1, "nam"),
        ("config.int_parsing", 3, 10, "schedule.every"),
        ("config.literal_error", 4, 9, "schedule.unit"),
        ("config.missing_key", 6, 5, "steps[0].every"),
        ("config.unknown_key", 6, 6, "steps[0].evry"),
        ("config.unknown_key", 8, 17, "by_name.x.other"),
    }
    remedies = {fault.path: fault.remedy for fault in caught.value.faults}
    assert remedies["nam"] == "Did you mean 'name'?"
    assert remedies["steps[0].evry"] == "Did you mean 'every'?"
    assert remedies["schedule.unit"] == "Did you mean 'hours'?"
    assert remedies["by_name.x.other"] == "Known keys: every, unit."


def test_a_list_where_a_mapping_belongs_is_a_fault():
    with pytest.raises(Misconfigured) as caught:
        to_model(parse("- 1\n"), Job)
    assert caught.value.faults[0].code == "config.not_a_mapping"
