"""Operations that other packages bring: found by entry point, held to the laws, and explained when they do not serve."""

from __future__ import annotations

import importlib
from pathlib import Path

import jsonschema
import pytest

from ltc.core.contract import JsonNumber
from ltc.core.errors import Misconfigured, Untranslatable
from ltc.core.mapping import editor_schema, load
from ltc.core.mapping.operations.named import Named, find_codec
from ltc.core.mapping.proving import prove

CODECS = """
class Stars:
    kinds = ("integer", "any")
    samples = ("*", "***")

    def decode(self, value):
        if set(value) != {"*"}:
            raise ValueError("no stars")
        return len(value)

    def encode(self, value):
        return "*" * value


class Lossy(Stars):
    def encode(self, value):
        return "*"


class Half:
    kinds = ("text",)

"""
POINTS = """[ltc.codecs]
acme.stars = acme_codecs:Stars
acme.lossy = acme_codecs:Lossy
acme.half = acme_codecs:Half
acme.gone = acme_codecs:Gone
"""
MAPPING = """system: acme
object: Deal
entity: lead
key: Id
fields:
  last_name: Name
  custom.stars: {{from: Stars, as: {operation}}}
examples:
  - system: {{Id: "1", Name: Ada, Stars: "**"}}
    canonical: {{last_name: Ada, custom: {{stars: 2}}}}
"""


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a package that brings codecs."""
    (tmp_path / "acme_codecs.py").write_text(CODECS, encoding="utf-8")
    info = tmp_path / "acme_codecs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-codecs\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    find_codec.cache_clear()
    yield
    find_codec.cache_clear()


def mapping(tmp_path: Path, operation: str):
    """Load the mapping with one operation."""
    file = tmp_path / "deal.yaml"
    file.write_text(MAPPING.format(operation=operation), encoding="utf-8")
    return load([file])


def test_a_package_brings_an_operation_with_both_ways(tmp_path: Path) -> None:
    found = mapping(tmp_path, "acme.stars")
    assert prove(found) == []
    assert found.get({"Id": "1", "Name": "Ada", "Stars": "***"})["custom"] == {"stars": 3}
    assert found.get({"Id": "1", "Name": "Ada", "Stars": ""})["custom"] == {"stars": None}
    assert found.put({"Id": "1", "Name": "Ada", "Stars": "*"}, {"last_name": "Ada", "custom": {"stars": 2}}) == {"Stars": "**"}


def test_a_bad_value_parks_the_record_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(Untranslatable) as caught:
        mapping(tmp_path, "acme.stars").get({"Id": "1", "Name": "Ada", "Stars": "two"})
    [problem] = caught.value.errors
    assert (problem.path, problem.line, problem.message) == ("custom.stars", 7, "does not suit acme.stars (ValueError)")


def test_one_that_loses_something_is_found_by_the_laws(tmp_path: Path) -> None:
    assert [(fault.code, fault.line) for fault in prove(mapping(tmp_path, "acme.lossy"))] == [("mapping.law_put_get", 7)]


@pytest.mark.parametrize(
    ("operation", "message", "remedy"),
    [
        ("acme.starz", "There is no operation 'acme.starz'.", "Did you mean 'acme.stars'?"),
        ("acme.half", "acme_codecs:Half is no codec", "Correct the package"),
        ("acme.gone", "The operation 'acme.gone' of acme_codecs:Gone cannot be loaded: AttributeError", "Correct the package"),
    ],
)
def test_what_is_wrong_with_one_is_told(tmp_path: Path, operation: str, message: str, remedy: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        mapping(tmp_path, operation)
    [fault] = caught.value.faults
    assert (fault.code, fault.line, fault.column) == ("mapping.unknown_operation", 7, 35)
    assert message in fault.message
    assert remedy in fault.remedy


def test_editors_take_a_name_with_a_dot() -> None:
    validator = jsonschema.Draft7Validator(editor_schema())
    head = {"system": "crm", "object": "Account", "entity": "customer", "key": "Id"}
    assert validator.is_valid({**head, "fields": {"name": {"from": "Name", "as": "acme.stars"}}})
    assert not validator.is_valid({**head, "fields": {"name": {"from": "Name", "as": "stars"}}})


def test_a_codec_of_another_package_is_given_decimal_numbers():
    class Typed:
        kinds, samples = ("text",), ()

        def decode(self, value):
            return type(value).__name__

        def encode(self, value):
            return value

    assert Named("acme.typed", Typed()).decode(JsonNumber("1.5")) == "Decimal"
