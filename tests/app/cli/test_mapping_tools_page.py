"""The examples of docs/reference/mapping-tools.md are run, and print what the page says."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from ltc.core.resources import mappings

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "mapping-tools.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`(\S+\.yaml)`\n\n```yaml\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
CONSOLE = re.findall(r"```console\n\$ (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def written(connected):
    """A hub with the files of the page, and with one whose example is wrong."""
    for name, text in FILES:
        connected.write(name, text)
    connected.write("mappings/salesforce/wrong.yaml", FILES[0][1].replace("canonical: {name: Acme", "canonical: {name: Ajax"))
    acme = {"Name": "Acme", "Email__c": "info@acme.example", "Status__c": "Active", "Rating": "Hot"}
    connected.org.insert("Account", acme, "amy")
    connected.org.insert("Account", {"Name": "Ajax", "Email__c": "info@ajax.example", "Status__c": "Active"}, "amy")
    return connected


def words_of(text):
    """Take the words of each line: tables are wide on a terminal."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(("line", "output"), CONSOLE, ids=[line.rpartition("ltc ")[2] for line, _ in CONSOLE])
def test_an_example_prints_what_the_page_says(written, monkeypatch, line, output):
    given, _, asked = line.rpartition(" | ")
    if given:
        monkeypatch.setattr("sys.stdin", io.StringIO(shlex.split(given)[1]))
    if " drift " in line:
        written.org.reshape("Account", "Email__c", {"rename": "Email_Address__c"})
    said = written.ltc(*shlex.split(asked)[1:])
    shown = (said.out + said.err).replace(str(written.dir), "my-hub").replace(str(mappings().parent), "ltc")
    assert words_of(shown) == words_of(output)
