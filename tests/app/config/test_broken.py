"""A corpus of broken files of a hub, one mistake each: each is told once, in its line and column, with what to do.

A file's first line says which file of the hub it is; what must be found stands beside the mistake, as in
tests/core/mapping/broken. `editor` after it says that the JSON Schema rejects the file too (test_editor.py).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ltc.app.cli.checking import policy_faults
from ltc.app.cli.flow_checking import flow_faults
from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import create_hub
from ltc.core.errors import Misconfigured
from tests.marks import codes_of, expected, is_sentence

FILES = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    create_hub(folder, HubSettings(id="acme", title="Acme"))
    return folder


def found_in(folder):
    """Check a hub's own files as `ltc check` does."""
    try:
        hub = open_hub(folder, "")
    except Misconfigured as refusal:
        return list(refusal.faults)
    found = [*hub.faults, *policy_faults(hub), *flow_faults(hub)]
    for system in hub.active.values():
        found += system.faults(secrets=False)
    return [fault for fault in dict.fromkeys(found) if fault.severity == "error"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_mistake_is_told_once_in_its_place(template, tmp_path, path):
    shutil.copytree(template, tmp_path / "hub")
    place = tmp_path / "hub" / path.read_text(encoding="utf-8").split()[1]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, place)
    wanted = expected(path)
    found = found_in(tmp_path / "hub")
    assert [(fault.code, fault.line, fault.column) for fault in found] == [wanted[:3]], found
    [fault] = found
    assert fault.file == str(place)
    assert wanted.remedy in fault.remedy, fault.remedy
    assert is_sentence(fault.message, fault.path), fault.message


ROOT = Path(__file__).parents[3]
SOURCES = [
    *(f"ltc/app/config/{name}.py" for name in ("alerting", "files", "hub", "jobs", "mapped", "systems")),
    *(f"ltc/app/engine/flow/{name}.py" for name in ("examples", "expressions", "files", "reading", "together")),
    "ltc/core/models/custom.py",
    "mdm/policy.py",
]
ELSEWHERE = {
    "config.unknown_system": "tests/app/cli/test_system.py",
    "flow.invalid": "tests/app/engine/flow/test_examples.py",
    "flow.no_example": "tests/app/engine/flow/test_examples.py",  # a warning
    "flow.unheld": "tests/app/cli/test_flow.py",  # a warning
    "hub.environment": "tests/app/cli/test_wrong_input.py",
    "hub.none": "tests/app/cli/test_frame.py",
    "secret.missing": "tests/app/config/test_hub.py",
}
"""Codes of faults that no file of the corpus can have, and the tests that have them."""


def test_every_code_of_flows_and_of_the_hub_has_a_broken_file():
    known = {code for path in SOURCES for code in codes_of(ROOT / path)}
    assert known - {expected(path).code for path in FILES} == set(ELSEWHERE)
    assert all(code in (ROOT / path).read_text(encoding="utf-8") for code, path in ELSEWHERE.items())
