"""The simulated org's SOQL: what it selects, in which order, and what it refuses to understand."""

from __future__ import annotations

import pytest

from connectors.crm.salesforce.org.queries import Reader
from connectors.crm.salesforce.org.soql import SoqlError, parse
from connectors.crm.salesforce.simulator import SalesforceSimulator


@pytest.fixture
def firms(org: SalesforceSimulator) -> SalesforceSimulator:
    parent = org.insert("Account", {"Name": "Acme", "NumberOfEmployees": 9, "Rating": "Hot"}, "rep")
    org.insert("Account", {"Name": "acme 100%_x", "ParentId": parent, "Credit_Limit__c": "10.5", "Rating": "Cold"}, "rep")
    org.insert("Account", {"Name": "O'Neill\\Co", "NumberOfEmployees": 30, "CreatedDate": "2020-02-29T12:00:00+01:00"}, "rep")
    org.delete("Account", org.insert("Account", {"Name": "gone"}, "rep"), "rep")
    return org


def names(org: SalesforceSimulator, rest: str, *, deleted: bool = False) -> list[str]:
    found = Reader(org.org, "62.0").find(parse(f"SELECT Name FROM Account {rest}"), deleted=deleted)
    return [org.row("Account", key)["Name"][:4] for key in found]


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("", ["Acme", "acme", "O'Ne"]),
        ("WHERE Name = 'ACME'", ["Acme"]),
        (r"WHERE Name = 'O\'Neill\\Co'", ["O'Ne"]),
        ("WHERE Name LIKE 'acme%'", ["Acme", "acme"]),
        ("WHERE NOT Name LIKE '_cme%'", ["O'Ne"]),
        ("WHERE NumberOfEmployees > 9", ["O'Ne"]),
        ("WHERE NumberOfEmployees >= 9 AND NumberOfEmployees < 30.5", ["Acme", "O'Ne"]),
        ("WHERE NumberOfEmployees = null", ["acme"]),
        ("WHERE ParentId != null AND Parent.Name = 'Acme'", ["acme"]),
        ("WHERE Credit_Limit__c = 10.50", ["acme"]),
        ("WHERE Rating IN ('hot', 'Cold')", ["Acme", "acme"]),
        ("WHERE Rating NOT IN ('Hot') AND (Name LIKE 'O%' OR Name LIKE 'a%')", ["acme", "O'Ne"]),
        ("WHERE CreatedDate < 2020-02-29T11:00:00.001Z", ["O'Ne"]),
        ("WHERE CreatedDate = 2020-02-29T13:00:00+02:00", ["O'Ne"]),
        ("WHERE IsDeleted = false", ["Acme", "acme", "O'Ne"]),
        ("ORDER BY NumberOfEmployees", ["acme", "Acme", "O'Ne"]),
        ("ORDER BY NumberOfEmployees DESC NULLS LAST", ["O'Ne", "Acme", "acme"]),
        ("ORDER BY Name LIMIT 1 OFFSET 1", ["acme"]),
    ],
)
def test_what_is_selected(firms: SalesforceSimulator, rest: str, found: list[str]) -> None:
    assert names(firms, rest) == found


def test_the_bin(firms: SalesforceSimulator) -> None:
    assert names(firms, "WHERE IsDeleted = true", deleted=True) == ["gone"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT Name", "unexpected token"),
        ("SELECT FROM Account", "unexpected token"),
        ("SELECT Name FROM Nonsense", "not supported"),
        ("SELECT Nonsense FROM Account", "No such column 'Nonsense'"),
        ("SELECT Nonsense.Name FROM Account", "relationship 'Nonsense'"),
        ("SELECT Id, (SELECT Id FROM Nonsense) FROM Account", "relationship 'Nonsense'"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "parentheses"),
        ("SELECT Id FROM Account WHERE Name = 1", "must be of type string"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2020-01-01'", "must be of type datetime"),
        ("SELECT Id FROM Account WHERE Name < null", "invalid operator"),
        ("SELECT Id FROM Account OFFSET 2001", "Maximum SOQL offset"),
        ("SELECT Id FROM Account WHERE Name = 'open", "unexpected token"),
        ("SELECT Id FROM Account; DROP", "unexpected token"),
    ],
)
def test_what_is_refused(firms: SalesforceSimulator, text: str, said: str) -> None:
    reader = Reader(firms.org, "62.0")
    with pytest.raises(SoqlError, match=said):  # noqa: PT012  either step may refuse
        query = parse(text)
        reader.find(query)
        reader.shape(query)
