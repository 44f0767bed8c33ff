"""The settings of a server: flags over environment over csms.toml over defaults.

`Settings` is the one table: each field declares its default, its kind and its help, and from it come the flags, the
environment's names, `csms config` and the table in README. Called by the command line and the composition root, which
pass the result on; nothing here is global, and nothing else reads the environment.
"""

# ruff: noqa: RUF009  (a field's declaration is a call, made once)

from __future__ import annotations

import argparse
import dataclasses
import difflib
import ipaddress
import tomllib
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_FILE = Path("csms.toml")
PREFIX = "CSMS_"
MASK = "********"


class BadSetting(Exception):
    """Settings that cannot be used. `problems` has a line each: which one, what was given where, what is allowed."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UnknownChargers(StrEnum):
    """What happens to a charger that nobody registered."""

    REJECT = "reject"
    PENDING = "pending"
    ACCEPT = "accept"


class ConcurrentSessions(StrEnum):
    """What happens to a start with a token that runs another session already."""

    REFUSE = "refuse"
    ALLOW = "allow"


# -- Kinds: how a setting is read from text ---------------------------------------------------------------------------


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


def _email(text: str) -> str:
    name, at, domain = text.partition("@")
    if not (name and at and domain) or " " in text:
        raise ValueError
    return text


def _optional(kind: Kind[T]) -> Kind[T | None]:
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


# -- The table --------------------------------------------------------------------------------------------------------


def _setting(default: T, kind: Kind[T], help: str, *, secret: bool = False) -> T:
    metadata = {"kind": kind, "help": help, "secret": secret}
    declared: T = field(default=default, repr=not secret, metadata=metadata)
    return declared


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, read and checked. `sources` tells where each value came from."""

    data: Path = _setting(Path("data"), PATH, "Directory of the database, its lock and its archive")
    http_host: str = _setting("127.0.0.1", HOST, "Address of the API and the pages")
    http_port: int = _setting(8000, PORT, "Port of the API and the pages")
    http_connections: int = _setting(1000, COUNT, "HTTP connections at a time, event streams included; the others wait")
    http_idle_timeout: float = _setting(
        10.0, SECONDS, "Seconds that an HTTP connection may be idle; a proxy in front should give up sooner"
    )
    ocpp_host: str = _setting("127.0.0.1", HOST, "Address that chargers connect to")
    ocpp_port: int = _setting(9000, PORT, "Port for chargers without TLS (ws)")
    ocpps_port: int | None = _setting(None, _optional(PORT), "Port for chargers with TLS (wss), beside the plain one")
    tls_certificate: tuple[Path, ...] = _setting(
        (), PATHS, "Certificate chains for wss (PEM), one for each kind of key; none: those of csms pki init"
    )
    tls_key: tuple[Path, ...] = _setting((), PATHS, "Private keys of those certificates (PEM), in the same order")
    tls_client_ca: tuple[Path, ...] = _setting(
        (), PATHS, "Authorities beside our own that may sign chargers' certificates (PEM)"
    )
    tls_client_crl: tuple[Path, ...] = _setting((), PATHS, "Lists of certificates that those revoked (PEM)")
    contract_ca: tuple[Path, ...] = _setting(
        (), PATHS, "Roots of mobility operators whose contract certificates may charge (PEM)"
    )
    operator_name: str = _setting("CSMS", NAME, "The operator, as the organisation in chargers' certificates")
    certificate_days: int = _setting(365, COUNT, "Days that a certificate lives which we sign for a charger")
    certificate_renewal_days: int = _setting(
        30, COUNT, "Days before its end that a charger is asked to have its certificate renewed"
    )
    unknown_chargers: UnknownChargers = _setting(
        UnknownChargers.REJECT,
        UNKNOWN,
        "Chargers that nobody registered: refuse with 404, let in as pending, or accept",
    )
    concurrent_sessions: ConcurrentSessions = _setting(
        ConcurrentSessions.REFUSE, CONCURRENT, "A token that charges already: refuse to start another session, or allow"
    )
    frame_rate_limit: float = _setting(
        50.0, RATE, "Frames of up to 4 KiB a second that a charger may send; more are slowed, not lost"
    )
    message_limit: int = _setting(2**20, BYTES, "Largest message of a charger, in bytes")
    ping_interval: float = _setting(30.0, SECONDS_OR_OFF, "Seconds between pings to a charger")
    offline_after: float = _setting(90.0, SECONDS_OR_OFF, "Seconds without a sign of life until a charger is offline")
    handshake_timeout: float = _setting(10.0, SECONDS, "Seconds that a charger may take to connect")
    handshake_rate: float = _setting(300.0, RATE, "Chargers let in a second; the others wait their turn")
    heartbeat_interval: int = _setting(300, COUNT, "Seconds between heartbeats, told to chargers at boot")
    sample_interval: int = _setting(60, COUNT, "Seconds between meter samples while charging")
    command_timeout: float = _setting(30.0, SECONDS, "Seconds that a charger may take to answer a command")
    trusted_proxies: tuple[Network, ...] = _setting(
        (), NETWORKS, "Balancers whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    public_url: str | None = _setting(
        None, _optional(URL), "Where chargers reach the HTTP port to fetch firmware and send logs"
    )
    file_hosts: tuple[str, ...] = _setting(
        ("*",), HOSTS, "Where chargers may be sent for files besides here; * = any public host, *.NAME = all below it"
    )
    upload_limit: int = _setting(100_000_000, BYTES, "Largest file that a charger may upload, in bytes")
    upload_timeout: float = _setting(900.0, SECONDS, "Seconds that the upload of a file may take")
    firmware_limit: int = _setting(1_000_000_000, BYTES, "Largest firmware file in the catalogue, in bytes")
    upload_days: int = _setting(30, COUNT, "Days that uploaded files are kept")
    admin_email: str | None = _setting(None, _optional(Kind("an email address", _email)), "The first admin's address")
    admin_password: str | None = _setting(
        None, _optional(Kind("a password", _text)), "The first admin's password, else a one-time one", secret=True
    )
    log_level: str = _setting("INFO", LEVEL, "Least important log records that are written")
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if problems := [*_contradictions(self)]:
            raise BadSetting(problems)


