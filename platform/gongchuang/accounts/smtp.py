"""Flask-Mailman's way by SMTP, which checks a server's certificate on port 465 and not after STARTTLS; here after both."""

import smtplib
import ssl

from flask_mailman.backends import smtp


class Checked(smtplib.SMTP):
    """A connection that goes on after STARTTLS only with the server it was meant for. Own authorities are named by `SSL_CERT_FILE`."""

    def starttls(self, *, context: ssl.SSLContext | None = None) -> tuple[int, bytes]:  # type: ignore[override]  # what else Python 3.11 took is gone since 3.12
        return super().starttls(context=context or ssl.create_default_context())


class EmailBackend(smtp.EmailBackend):  # type: ignore[misc]
    """The same, with its STARTTLS checked."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return smtplib.SMTP_SSL if self.use_ssl else Checked
