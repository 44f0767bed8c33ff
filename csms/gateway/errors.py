"""What the gateway raises. Callers: whoever holds a Connection, and whoever starts the gateway.

GatewayError
|- ConnectionClosed     the socket is closed or closing; nothing more will be received or sent
|- BadPath              the request's path names no charger
`- BadListener          a listener cannot be opened; the message names the setting to change
"""


class GatewayError(Exception):
    """Everything that the gateway raises on purpose."""


class ConnectionClosed(GatewayError):
    """The socket is closed or closing. Stop using the connection; the charger will come back with a new one.

    `code` is the WebSocket close code (1006: it broke without one), `reason` the text beside it, from whichever side
    began.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the connection is closed: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class BadPath(GatewayError):
    """The path of an upgrade request names no charger; it is answered 404."""


class BadListener(GatewayError):
    """A listener cannot be opened: a busy or forbidden port, an unknown host, an unreadable certificate."""
