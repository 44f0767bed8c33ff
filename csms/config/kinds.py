"""How a setting is read from text: what a kind allows, and the words that some settings choose between."""

from __future__ import annotations

import ipaddress
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from csms.domain.identity import ALL, Meaning

T = TypeVar("T")
_STAFF = frozenset({"admin", "operations", "support", "finance"})
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class UnknownChargers(StrEnum):
    """What happens to a charger that nobody registered."""

    REJECT = "reject"
    PENDING = "pending"
    ACCEPT = "accept"


class ConcurrentSessions(StrEnum):
    """What happens to a start with a token that runs another session already."""

    REFUSE = "refuse"
    ALLOW = "allow"


class Registration(StrEnum):
    """Whether drivers may make accounts themselves."""

    OPEN = "open"
    CLOSED = "closed"


class PaymentProvider(StrEnum):
    """Who holds and takes the money of those who pay."""

    EMBEDDED = "embedded"
    STRIPE = "stripe"


class AdHoc(StrEnum):
    """Who may pay without an account."""

    ANYBODY = "anybody"
    CODE = "code"
    OFF = "off"


class Language(StrEnum):
    """What mails may be written in."""

    ENGLISH = "en"
    HINDI = "hi"
    GERMAN = "de"


@dataclass(frozen=True)
class Kind(Generic[T]):
    """Reads a value from text. `allowed` completes "must be ..."; `read` raises ValueError for anything else."""

    allowed: str
    read: Callable[[str], T]


def _number(of: Callable[[str], T], least: float, allowed: str, most: float = 2**53) -> Kind[T]:
    def read(text: str) -> T:
        value = of(text)
        if not least <= float(value) <= most:  # type: ignore[arg-type]
            raise ValueError
        return value

    return Kind(allowed, read)


def _text(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part, strict=False) for part in _parts(text))


def _roles(text: str) -> tuple[str, ...]:
    if not set(found := _parts(text)) <= _STAFF | {"driver"}:
        raise ValueError
    return found


def _issuer(text: str) -> str:
    parts = urllib.parse.urlsplit(text)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if _url(text) and parts.scheme == "http" and not here:
        raise ValueError
    return text  # a slash at the end belongs to it


def _meanings(means: Callable[[str], bool]) -> Callable[[str], tuple[Meaning, ...]]:
    def read(text: str) -> tuple[Meaning, ...]:
        found = tuple(Meaning(group, meaning) for group, _, meaning in (part.rpartition("=") for part in _parts(text)))
        if not all(each.group and means(each.means) for each in found):
            raise ValueError
        return found

    return read


def _is_place(text: str) -> bool:
    kind, _, name = text.partition(":")
    return text == ALL or (kind in ("station", "network") and bool(name))


def _name(text: str) -> str:
    if not 1 <= len(text) <= 50 or not text.isprintable():
        raise ValueError
    return text


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError
    return text.upper()


def _url(text: str) -> str:
    parts = urllib.parse.urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or " " in text:
        raise ValueError
    return text.rstrip("/")


def _relay(text: str) -> str:
    parts = urllib.parse.urlsplit(text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.port == 0:
        raise ValueError
    return text


def _email(text: str) -> str:
    name, at, domain = text.partition("@")
    if not (name and at and domain) or " " in text:
        raise ValueError
    return text


def optional(kind: Kind[T]) -> Kind[T | None]:
    return Kind(f"{kind.allowed}, or empty for none", lambda text: kind.read(text) if text else None)


PATH: Kind[Path] = Kind("a path", lambda text: Path(_text(text)))
PATHS: Kind[tuple[Path, ...]] = Kind("paths, separated by commas", lambda text: tuple(map(Path, _parts(text))))
NAME = Kind("a name of at most 50 characters", _name)
HOST = Kind("a host name or address", _text)
HOSTS = Kind("host names or addresses, separated by commas", _parts)
PORT = _number(int, 0, "a port, 0 (picks a free one) to 65535", 65535)
COUNT = _number(int, 1, "a whole number, 1 or more")
BYTES = _number(int, 65536, "a number of bytes, 65536 or more")
SECONDS = _number(float, 0.001, "a number of seconds above 0")
SECONDS_OR_OFF = _number(float, 0, "a number of seconds, or 0 for off")
RATE = _number(float, 0, "a number a second, or 0 for no limit")
URL = Kind("a URL such as https://csms.example.com", _url)
LEVEL = Kind("DEBUG, INFO, WARNING or ERROR", _level)
NETWORKS: Kind[tuple[Network, ...]] = Kind("addresses or networks like 10.0.0.0/8, separated by commas", _networks)
UNKNOWN = Kind("reject, pending or accept", UnknownChargers)
CONCURRENT = Kind("refuse or allow", ConcurrentSessions)
REGISTRATION = Kind("open or closed", Registration)
PROVIDER = Kind("embedded or stripe", PaymentProvider)
AD_HOC = Kind("anybody, code or off", AdHoc)
EMAIL = Kind("an email address", _email)
ROLES = Kind("roles (admin, operations, support, finance, driver), separated by commas", _roles)
ISSUER = Kind("a URL of https (http on this machine only)", _issuer)
TEXT = Kind("a text", _text)
STAFF_OF_GROUPS = Kind(
    "GROUP=admin, operations, support or finance, separated by commas", _meanings(_STAFF.__contains__)
)
PLACES_OF_GROUPS = Kind("GROUP=station:ID, GROUP=network:ID or GROUP=all, separated by commas", _meanings(_is_place))
SECRET = Kind("a password", _text)
RELAY = Kind("smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465", _relay)
LANGUAGE = Kind("en, hi or de", Language)
