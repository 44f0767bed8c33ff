"""The API as a program uses it: one kept connection, signed in as the administrator."""

import http.client
import json
import urllib.parse
from typing import Any, Self

from scripts.benchmarks import _servers


class Refused(ConnectionError):
    """The server answered, and not with what was asked for."""


class Api:
    """A context manager. Blocks: call it from a thread where a loop runs."""

    def __init__(self, server: _servers.Server) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.http).netloc, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        token = self.post("/login", {"email": _servers.ADMIN, "password": _servers.PASSWORD})["token"]
        self._headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:
        """What is there. Raises Refused."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the answer holds. Raises Refused."""
        return self._ask("POST", path, json.dumps(body))

    def open(self, path: str) -> http.client.HTTPResponse:
        """The answer at a path from the root, unread, over a new connection."""
        self._connection.close()
        self._connection.request("GET", path, headers=self._headers)
        return self._connection.getresponse()

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        self._connection.request(method, f"/api/v1{path}", body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise Refused(f"{path}: {answer.status} {content.decode()}")
        return json.loads(content)
