"""Sending SMS: a port with two senders, chosen by the setting `sms_sender`.

`ConsoleSender` prints to the terminal: the default, for one's own machine. `WebhookSender` posts to the operator's SMS gateway, signed by Standard
Webhooks (standardwebhooks.com), so that the gateway can tell it is us; the gateway's template and signature are its own affair.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

import click
import urllib3
from standardwebhooks import Webhook

from gongchuang.refusal import Unavailable
from gongchuang.settings import Settings

TOO_MANY, SERVER_ERROR = 429, 500


class NotSent(Exception):
    """The gateway refused a message for good."""


class GatewayUnavailable(Unavailable):
    """The gateway does not answer, or asks for patience."""


class SmsSender(Protocol):
    """Sends one short message."""

    def send(self, phone: str, text: str, **values: str) -> None:
        """Send `text` to `phone` (+86…). `values` are the message's variables, for gateways that fill templates. Raises NotSent, GatewayUnavailable."""


class ConsoleSender:
    """Prints to the terminal the program was started in."""

    def send(self, phone: str, text: str, **values: str) -> None:
        click.echo(f"[SMS] {phone}  {text}")


@dataclass(frozen=True)
class WebhookSender:
    """Posts `{"type": "sms.send", "timestamp", "data": {"phone", "text", …}}` to the gateway, signed; no redirect is followed."""

    url: str
    secret: str

    def send(self, phone: str, text: str, **values: str) -> None:
        moment, message_id = datetime.now(UTC), f"msg_{uuid4().hex}"
        body = json.dumps({"type": "sms.send", "timestamp": moment.isoformat(), "data": {"phone": phone, "text": text, **values}}, ensure_ascii=False)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message_id, moment, body),
        }
        try:
            answer = urllib3.request("POST", self.url, body=body.encode(), headers=headers, timeout=urllib3.Timeout(5.0), retries=False, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise GatewayUnavailable(f"SMS: {type(error).__name__}") from None
        if answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
            raise GatewayUnavailable(f"SMS: HTTP {answer.status}")
        if not 200 <= answer.status < 300:
            raise NotSent(f"HTTP {answer.status}")


_state: dict[str, SmsSender] = {}


def start(app: Any) -> None:
    """Choose the sender the settings name."""
    settings: Settings = app.config["SETTINGS"]
    if settings.sms_sender == "webhook":
        assert settings.sms_webhook_url
        assert settings.sms_webhook_secret
        _state["sender"] = WebhookSender(settings.sms_webhook_url, settings.sms_webhook_secret.get_secret_value())
    else:
        _state["sender"] = ConsoleSender()


def sender() -> SmsSender:
    return _state["sender"]


def use_sender(given: SmsSender) -> SmsSender:
    """Replace the sender; return the one before."""
    before = _state["sender"]
    _state["sender"] = given
    return before
