"""People who edit customers in several systems at any moment, and what may come of each edit once all is at rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.app.engine.fakes import World

FIELDS = {"phone": "Phone", "name": "Name", "city": "City", "credit": "Credit"}
OWNER = {"credit": "right"}
"""Fields of which one system's word holds as soon as it has spoken; of the others the latest word holds."""


def tidy(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write cities small and telephone numbers without spaces, as a billing system might."""
    changed = {"City": lambda text: text.lower(), "Phone": lambda text: text.replace(" ", "")}
    return {name: changed[name](value) if name in changed and isinstance(value, str) else value for name, value in row.items()}


@dataclass
class Cell:
    """One field of one customer: which values it may end with, by who said them, and whose word the hub may not know yet."""

    allowed: dict[str, Any] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)

    def say(self, system: str, value: object, owner: str) -> None:
        """Note an edit: what was settled before gives way to it, what was said beside it may still win."""
        if owner and owner != system:
            if owner not in self.allowed:
                self.allowed[f"{system} {value}"] = value
            return
        if owner or not self.unheard:
            self.allowed.clear()
        self.allowed[system] = value
        self.unheard.add(system)

    def has_last_word(self, system: str) -> None:
        """Let the word of one system hold: the hub heard it after all others."""
        if system in self.allowed:
            self.allowed = {system: self.allowed[system]}


@dataclass
class People:
    """Those who work in the systems; every value that they enter is new, so that each can be told from all others."""

    worlds: dict[str, World]
    cells: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    customers: list[str] = field(default_factory=list)
    words: int = 0

    def create(self, system: str) -> None:
        """Enter a new customer, who is known everywhere by a postal code that nobody changes."""
        postal = f"{10_000 + len(self.customers)}"
        self.customers.append(postal)
        values = {name: self._word(name) for name in ("name", "city", "phone")}
        self.worlds[system].put(
            "Customer", {FIELDS[name]: value for name, value in values.items()} | {"Status": "active", "Postal": postal}
        )
        row = self._row(system, postal)
        for name in values:
            self.cells[postal, name].say(system, row[FIELDS[name]], OWNER.get(name, ""))

    def edit(self, system: str, customer: int, name: str) -> Cell | None:
        """Change one field of one customer in one system, if that system has the customer already; give what it was said of."""
        postal = self.customers[customer % len(self.customers)]
        row = self._row(system, postal)
        if not row:
            return None
        change = {FIELDS[name]: self._word(name)} | ({"Currency": "EUR"} if name == "credit" else {})
        self.worlds[system].put("Customer", change, row["Id"])
        cell = self.cells[postal, name]
        cell.say(system, self._row(system, postal)[FIELDS[name]], OWNER.get(name, ""))
        return cell

    def heard(self, before: Mapping[tuple[str, str], set[str]]) -> None:
        """Note that the hub has read whatever was said before a sync that nothing disturbed."""
        for key, systems in before.items():
            self.cells[key].unheard -= systems

    def unheard(self) -> dict[tuple[str, str], set[str]]:
        """Give what the hub may not know yet."""
        return {key: set(cell.unheard) for key, cell in self.cells.items() if cell.unheard}

    def complaints(self) -> list[str]:
        """Say what is missing, doubled, different between systems, or lost."""
        found = []
        for system, world in self.worlds.items():
            held = sorted(row["Postal"] for row in world.rows.get("Customer", {}).values())
            if held != sorted(self.customers):
                found.append(f"{system} holds {held}, not {sorted(self.customers)}")
        return found or [line for key, cell in sorted(self.cells.items()) for line in self._lost(*key, cell)]

    def _lost(self, postal: str, name: str, cell: Cell) -> list[str]:
        ends = {system: self._row(system, postal).get(FIELDS[name]) for system in self.worlds}
        for value in cell.allowed.values():
            if all(_same(name, end, self._at(system, name, value)) for system, end in ends.items()):
                return []
        return [f"{name} of {postal} ended as {ends}, not as one of {list(cell.allowed.values())}"]

    def _at(self, system: str, name: str, value: object) -> object:
        """Give the form in which a system keeps a value."""
        return self.worlds[system].normalise({FIELDS[name]: value})[FIELDS[name]]

    def _row(self, system: str, postal: str) -> dict[str, Any]:
        rows = self.worlds[system].rows.get("Customer", {}).values()
        return next((row for row in rows if row["Postal"] == postal), {})

    def _word(self, name: str) -> str:
        self.words += 1
        return {"phone": "+49 30 {}", "name": "Name of {}", "city": "City {}", "credit": "{}.00"}[name].format(self.words)


def _same(name: str, one: Any, other: Any) -> bool:
    """Compare what two systems show; amounts by what they are worth."""
    return one == other or (name == "credit" and None not in (one, other) and float(one) == float(other))
