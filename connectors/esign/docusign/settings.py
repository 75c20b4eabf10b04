"""What an admin sets for one DocuSign account."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class DocusignSettings(BaseModel):
    """Address of the account server, credentials, and where the hub's keys are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(
        description="The account server: https://account.docusign.com, or https://account-d.docusign.com for demo accounts.",
        pattern=r"^https?://",
    )
    integration_key: str = Field(description="The application's integration key (client id).")
    user_id: str = Field(description="GUID of the user whom the application acts for.")
    private_key: SecretStr = Field(description="The application's RSA key in PEM form.")
    account_id: str = Field("", description="GUID of the account; the user's default account if left out.")
    audience: str = Field("", description="Who the assertion is for; the account server's host name if left out.")
    webhook_secret: tuple[SecretStr, ...] = Field(
        (), description="HMAC key of Connect; a list of several while one replaces another."
    )
    template_id: str = Field("", description="The template of requests that name none.")
    hub_key_field: str = Field("ltc_id", description="Envelope custom field that holds the hub's id.", min_length=1)
    short_key_field: str = Field("ltc_key", description="Envelope custom field that holds the hub's short key.", min_length=1)
    template_field: str = Field(
        "ltc_template", description="Envelope custom field that says which template was used.", min_length=1
    )
    void_reason: str = Field("Withdrawn by the sender.", description="What signers read if no reason is given.", min_length=1)
    overlap_seconds: float = Field(300.0, ge=0, description="How far back each run reads again, for changes that showed late.")
    open_days: int = Field(
        180, ge=1, description="How old an open envelope may be whose recipients are still followed by a sweep."
    )
    connect_timeout: float = Field(10.0, gt=0, description="Seconds to reach the server.")
    read_timeout: float = Field(60.0, gt=0, description="Seconds between two bytes of an answer.")

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def several(cls, keys: object) -> object:
        """Take a single key as well as a list."""
        return (keys,) if isinstance(keys, str | SecretStr) else keys

    @field_validator("webhook_secret")
    @classmethod
    def filled(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """Refuse an empty key: anybody could sign with it."""
        if any(not key.get_secret_value() for key in keys):
            raise ValueError("a key of Connect is empty; write it as ${env:NAME}.")
        return keys
