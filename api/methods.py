"""HEAD and OPTIONS of every route: Litestar knows no HEAD of a GET, and its OPTIONS tells of one handler only."""

from typing import Any

import trio
from litestar.types import Message, Scope

from api import permissions


def answering_head(app: Any) -> Any:
    """An ASGI app that answers HEAD like GET, without the body. Untyped: both servers' ASGI types fit nothing else."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return
        answered = trio.CancelScope()

        async def head_only(message: Any) -> None:
            if message["type"] == "http.response.start" and not answered.cancel_called:
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                answered.cancel()  # an event stream would go on for ever

        with answered:
            await app({**scope, "method": "GET"}, receive, head_only)

    return asgi


async def name_all(message: Message, scope: Scope) -> None:
    """Litestar's hook before a message is sent: what OPTIONS and a 405 allow."""
    if message["type"] != "http.response.start":
        return
    headers = list(message["headers"])
    for index, (name, value) in enumerate(headers):
        if name.lower() == b"allow":
            told = {method.strip() for method in value.decode().split(",")}
            template = scope.get("path_template") if scope.get("method") == "OPTIONS" else None
            headers[index] = (name, ", ".join(allowed(told | permissions.methods(template))).encode())
    message["headers"] = headers


def allowed(methods: set[str]) -> list[str]:
    """These methods and what comes with them, in order."""
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))
