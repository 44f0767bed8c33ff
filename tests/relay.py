"""A mail relay of aiosmtpd's in a thread of its own: takes, refuses and encrypts as it is told."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

PASSWORD = b"s3cret word"


class Relay:
    """What came in; `answers` are given first, instead of "250 OK"."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.answers: list[str] = []
        self.unknown: set[str] = set()
        self.encrypted: list[bool] = []
        self.url = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        made = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.got.append(made)
        self.encrypted.append(session.ssl is not None)
        return self.answers.pop(0) if self.answers else "250 OK"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD
    return AuthResult(success=good, handled=False)


class _OnAnyPort(Controller):
    """aiosmtpd's looks whether it runs at the port that was asked for, which 0 is not."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def running(
    authority: trustme.CA | None = None, *, authenticates: bool = False, relay: Relay | None = None
) -> Iterator[Relay]:
    """A relay on a free port, this one if there is one; with an authority it offers STARTTLS."""
    relay = relay or Relay()
    more: dict[str, Any] = {}
    if authority is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(context)
        more = {"tls_context": context}
    if authenticates:
        more |= {"authenticator": _authenticate, "auth_require_tls": authority is not None}
    controller = _OnAnyPort(relay, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        relay.url = f"smtp://localhost:{controller.port}"
        yield relay
    finally:
        controller.stop()
