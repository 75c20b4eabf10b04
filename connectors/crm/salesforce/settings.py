"""What an admin sets for one Salesforce org."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class SalesforceSettings(BaseModel):
    """Address, credentials and manners of one org."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="My Domain address, such as https://acme.my.salesforce.com.", pattern=r"^https?://")
    auth: Literal["client_credentials", "jwt"] = Field("client_credentials", description="How the connected app signs in.")
    client_id: str = Field(description="Consumer key of the connected app.")
    client_secret: SecretStr | None = Field(None, description="Consumer secret, for client_credentials.")
    username: str = Field("", description="Integration user, for jwt.")
    private_key: SecretStr | None = Field(None, description="RSA key in PEM form whose certificate the app holds, for jwt.")
    audience: str = Field(
        "https://login.salesforce.com", description="Who the assertion is for; https://test.salesforce.com in a sandbox."
    )
    api_version: str = Field("62.0", description="Version of the API.", pattern=r"^\d+\.0$")
    client_name: str = Field("ltc-hub", description="Name under which change events show our writes.")
    allow_duplicates: bool = Field(default=False, description="Save records although a duplicate rule warns.")
    bulk_threshold: int = Field(2000, ge=1, description="More rows than this in one batch are written by Bulk API 2.0.")
    bulk_read_threshold: int = Field(
        50_000, ge=1, description="More changed rows than this are read by Bulk API 2.0, if no child rows are read."
    )
    overlap_seconds: float = Field(300.0, ge=0, description="How far back each run reads again, for commits that showed late.")
    connect_timeout: float = Field(10.0, gt=0, description="Seconds to reach the server.")
    read_timeout: float = Field(120.0, gt=0, description="Seconds between two bytes of an answer.")
    lock_retries: int = Field(4, ge=0, description="How often rows that others hold locked are sent again at once.")
    poll_seconds: float = Field(2.0, gt=0, description="Pause between two looks at a bulk job.")
    job_timeout: float = Field(600.0, gt=0, description="How long a bulk job may take before its outcome counts as unknown.")

    @model_validator(mode="after")
    def complete(self) -> SalesforceSettings:
        """Insist on what the way of signing in needs."""
        if self.auth == "client_credentials" and self.client_secret is None:
            raise ValueError("client_secret is needed for auth: client_credentials; write it as ${env:NAME}.")
        if self.auth == "jwt" and (self.private_key is None or not self.username):
            raise ValueError("private_key and username are needed for auth: jwt.")
        return self
