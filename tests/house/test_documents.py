"""Documents that cannot drift: links lead somewhere, files that are named exist, examples run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import get_args

import pytest
import requests

from ltc.core import errors
from ltc.core.contract import Kit
from ltc.core.http import HttpClient
from ltc.core.simulation import InProcessAdapter, Kind, VirtualClock, serve
from tests.house.sources import ROOT, files, shown

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_links_lead_somewhere(document):
    targets = [target for target in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_architecture_names_what_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:ltc|connectors|mdm|scheduler|mappings|config|tests)/[^`*]*)`", text)
    folders = [name.split("<")[0] for name in named]
    stages = re.findall(r"^\| \w+ \| (`[^|]+`) \|", text, re.MULTILINE)
    modules = [f"ltc/app/engine/{name}" for cell in stages for name in re.findall(r"`(\w+\.py)`", cell)]
    assert len(modules) >= 8
    assert [name for name in folders + modules if not (ROOT / name).exists()] == []


def test_the_architecture_names_every_error():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    orders = {cls.__name__ for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.LtcError)}
    assert {name for name in orders - {"LtcError", "Untranslatable"} if f"`{name}`" not in text} == set()


def test_decisions_are_numbered_without_gaps():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name


def test_the_example_of_the_simulation_kit_runs():
    text = (ROOT / "docs" / "reference" / "simulation.md").read_text(encoding="utf-8")
    declared, doors = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {"__name__": "example"}
    exec(compile(declared, "simulation.md", "exec"), names)
    shop = names["Shop"]("shop", VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    with requests.Session() as session:
        names |= {"shop": shop, "serve": serve, "requests": requests, "session": session, "kit": Kit()}
        exec(compile(doors, "simulation.md", "exec"), names | {"InProcessAdapter": InProcessAdapter, "HttpClient": HttpClient})
        assert session.post("http://shop/orders", json={"number": "1"}).status_code == 201
    assert shop.state() == {"orders": {"1": {"number": "1"}}}
    assert [mutation.id for mutation in shop.journal] == ["1"]


def test_the_reference_of_the_simulation_kit_names_every_fault():
    text = (ROOT / "docs" / "reference" / "simulation.md").read_text(encoding="utf-8")
    assert {kind for kind in get_args(Kind) if f"`{kind}`" not in text} == set()
