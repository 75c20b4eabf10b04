"""What an admin sets for one SAP system."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class SapSettings(BaseModel):
    """Address, credentials, organisation and manners of one client of one SAP system."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(
        "", description="Address of a simulator or of mock-sap; empty for a real system.", pattern=r"^(https?://|$)"
    )
    ashost: str = Field("", description="Application server of a real system.")
    sysnr: str = Field("00", description="Instance number.", pattern=r"^\d\d$")
    mshost: str = Field("", description="Message server, for logon by group instead of ashost.")
    sysid: str = Field("", description="System id, with mshost.")
    group: str = Field("", description="Logon group, with mshost.")
    saprouter: str = Field("", description="SAProuter string, if one stands between.")
    client: str = Field("100", description="Client.", pattern=r"^\d{3}$")
    user: str = Field(description="User of the hub: a user of type Communications.")
    passwd: SecretStr = Field(description="That user's password.")
    lang: str = Field("EN", description="Language of logon, messages and material texts, ISO 639.", pattern=r"^[A-Z]{2}$")
    sales_org: str = Field("1000", description="Sales organisation of orders, and of a customer's reference sales area.")
    channel: str = Field("10", description="Distribution channel.")
    division: str = Field("00", description="Division.")
    company_code: str = Field("1000", description="Company code of payments and of new customers.")
    credit_area: str = Field("1000", description="Credit control area whose limit counts.")
    order_type: str = Field("TA", description="Order type (AUART) of new orders.")
    plant: str = Field("", description="Plant of order items; empty: SAP determines it.")
    condition_type: str = Field("PR00", description="Condition type that carries the agreed price.")
    rejection_reason: str = Field(
        "00", description="Reason for rejection (ABGRU) of cancelled items.", min_length=2, max_length=2
    )
    bank_account: str = Field("113100", description="G/L account that incoming payments are posted to.")
    fee_account: str = Field(
        "", description="G/L account of what a payment provider kept of a payment; empty: fees are not posted with payments."
    )
    payment_type: str = Field("DZ", description="Document type (BLART) of incoming payments.")
    reversal_reason: str = Field(
        "01", description="Reason (STGRD) of payments that the hub reverses.", min_length=2, max_length=2
    )
    account_group: str = Field("KUNA", description="Account group (KTOKD) of new customers.")
    material_type: str = Field("HAWA", description="Type (MTART) of new materials.")
    industry_sector: str = Field("M", description="Industry sector (MBRSH) of new materials.")
    order_reference: Literal["IHREZ", "BSTNK"] = Field(
        "IHREZ", description="Where an order carries the hub's key: 'your reference', or the customer's purchase order number."
    )
    tables: Literal["ecc", "mock_sap"] = Field("ecc", description="Which tables there are: ECC's, or those of mock-sap.")
    overlap_days: int = Field(1, ge=0, description="Days that each run reads again: SAP's dates have no time of day or zone.")
    pool_size: int = Field(2, ge=1, description="Connections that may be open at once.")
    timeout: float = Field(60.0, gt=0, description="Seconds that one call may take.")

    @model_validator(mode="after")
    def complete(self) -> SapSettings:
        """Insist on one way to reach the system."""
        ways = [bool(self.base_url), bool(self.ashost), bool(self.mshost)]
        if sum(ways) != 1:
            raise ValueError("Give exactly one of base_url (a simulator), ashost, or mshost.")
        return self
