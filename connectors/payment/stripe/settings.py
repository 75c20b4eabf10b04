"""What an admin sets for one Stripe account."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class StripeSettings(BaseModel):
    """Key, webhook secrets and manners of one account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr = Field(description="Secret key (sk_…), or better a restricted key (rk_…) with the rights below.")
    webhook_secret: tuple[SecretStr, ...] = Field(
        (), description="Signing secret of the webhook endpoint (whsec_…); a list of several while one replaces another."
    )
    base_url: str = Field("https://api.stripe.com", description="Address of the API.", pattern=r"^https?://")
    account: str = Field("", description="Connected account (acct_…) to act for, with the key of a platform.")
    overlap_seconds: int = Field(300, ge=0, description="How far back each run reads events again, for those that showed late.")
    event_days: int = Field(
        29, ge=1, le=29, description="After a longer pause everything is read again: Stripe keeps events for 30 days."
    )
    days_until_due: int = Field(30, ge=0, description="When an invoice is due for which the hub knows no due date.")
    send_invoices: bool = Field(default=False, description="Whether Stripe sends each new invoice to its customer by e-mail.")
    credit_of_paid: Literal["out_of_band", "refund", "balance"] = Field(
        "out_of_band",
        description="How a customer gets back what was paid of a credit: elsewhere, by a refund, or on the next invoice.",
    )
    connect_timeout: float = Field(10.0, gt=0, description="Seconds to reach the server.")
    read_timeout: float = Field(80.0, gt=0, description="Seconds between two bytes of an answer.")

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def several(cls, given: Any) -> Any:
        """Take a single secret for a list of one."""
        return (given,) if isinstance(given, str | SecretStr) else given
