from __future__ import annotations

import subprocess
import sys

import pytest

from ltc.core.errors import Misconfigured
from ltc.core.models import CustomField, entities, is_step, may_write, milestone_of, model, paths, personal_paths, with_custom
from ltc.core.models.states import MACHINES, reachable


def test_every_reference_names_an_entity():
    refs = {info.ref for entity in entities() for info in paths(entity).values() if info.ref}
    assert refs <= set(entities())


def test_lists_are_never_below_lists():
    assert not [path for entity in entities() for path, info in paths(entity).items() if info.type == "list" and "[" in path]


def test_an_unknown_entity_is_named():
    with pytest.raises(Misconfigured, match="There is no entity 'costumer'"):
        model("costumer")


def test_personal_data_is_flagged():
    assert {"last_name", "email", "phone", "mobile", "address.street"} <= personal_paths("contact")
    assert "signers[].email" in personal_paths("signature_request")
    assert "status" not in personal_paths("contact")


def test_importing_the_models_loads_no_big_library():
    big = ("babel", "pycountry", "phonenumbers", "stdnum", "sqlalchemy")
    code = f"import sys, ltc.core.models; print([name for name in {big} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("entity", sorted(MACHINES))
def test_state_machines_speak_of_the_status_codes(entity):
    codes = set(paths(entity)["status"].values)
    machine = MACHINES[entity]
    assert set(machine) - {""} <= codes
    assert reachable(entity, "") == codes, "every status can be reached"


def test_the_hub_writes_a_status_only_onwards():
    assert may_write("order", "draft", "delivered")
    assert not may_write("order", "delivered", "confirmed")
    assert not may_write("order", "draft", None)
    assert is_step("order", "draft", "submitted")
    assert not is_step("order", "draft", "delivered")
    assert may_write("customer", "blocked", "active")


def test_a_status_takes_the_moment_of_its_own_leaf():
    before = {"status": "submitted", "order_date": "2026-01-30"}
    after = {"status": "confirmed", "order_date": "2026-01-30", "confirmed_at": "2026-01-31T08:00:00Z"}
    assert milestone_of("order", before, after) == [("confirmed", "2026-01-31T08:00:00Z", "second")]
    assert milestone_of("order", after, after) == []
    assert milestone_of("opportunity", {"status": "open"}, {"status": "won", "closed_at": "2026-01-31T08:00:00Z"}) == [
        ("won", "2026-01-31T08:00:00Z", "second"),
        ("closed", "2026-01-31T08:00:00Z", "second"),
    ]
    assert milestone_of("payment", {}, {"status": "posted", "paid_date": "2026-02-01"}) == [
        ("posted", "2026-02-01", "day"),
        ("paid", "2026-02-01", "day"),
    ]


def test_declared_custom_fields_are_typed_and_no_others_are_known():
    schema = with_custom(
        "order",
        {"region": CustomField(type="choice", values=("north", "south")), "colour": CustomField(type="text", list="lines")},
    )
    schema.validate({"custom": {"region": "north"}, "lines": [{"number": "10", "custom": {"colour": "red"}}]})
    assert schema.paths["custom.region"].values == ("north", "south")
    assert schema.paths["lines[].custom.colour"].type == "text"
    for nested in ({"custom": {"region": "east"}}, {"custom": {"colour": "red"}}, {"custom": {"nope": 1}}):
        with pytest.raises(Exception, match=r"custom\."):
            schema.validate(nested)


def test_wrong_declarations_are_all_named():
    with pytest.raises(Misconfigured) as caught:
        with_custom("order", {"Region": CustomField(type="text"), "colour": CustomField(type="text", list="rows")})
    assert [fault.code for fault in caught.value.faults] == ["custom.name", "custom.list"]
