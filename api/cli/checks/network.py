"""Checks of the ports: free, or held by the server of this very data directory."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from api.cli.checks import Finding, ok, problem
from csms import config
from csms.storage import control

_TIMEOUT_S = 3.0


def ports(settings: config.Settings) -> Iterator[Finding]:
    """Every port that the settings name."""
    own = _own_ports(settings)
    yield _port("http_port", settings.http_host, settings.http_port, ours=_answers(settings) and own is not None)
    yield _port("ocpp_port", settings.ocpp_host, settings.ocpp_port, ours=settings.ocpp_port in (own or ()))
    if settings.ocpps_port is not None:
        yield _port("ocpps_port", settings.ocpp_host, settings.ocpps_port, ours=settings.ocpps_port in (own or ()))


def _port(name: str, host: str, port: int, *, ours: bool) -> Finding:
    flag = f"--{name.replace('_', '-')}"
    if port == 0:
        return ok(name, "any free one")
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if ours:
            return ok(name, f"{host} port {port}: the running server's")
        advice = f"stop what uses it (ss -ltnp 'sport = :{port}' shows it), or choose another with {flag}"
        return problem(name, f"{host} port {port}: {error.strerror or error}", advice)
    return ok(name, f"{host} port {port} is free")


def _own_ports(settings: config.Settings) -> list[int] | None:
    """The ports for chargers of the server that runs on this data; None when none does."""
    try:
        status: dict[str, Any] = control.ask(settings.data, "server.status", {}, seconds=_TIMEOUT_S)
    except (control.NoServer, control.NoAnswer, control.Refused):
        return None
    found: list[int] = status["ocpp_ports"]
    return found


def _answers(settings: config.Settings) -> bool:
    """A server like this one is behind the HTTP port."""
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    url = f"http://{host}:{settings.http_port}/health/live"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            return bool(json.load(answer) == {"status": "live"})
    except (OSError, ValueError, urllib.error.URLError):
        return False
