"""Sending: notices leave the outbox at least once; a mail server that is dead delays them, and never the hub."""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import requests
from sqlalchemy import func, select, update
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from ltc.app.config.references import UnresolvedError, reference
from ltc.app.engine.alerts import messages
from ltc.app.engine.context import instant
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.config import HubConfig
    from ltc.app.config.alert_settings import ChannelSettings
    from ltc.core.contract import Clock
    from ltc.core.store import Store

_LOG = logging.getLogger(__name__)

TRIES: Final = 3
"""Attempts at once; after that the notice waits."""

BACK_OFF: Final = (60, 120, 300, 600, 1800, 3600)
MOST_ATTEMPTS: Final = 30
"""About a day; what nobody could be told in it is told by `ltc status` alone."""

TAKEN_SECONDS: Final = 120
"""So long a notice belongs to the process that sends it."""

TIMEOUT: Final = 10.0


class UndeliveredError(Exception):
    """A notice could not be delivered; the message says why, without any address that is secret."""


class _PassingError(UndeliveredError):
    """It may well work in a moment."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Delivers what is in the outbox of a hub."""

    config: HubConfig
    store: Store
    clock: Clock

    def send_due(self) -> int:
        """Send what is due, and tell how many notices went out; what fails stays for later."""
        n, now = t.notice, instant(self.clock.now())
        with self.store.reading() as tx:
            due = select(n.c.id).where(n.c.state == "due", n.c.not_before <= now).order_by(n.c.id).limit(50)
            numbers = [int(number) for number in tx.execute(due).scalars()]
        return sum(self._send(number) for number in numbers)

    def _send(self, number: int) -> bool:
        n, now = t.notice, self.clock.now()
        taken = {"not_before": instant(now + timedelta(seconds=TAKEN_SECONDS)), "attempts": n.c.attempts + 1}
        with self.store.transaction() as tx:
            mine = update(n).where(n.c.id == number, n.c.state == "due", n.c.not_before <= instant(now)).values(**taken)
            if tx.execute(mine).rowcount != 1:
                return False
            channel, events, attempts = tx.execute(select(n.c.channel, n.c.events, n.c.attempts).where(n.c.id == number)).one()
        told = json.loads(events)
        way = next(iter({one.pop("way", "") for one in told}), "")
        try:
            self.deliver(channel, number, told, way)
        except UndeliveredError as fault:
            self._put_off(number, channel, int(attempts), str(fault))
            return False
        with self.store.transaction() as tx:
            tx.execute(update(n).where(n.c.id == number).values(state="sent", sent_at=instant(self.clock.now()), error=""))
        return True

    def _put_off(self, number: int, channel: str, attempts: int, why: str) -> None:
        pause = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
        values = {"not_before": instant(self.clock.now() + timedelta(seconds=pause)), "error": why}
        if attempts >= MOST_ATTEMPTS:
            values["state"] = "given_up"
        _LOG.warning("The channel %s could not be told (attempt %d): %s", channel, attempts, why)
        with self.store.transaction() as tx:
            tx.execute(update(t.notice).where(t.notice.c.id == number).values(**values))

    # -- one channel -------------------------------------------------------------------------------------------------

    def deliver(self, name: str, number: int, events: Sequence[dict[str, Any]], only: str = "") -> None:
        """Deliver to all that a channel leads to, or by one of its ways; raise UndeliveredError if that fails."""
        channel = self.config.settings.alerts.channels.get(name)
        if channel is None:
            msg = f"hub.yaml has no channel {name!r} any more"
            raise UndeliveredError(msg)
        pause = wait_random_exponential(multiplier=0.5, max=5)
        again = Retrying(
            stop=stop_after_attempt(TRIES), wait=pause, retry=retry_if_exception_type(_PassingError), sleep=self.clock.sleep,
            reraise=True,
        )  # fmt: skip
        for way, send in (("email", self._mail), ("slack", self._slack), ("webhook", self._webhook)):
            if only in {"", way}:
                again(send, channel, number, events)

    @property
    def _hub(self) -> str:
        return self.config.settings.title or self.config.tag

    def _mail(self, channel: ChannelSettings, number: int, events: Sequence[dict[str, Any]]) -> None:
        if not channel.email:
            return
        settings = self.config.settings.alerts.mail
        sender = settings.sender or settings.user or f"ltc-hub@{settings.host}"
        message = messages.mail(self._hub, number, events, sender, channel.email, self.clock.now())
        password = self._secret(settings.password)
        try:
            with self._connected() as server:
                if settings.user:
                    server.login(settings.user, password)
                server.send_message(message)
        except smtplib.SMTPResponseException as fault:
            kind = _PassingError if fault.smtp_code < 500 else UndeliveredError
            said = "the credentials" if isinstance(fault, smtplib.SMTPAuthenticationError) else "the mail"
            raise kind(f"The mail server {settings.host} refused {said} with {fault.smtp_code}.") from None
        except (smtplib.SMTPException, OSError) as fault:
            raise _PassingError(
                f"The mail server {settings.host}:{settings.port} does not take mails: {_short(fault)}."
            ) from None

    def _connected(self) -> smtplib.SMTP:
        settings = self.config.settings.alerts.mail
        if settings.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT)
        if settings.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _slack(self, channel: ChannelSettings, number: int, events: Sequence[dict[str, Any]]) -> None:
        del number
        if channel.slack:
            self._post(self._secret(channel.slack), messages.slack(self._hub, events), {})

    def _webhook(self, channel: ChannelSettings, number: int, events: Sequence[dict[str, Any]]) -> None:
        if not channel.webhook:
            return
        body = messages.document(self._hub, number, events)
        headers = {"LTC-Notice": str(number)}
        if channel.secret:
            at = int(self.clock.now().timestamp())
            headers["LTC-Signature"] = messages.signature(self._secret(channel.secret), at, body)
        self._post(self._secret(channel.webhook), body, headers)

    def _post(self, address: str, body: bytes, headers: dict[str, str]) -> None:
        """Post JSON; no message ever shows the address, since it lets in whoever knows it."""
        headers = {"Content-Type": "application/json", **headers}
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(address, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        except requests.ConnectionError as fault:
            raise _PassingError(f"The address does not answer ({type(fault).__name__}).") from None
        except (requests.RequestException, ValueError) as fault:
            raise UndeliveredError(f"The address cannot be called ({type(fault).__name__}).") from None
        if not answer.ok or answer.is_redirect:
            kind = _PassingError if answer.status_code >= 500 or answer.status_code == 429 else UndeliveredError
            raise kind(f"The address answered {answer.status_code}.")

    def beat(self) -> None:
        """Call the heartbeat's address, if there is one; whoever listens there misses it when the hub is dead."""
        said = self.config.settings.alerts.heartbeat
        if not said:
            return
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(self._secret(said), timeout=TIMEOUT)
        except (requests.RequestException, ValueError, UndeliveredError) as fault:
            _LOG.warning("The heartbeat could not be told: %s.", type(fault).__name__)
        else:
            if not answer.ok:
                _LOG.warning("The heartbeat's address answered %d.", answer.status_code)

    def _secret(self, said: str) -> str:
        wanted = reference(said)
        if wanted is None:
            return said
        try:
            return self.config.vault.resolve(wanted)
        except UnresolvedError as fault:
            raise UndeliveredError(f"{fault}.") from None


def _short(fault: Exception) -> str:
    return f"{type(fault).__name__}: {getattr(fault, 'strerror', None) or 'no answer'}"


def undelivered(store: Store) -> list[dict[str, Any]]:
    """Say which channels could not be told, since when, how often it was tried, and why."""
    n = t.notice
    with store.reading() as tx:
        rows = tx.execute(
            select(n.c.channel, func.count(), func.min(n.c.created_at), func.max(n.c.attempts), func.max(n.c.error))
            .where(n.c.state != "sent", n.c.error != "")
            .group_by(n.c.channel)
        ).all()
    names = ("channel", "notices", "since", "attempts", "error")
    return [dict(zip(names, row, strict=True)) for row in rows]
