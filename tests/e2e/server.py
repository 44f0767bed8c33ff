"""`csms serve` as a process: started on free ports, killed, started again on the same ports and data, stopped.

Used by the end-to-end tests. Everything else about it they learn as anybody would: over HTTP and from `csms` commands.
"""

import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from tests.e2e import lines

CSMS = pathlib.Path(sys.executable).with_name("csms")
EMAIL, PASSWORD = "admin@example.com", "a long password for the tests"
READY = re.compile(r"ready http=(?P<http>\S+) ocpp=(?P<ocpp>\S+)")


class Server:
    """A data directory, and the process that serves it, with these `flags` besides."""

    def __init__(
        self, data: pathlib.Path, settings: Mapping[str, str] | None = None, flags: Sequence[str] = ()
    ) -> None:
        self.data = data
        self._flags = tuple(flags)
        self._settings = dict(settings or {})
        self._process: lines.Program | None = None
        self._ports = ("0", "0")
        self.http_url = self.ocpp_url = ""
        self.api = httpx.Client()

    def start(self) -> None:
        """Serve; back when it is ready. A later start takes the ports of the first."""
        self.spawn()
        self.ready()

    def spawn(self, *program: str) -> None:
        """Begin to serve, with this `program` instead of `csms`; nobody waits."""
        http_port, ocpp_port = self._ports
        arguments = [
            "serve",
            "--data",
            str(self.data),
            "--http-port",
            http_port,
            "--ocpp-port",
            ocpp_port,
            *self._flags,
        ]
        program = program or (str(CSMS),)
        self._process = lines.Program(
            [*program, *arguments], env=self._environment(), log=self.data.with_suffix(".log")
        )

    def ready(self) -> None:
        """Wait until it serves, and sign in."""
        assert self._process is not None
        ready = self._process.wait_for(lambda line: READY.search(line))
        self.http_url, self.ocpp_url = ready["http"], ready["ocpp"]
        self._ports = (str(httpx.URL(self.http_url).port), str(httpx.URL(self.ocpp_url).port))
        self._login()

    def kill(self) -> None:
        """kill -9: nothing is said goodbye to."""
        assert self._process is not None
        self._process.end(signal.SIGKILL)

    def ended(self) -> int:
        """Wait until it ends by itself; the exit code."""
        assert self._process is not None
        return self._process.ended()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        return self._process.end(signal.SIGTERM)

    def close(self) -> None:
        """Leave nothing behind."""
        self.api.close()
        if self._process is not None:
            self._process.end(signal.SIGKILL)

    # -- API -----------------------------------------------------------------------------------------------------------

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at this path of /api/v1."""
        return _json(self.api.get(path, params=query))

    def post(self, path: str, body: Any = None) -> Any:
        """What the API answers to this; an error is an AssertionError with the problem in it."""
        return _json(self.api.post(path, json=body))

    def install(self, *charger_ids: str, token: str = "TAG1") -> str:
        """A station with these chargers of two connectors each, and a token; gives the station's id."""
        station = self.post("/stations", {"name": "Depot", "address": "1 Quay", "city": "Rotterdam", "country": "NLD"})
        socket = {"standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE", "max_power_w": 22000}
        connectors = [{"id": number, **socket} for number in (1, 2)]
        for charger_id in charger_ids:
            self.post("/chargers", {"id": charger_id, "station_id": station["id"], "connectors": connectors})
        self.post("/tokens", {"id_token": token})
        return str(station["id"])

    def sessions(self, **query: Any) -> list[dict[str, Any]]:
        """All sessions, as the list shows them."""
        return list(self.get("/sessions", limit=500, **query)["items"])

    def only_session(self, **query: Any) -> dict[str, Any]:
        """The one session that there must be, as `GET /sessions/{id}` shows it."""
        (listed,) = self.sessions(**query)
        shown: dict[str, Any] = self.get(f"/sessions/{listed['id']}")
        return shown

    # -- Commands ------------------------------------------------------------------------------------------------------

    def csms(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `csms` command on the data directory; it must succeed."""
        done = self.try_csms(*arguments)
        assert done.returncode == 0, f"csms {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    def try_csms(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `csms` command on the data directory."""
        return subprocess.run(
            [CSMS, *arguments],
            env=self._environment() | {"CSMS_DATA": str(self.data)},
            cwd=self.data.parent,
            capture_output=True,
            text=True,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        return {**lines.environment(), "CSMS_ADMIN_EMAIL": EMAIL, "CSMS_ADMIN_PASSWORD": PASSWORD, **self._settings}

    def _login(self) -> None:
        self.api.close()
        self.api = httpx.Client(base_url=f"{self.http_url}/api/v1", timeout=30)
        token = self.post("/login", {"email": EMAIL, "password": PASSWORD})["token"]
        self.api.headers["Authorization"] = f"Bearer {token}"


@contextlib.contextmanager
def serving(data: pathlib.Path, *, flags: Sequence[str] = (), **settings: str) -> Iterator[Server]:
    """A running server that is gone afterwards."""
    server = Server(data, settings, flags)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _json(response: httpx.Response) -> Any:
    request = response.request
    assert response.is_success, f"{request.method} {request.url}: {response.status_code} {response.text}"
    return response.json()


def parsed(text: str) -> dict[str, Any]:
    """The one JSON object that a command printed."""
    value = json.loads(text)
    assert isinstance(value, dict), text
    return value
