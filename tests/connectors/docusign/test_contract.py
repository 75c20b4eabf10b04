"""The DocuSign connector keeps the contract."""

from __future__ import annotations

from typing import ClassVar

from connectors.esign.docusign.connector import DocusignConnector
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.contract import Raw
from ltc.core.simulation.suite import ConnectorContract, Sample
from tests.connectors.docusign.conftest import people, template


def request(account: DocusignSimulator, number: int) -> Raw:
    return {
        "templateId": template(account),
        "emailSubject": f"Please sign order {number}",
        "status": "sent",
        "recipients": people(number),
        "customFields": {"region": "North"},
    }


class TestContract(ConnectorContract):
    connector = DocusignConnector
    simulator = DocusignSimulator
    samples: ClassVar = {
        "envelope": Sample(
            request,
            amend={"customFields": {"region": "West"}},
            refused={"templateId": "00000000-0000-4000-8000-000000000000"},
            fields=["recipients.status", "status"],
        )
    }

    hook_secrets = ("webhook_secret",)

    def absent(self, known_id: str) -> str:
        return known_id[:-6] + "ffffff"
