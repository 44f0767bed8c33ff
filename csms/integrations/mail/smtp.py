"""Hands a message to the operator's mail relay: smtplib, in a thread of the caller's, with a limit on every step.

    MailError
    ├── Refused        the relay will not take this mail, however often it is asked
    └── NotSent        it could not be handed over now

smtp:// is encrypted by STARTTLS where the relay offers it, and must be before a password is sent; smtps:// is always.
"""

import contextlib
import smtplib
import ssl
import urllib.parse
from collections.abc import Iterator
from email.message import EmailMessage

SECONDS = 20.0
"""For each step: connecting, each command, each answer."""
PORTS = {"smtp": 587, "smtps": 465}


class MailError(Exception):
    """A mail that was not taken; the text says why, without passwords."""


class Refused(MailError):
    """The relay will never take this mail: there is no such address, say."""


class NotSent(MailError):
    """It could not be handed over now."""


def send(url: str, message: EmailMessage, trusted: ssl.SSLContext | None = None) -> None:
    """Hand over one message; `trusted` says whose certificates are good. Raises Refused, NotSent."""
    try:
        with _connected(url, trusted or ssl.create_default_context()) as relay:
            relay.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        ((code, text),) = list(error.recipients.values())[:1]
        raise (Refused if code >= 500 else NotSent)(_told(code, text)) from error
    except smtplib.SMTPAuthenticationError as error:  # the operator's fault, which can be mended
        raise NotSent(_told(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        permanent = error.smtp_code >= 500 and isinstance(error, smtplib.SMTPDataError)
        raise (Refused if permanent else NotSent)(_told(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _connected(url: str, trusted: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    made: smtplib.SMTP
    if parts.scheme == "smtps":
        made = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=trusted)
    else:
        made = smtplib.SMTP(host, port, timeout=SECONDS)
    with made as relay:
        relay.ehlo_or_helo_if_needed()
        encrypted = parts.scheme == "smtps"
        if not encrypted and relay.has_extn("starttls"):
            relay.starttls(context=trusted)
            relay.ehlo()
            encrypted = True
        if parts.username is not None:
            if not encrypted:
                raise NotSent("the relay offers no STARTTLS, and a password is never sent in clear")
            relay.login(urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
        yield relay


def _told(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"the relay said {code} {said}"