@dataclass(frozen=True)
class Row:
    """A setting as documented. `flag` is None where a value on the command line would be seen by others."""

    name: str
    default: str
    allowed: str
    help: str
    secret: bool

    @property
    def env(self) -> str:
        """Its environment variable: CSMS_HTTP_PORT."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str | None:
        """Its flag: --http-port."""
        return None if self.secret else "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Effective:
    """A setting as it is: its value as text, masked where it is a secret, and where that came from."""

    name: str
    value: str
    source: str


def table() -> tuple[Row, ...]:
    """Every setting, in the order of the documentation."""
    return tuple(
        Row(each.name, _shown(each.default), _kind(each).allowed, each.metadata["help"], each.metadata["secret"])
        for each in _fields()
    )


def load(
    flags: Mapping[str, str | None], environ: Mapping[str, str], toml_path: Path | None = DEFAULT_FILE
) -> Settings:
    """Read all settings. `flags` by name (`http_port`), None where not given; no file is read where the path is None.

    A missing csms.toml is no mistake, any other missing file is. Raises BadSetting with all problems at once.
    """
    given = {each.name: [*_given(each.name, flags, environ)] for each in _fields()}
    in_file, problems = ({}, []) if toml_path is None else _file(toml_path)
    values: dict[str, Any] = {}
    sources = dict.fromkeys(given, "default")
    for each in _fields():
        found = [*given[each.name], *in_file.get(each.name, [])]
        if not found:
            continue
        source, text = found[0]
        try:
            values[each.name] = _kind(each).read(text.strip())
            sources[each.name] = source
        except ValueError:
            problems.append(_problem(each, text, source))
    if problems:
        raise BadSetting(problems)
    return Settings(**values, sources=sources)


def effective(settings: Settings) -> tuple[Effective, ...]:
    """What `csms config` prints."""
    return tuple(
        Effective(
            each.name,
            _masked(each, _shown(getattr(settings, each.name))),
            settings.sources.get(each.name, "default"),
        )
        for each in _fields()
    )


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like settings and are none, with the name that was probably meant: worth a warning."""
    known = {row.env for row in table()}
    strangers = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return tuple(name + _meant(name, known) for name in strangers)


