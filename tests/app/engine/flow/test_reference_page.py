"""The reference page of flows is complete, and its examples run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from ltc.app.engine.flow import written
from ltc.app.engine.flow.dates import DATES
from ltc.app.engine.flow.examples import try_examples
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.form import Retraction
from ltc.core.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.core.yamlfile import Node

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "flows.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PARTS = (
    written.FlowFile, written.ConstantValue, written.ComputedValue, written.EachRow, written.FixedRows, written.FirstList,
    written.FollowUntil, written.Amend, written.RolledUp, written.WrittenExample,
)  # fmt: skip
KEYS = {info.alias or name for part in PARTS for name, info in part.model_fields.items()}
WORDS = {
    *KEYS,
    *DATES,
    *get_args(Retraction),
    "snapshot",
    "snapshot at",
    "follow",
    "follow until",
    "change_order",
    "hub.roles",
    "hub_id",
}
CODES = {"flow.too_late", "flow.too_much", "flow.retracted", "flow.compute"}


@pytest.mark.parametrize("text", EXAMPLES, ids=["whole", "rows", "slot", "roll_up"])
def test_an_example_of_the_page_runs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a_flow.yaml"
    file.write_text(text, encoding="utf-8")
    flow = load_flow([file])
    assert flow.examples
    assert [str(fault) for trial in try_examples(flow) for fault in trial.faults] == []


@pytest.mark.parametrize("word", sorted(WORDS | CODES))
def test_every_word_is_explained(word: str) -> None:
    prose = re.sub(r"```yaml\n.*?```", "", PAGE, flags=re.DOTALL)
    assert re.search(rf"`[^`]*(?<![\w.]){re.escape(word)}\b[^`]*`", prose)


def said(node: Node) -> Iterator[str]:
    """Give every key of a flow and every plain value."""
    for key, child in node.items() if node.kind == "mapping" else [("", one) for one in node.value]:
        yield key
        if child.kind == "scalar":
            yield child.text
        else:
            yield from said(child)


def test_every_word_is_at_work_in_an_example_that_runs() -> None:
    used = {word for text in EXAMPLES for word in said(parse(text))}
    beginnings = {word.partition("(")[0] for word in used} | {" ".join(word.split()[:2]) for word in used}
    forms = {"any", "hub_id", "snapshot", "snapshot at", "follow", "follow until", "latest", "sum", "change_order", "exception"}
    forms |= {*get_args(Retraction)}
    assert (KEYS | forms) - used - beginnings == set()


def test_what_the_page_says_of_connectors_is_true() -> None:
    [text] = re.findall(r"```python\n(>>> .*?)```", PAGE, re.DOTALL)
    test = doctest.DocTestParser().get_doctest(text, {}, "verbs", "flows.md", 0)
    said_: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said_.append).failed == 0, "".join(said_)


def test_the_flow_of_the_readme_is_right(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[4] / "README.md").read_text(encoding="utf-8")
    (text,) = [block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if block.startswith("from:")]
    file = tmp_path / "a_flow.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_flow([file]).quantity is None
