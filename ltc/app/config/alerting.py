"""What cannot be right in the alerts of a hub: secrets in the open, channels that there are not, mails without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.config.files import node_at
from ltc.app.config.references import REMEDY, reference
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.app.config.alert_settings import AlertSettings
    from ltc.core.errors import Fault
    from ltc.core.yamlfile import Node


def alert_faults(node: Node, alerts: AlertSettings) -> Iterator[Fault]:
    """Find them; ``node`` is hub.yaml."""
    yield from _open_secrets(node, alerts)
    for name, channel in alerts.channels.items():
        path = ("alerts", "channels", name)
        if channel.email and not alerts.mail.host:
            message = f"The channel {name!r} sends mails, and no mail server is named."
            yield node_at(node, *path, "email").fault(
                "alert.no_mail_server", message, "Name one as `alerts.mail.host`.", path=".".join((*path, "email"))
            )
        if not channel.email and not channel.slack and not channel.webhook:
            message = f"The channel {name!r} leads to nobody."
            yield node_at(node, *path).fault(
                "alert.empty_channel", message, "Give it `email`, `slack` or `webhook`.", path=".".join(path)
            )
    for rule in type(alerts.rules).model_fields:
        for place, name in enumerate(getattr(alerts.rules, rule).to):
            if name not in alerts.channels:
                at = f"alerts.rules.{rule}.to[{place}]"
                remedy = did_you_mean(name, alerts.channels) or f"Channels are: {', '.join(alerts.channels) or 'none yet'}."
                found = node_at(node, "alerts", "rules", rule, "to", place)
                yield found.fault("alert.unknown_channel", f"There is no channel {name!r}.", remedy, path=at)


def _open_secrets(node: Node, alerts: AlertSettings) -> Iterator[Fault]:
    """Find what must be a reference: passwords, and addresses, since whoever knows one may use it."""
    said: list[tuple[tuple[str, ...], str]] = [
        (("alerts", "mail", "password"), alerts.mail.password), (("alerts", "heartbeat"), alerts.heartbeat),
    ]  # fmt: skip
    for name, channel in alerts.channels.items():
        said += [(("alerts", "channels", name, key), getattr(channel, key)) for key in ("slack", "webhook", "secret")]
    for path, value in said:
        if value and reference(value) is None:
            message = f"`{path[-1]}` holds a secret in the open."
            yield node_at(node, *path).fault("secret.literal", message, REMEDY, path=".".join(path))