def markdown() -> str:
    """The table in README."""
    rows = [
        f"| `{row.env}` | {f'`{row.flag}`' if row.flag else ''} | {f'`{row.default}`' if row.default else ''} "
        f"| {row.help}: {row.allowed} |"
        for row in table()
    ]
    return "\n".join(["| environment | flag | default | |", "|---|---|---|---|", *rows, ""])


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand a flag for each setting; `vars()` of what it parses is fit for load()."""
    for row in table():
        if row.flag is not None:
            shown = f"{row.help} (default: {row.default or 'none'})".replace("%", "%%")
            parser.add_argument(row.flag, dest=row.name, metavar=row.name.rsplit("_", 1)[-1].upper(), help=shown)


# -- Reading ----------------------------------------------------------------------------------------------------------


def _given(name: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(source, text), the strongest first."""
    flag, variable = flags.get(name), PREFIX + name.upper()
    if flag is not None:
        yield f"flag --{name.replace('_', '-')}", flag
    if variable in environ:
        yield f"environment {variable}", environ[variable]


def _file(path: Path) -> tuple[dict[str, list[tuple[str, str]]], list[str]]:
    """(what the file sets, problems)."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except FileNotFoundError as error:
        return {}, [] if path == DEFAULT_FILE else [f"{path}: {error.strerror}"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [f"{path}: cannot be read: {error}"]
    names = {each.name for each in _fields()}
    problems = [f"{path}: there is no setting {name}{_meant(name, names)}" for name in content if name not in names]
    return {name: [(str(path), _as_text(value))] for name, value in content.items() if name in names}, problems


def _as_text(value: object) -> str:
    """TOML's numbers and lists as the text that a flag would have."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _problem(each: dataclasses.Field[Any], text: str, source: str) -> str:
    return f"{each.name} must be {_kind(each).allowed}, not {_masked(each, text)!r} (from {source})"


def _contradictions(settings: Settings) -> Iterator[str]:
    def of(name: str) -> str:
        return f"{name} (from {settings.sources.get(name, 'default')})"

    if len(settings.tls_certificate) != len(settings.tls_key):
        yield f"{of('tls_certificate')} and {of('tls_key')} need each other: as many keys as certificates"
    if settings.certificate_renewal_days >= settings.certificate_days:
        yield f"{of('certificate_renewal_days')} must be less than {of('certificate_days')}"
    if 0 < settings.offline_after <= settings.ping_interval:
        yield f"{of('offline_after')} must be longer than {of('ping_interval')}, or every quiet charger is offline"
    if settings.admin_password is not None and settings.admin_email is None:
        yield f"{of('admin_password')} needs admin_email"


# -- Showing ----------------------------------------------------------------------------------------------------------


def _fields() -> Iterator[dataclasses.Field[Any]]:
    return (each for each in dataclasses.fields(Settings) if each.metadata)


def _kind(each: dataclasses.Field[Any]) -> Kind[Any]:
    kind: Kind[Any] = each.metadata["kind"]
    return kind


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _masked(each: dataclasses.Field[Any], text: str) -> str:
    return MASK if each.metadata["secret"] and text else text


def _meant(name: str, known: set[str]) -> str:
    # The prefix, which all variables share, would make everything look close.
    own = {each.removeprefix(PREFIX): each for each in known}
    close = [own[match] for match in difflib.get_close_matches(name.removeprefix(PREFIX), own, 1)]
    return f"; did you mean {close[0]}?" if close else ""
