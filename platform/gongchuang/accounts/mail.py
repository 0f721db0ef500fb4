"""Sending mail, by the server the settings name; without one it is printed to the terminal."""

import smtplib

from flask import current_app
from flask_mailman import EmailMessage

from gongchuang.accounts.sms import GatewayUnavailable, NotSent

FOR_GOOD = 500
"""From here on an SMTP reply says no for good (RFC 5321 §4.2.1)."""


def send(address: str, subject: str, body: str) -> None:
    """Send one mail. Raises NotSent where its server refuses it for good, GatewayUnavailable where it does not answer or asks for patience."""
    try:
        with current_app.extensions["mailman"].get_connection() as connection:  # closed after a refusal too, which `send` alone does not
            EmailMessage(subject=subject, body=body, to=[address], connection=connection).send()
    except OSError as error:  # what smtplib raises is among these
        if _reply_to_recipient(error) >= FOR_GOOD:
            raise NotSent(type(error).__name__) from error
        raise GatewayUnavailable(f"mail: {type(error).__name__}") from error


def _reply_to_recipient(error: OSError) -> int:
    """Return the server's reply to this mail or its recipient; 0 for every other trouble, such as a password it does not take."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min(code for code, _ in error.recipients.values())
    return error.smtp_code if isinstance(error, smtplib.SMTPDataError) else 0
