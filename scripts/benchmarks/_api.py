"""The API as a program uses it: one kept connection, signed in as the administrator."""

import http.client
import json
import urllib.parse
from typing import Any

from scripts.benchmarks import _servers


class Api:
    """Blocks: call it from a thread where a loop runs."""

    def __init__(self, server: _servers.Server) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.http).netloc, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        token = self.post("/login", {"email": _servers.ADMIN, "password": _servers.PASSWORD})["token"]
        self._headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the answer holds. Raises ConnectionError for a refusal."""
        self._connection.request("POST", f"/api/v1{path}", json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise ConnectionError(f"{path}: {answer.status} {content.decode()}")
        return json.loads(content)
