"""What clerks do with master data: edit customers in either system or in both, double, merge and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.sandbox.seed_salesforce import account_fields
from ltc.app.sandbox.spelling import domain, sap_line, sloppy

if TYPE_CHECKING:
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import SalesforceDoor, SapDoor
    from ltc.app.sandbox.world import Truth, World

FIELDS = ("street", "email", "payment_terms", "phone")
"""What clerks change; each system has its own word for it."""

SALESFORCE_FIELDS = {"street": "BillingStreet", "email": "Email__c", "payment_terms": "Payment_Terms__c", "phone": "Phone"}

CLERK = "clerk"
SAP_CLERK = "CLERK01"


class Clerks:
    """The back offices; a customer's business key is the key of the real company."""

    def __init__(self, world: World, truth: Truth, salesforce: SalesforceDoor, sap: SapDoor, dice: Dice) -> None:
        """Take the world, what is known to be true of it, and both doors."""
        self._world = world
        self._truth = truth
        self._salesforce = salesforce
        self._sap = sap
        self._dice = dice

    def edit(self, day: date, share: float = 0.003) -> int:
        """Change one field of some customers in one of the systems."""
        count = 0
        for system in ("salesforce", "sap"):
            for record_id, key in self._known(system):
                if self._dice.chance(share, key, system, day, "edit"):
                    field = self._dice.pick(FIELDS, key, system, day, "field")
                    self._write(system, record_id, field, self._value(field, key, system, day))
                    count += 1
        return count

    def conflict(self, day: date, share: float = 0.001) -> int:
        """Change the same field of a customer in both systems on the same day, to different values."""
        in_sap = {key: record_id for record_id, key in self._known("sap")}
        count = 0
        for record_id, key in self._known("salesforce"):
            if key in in_sap and self._dice.chance(share, key, day, "conflict"):
                field = self._dice.pick(FIELDS, key, day, "conflict field")
                self._write("salesforce", record_id, field, self._value(field, key, "salesforce", day))
                self._write("sap", in_sap[key], field, self._value(field, key, "sap", day))
                count += 1
        return count

    def double(self, day: date, probability: float = 0.3) -> int:
        """Enter a company a second time in Salesforce, with or without its tax number."""
        if not self._dice.chance(probability, day, "double"):
            return 0
        known = [company for company in self._world.companies if "salesforce" in company.entries]
        company = self._dice.pick(known, day, "whom")
        fields = account_fields(company.entries["salesforce"])
        fields["Name"] = sloppy(fields["Name"], self._dice.between(1, 3, day, "how")).strip()
        if self._dice.chance(0.5, day, "without"):
            fields |= {"Tax_Number__c": None, "VAT_Number__c": None}
        record_id = self._salesforce.insert("Account", fields, CLERK)
        self._truth.companies["salesforce"][record_id] = company.key
        return 1

    def merge(self, day: date, share: float = 0.2) -> int:
        """Merge accounts of one company; the one that was there first stays."""
        by_company: dict[str, list[str]] = {}
        for record_id, key in self._known("salesforce"):
            by_company.setdefault(key, []).append(record_id)
        count = 0
        for key, records in by_company.items():
            if len(records) > 1 and self._dice.chance(share, key, day, "merge"):
                self._salesforce.merge("Account", records[0], records[1:], CLERK)
                count += 1
        return count

    def delete(self, day: date, share: float = 0.001) -> int:
        """Delete some contacts."""
        chosen = [
            row
            for row in self._salesforce.rows("Contact")
            if self._dice.chance(share, row["FirstName"], row["LastName"], row["Email"], day, "delete")
        ]
        for row in chosen:
            self._salesforce.delete("Contact", row["Id"], CLERK)
        return len(chosen)

    def _known(self, system: str) -> list[tuple[str, str]]:
        """Give (id, company) of the records that people made and that are still there, in the order of companies."""
        accounts = system == "salesforce"
        there = {row["Id"] for row in self._salesforce.rows("Account")} if accounts else self._sap.customers()
        known = self._truth.companies[system].items()
        return sorted(((record_id, key) for record_id, key in known if record_id in there), key=lambda pair: (pair[1], pair[0]))

    def _value(self, field: str, key: str, system: str, day: date) -> str:
        number = self._dice.between(1, 899, key, system, day, field)
        if field == "email":
            return f"office{number}@{domain(key)}.example"
        if field == "payment_terms":
            return self._dice.pick(("NT10", "NT20", "NT45", "NT90"), key, system, day, field)
        if field == "phone":
            return f"+4922155501{number:03d}"
        street = f"Neue Straße {number}"
        return street if system == "salesforce" else sap_line(street)

    def _write(self, system: str, record_id: str, field: str, value: str) -> None:
        if system == "salesforce":
            self._salesforce.update("Account", record_id, {SALESFORCE_FIELDS[field]: value}, CLERK)
        else:
            self._sap.edit_customer(record_id, field, value, SAP_CLERK)
