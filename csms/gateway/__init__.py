"""Chargers' WebSockets: serve() accepts, authenticates and hands each connection to a Handler.

Called by the gateway actor, which brings the Handler. Knows no actor, no OCPP action and no database.
"""

from csms.gateway.auth import Known, Shown, Unknown
from csms.gateway.connection import Connection
from csms.gateway.errors import BadListener, BadPath, ConnectionClosed, GatewayError
from csms.gateway.listeners import Endpoint, Listener
from csms.gateway.options import Options
from csms.gateway.server import Gateway, Handler, Statistics, serve
from csms.gateway.tls import Files, Tls, server_context

__all__ = [
    "BadListener",
    "BadPath",
    "Connection",
    "ConnectionClosed",
    "Endpoint",
    "Files",
    "Gateway",
    "GatewayError",
    "Handler",
    "Known",
    "Listener",
    "Options",
    "Shown",
    "Statistics",
    "Tls",
    "Unknown",
    "serve",
    "server_context",
]
