"""`Settings`: the one table of what can be set. Each field declares its default, its kind and its help."""

# ruff: noqa: RUF009  (a field's declaration is a call, made once)

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from csms.config import kinds
from csms.config.kinds import Kind
from csms.domain.identity import Meaning

T = TypeVar("T")


class BadSetting(Exception):
    """Settings that cannot be used. `problems` has a line each: which one, what was given where, what is allowed."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def _setting(default: T, kind: Kind[T], help: str, *, secret: bool = False) -> T:
    metadata = {"kind": kind, "help": help, "secret": secret}
    declared: T = field(default=default, repr=not secret, metadata=metadata)
    return declared


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, read and checked. `sources` tells where each value came from."""

    data: Path = _setting(Path("data"), kinds.PATH, "Directory of the database, its lock and its archive")
    http_host: str = _setting("127.0.0.1", kinds.HOST, "Address of the API and the pages")
    http_port: int = _setting(8000, kinds.PORT, "Port of the API and the pages")
    http_connections: int = _setting(
        1000, kinds.COUNT, "HTTP connections at a time, event streams included; the others wait"
    )
    http_idle_timeout: float = _setting(
        10.0, kinds.SECONDS, "Seconds that an HTTP connection may be idle; a proxy in front should give up sooner"
    )
    ocpp_host: str = _setting("127.0.0.1", kinds.HOST, "Address that chargers connect to")
    ocpp_port: int = _setting(9000, kinds.PORT, "Port for chargers without TLS (ws)")
    ocpps_port: int | None = _setting(
        None, kinds.optional(kinds.PORT), "Port for chargers with TLS (wss), beside the plain one"
    )
    tls_certificate: tuple[Path, ...] = _setting(
        (), kinds.PATHS, "Certificate chains for wss (PEM), one for each kind of key; none: those of csms pki init"
    )
    tls_key: tuple[Path, ...] = _setting((), kinds.PATHS, "Private keys of those certificates (PEM), in the same order")
    tls_client_ca: tuple[Path, ...] = _setting(
        (), kinds.PATHS, "Authorities beside our own that may sign chargers' certificates (PEM)"
    )
    tls_client_crl: tuple[Path, ...] = _setting((), kinds.PATHS, "Lists of certificates that those revoked (PEM)")
    contract_ca: tuple[Path, ...] = _setting(
        (), kinds.PATHS, "Roots of mobility operators whose contract certificates may charge (PEM)"
    )
    operator_name: str = _setting("CSMS", kinds.NAME, "The operator, as the organisation in chargers' certificates")
    certificate_days: int = _setting(365, kinds.COUNT, "Days that a certificate lives which we sign for a charger")
    certificate_renewal_days: int = _setting(
        30, kinds.COUNT, "Days before its end that a charger is asked to have its certificate renewed"
    )
    unknown_chargers: kinds.UnknownChargers = _setting(
        kinds.UnknownChargers.REJECT,
        kinds.UNKNOWN,
        "Chargers that nobody registered: refuse with 404, let in as pending, or accept",
    )
    concurrent_sessions: kinds.ConcurrentSessions = _setting(
        kinds.ConcurrentSessions.REFUSE,
        kinds.CONCURRENT,
        "A token that charges already: refuse to start another session, or allow",
    )
    frame_rate_limit: float = _setting(
        50.0, kinds.RATE, "Frames of up to 4 KiB a second that a charger may send; more are slowed, not lost"
    )
    message_limit: int = _setting(2**20, kinds.BYTES, "Largest message of a charger, in bytes")
    ping_interval: float = _setting(30.0, kinds.SECONDS_OR_OFF, "Seconds between pings to a charger")
    offline_after: float = _setting(
        90.0, kinds.SECONDS_OR_OFF, "Seconds without a sign of life until a charger is offline"
    )
    handshake_timeout: float = _setting(10.0, kinds.SECONDS, "Seconds that a charger may take to connect")
    handshake_rate: float = _setting(300.0, kinds.RATE, "Chargers let in a second; the others wait their turn")
    heartbeat_interval: int = _setting(300, kinds.COUNT, "Seconds between heartbeats, told to chargers at boot")
    sample_interval: int = _setting(60, kinds.COUNT, "Seconds between meter samples while charging")
    command_timeout: float = _setting(30.0, kinds.SECONDS, "Seconds that a charger may take to answer a command")
    trusted_proxies: tuple[kinds.Network, ...] = _setting(
        (), kinds.NETWORKS, "Balancers whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    public_url: str | None = _setting(
        None,
        kinds.optional(kinds.URL),
        "Where the HTTP port is reached, by chargers for files and by people who open the links in mails",
    )
    file_hosts: tuple[str, ...] = _setting(
        ("*",),
        kinds.HOSTS,
        "Where chargers may be sent for files besides here; * = any public host, *.NAME = all below it",
    )
    call_hosts: tuple[str, ...] = _setting(
        ("*",), kinds.HOSTS, "What this server may call itself, likewise; private addresses by name only"
    )
    upload_limit: int = _setting(100_000_000, kinds.BYTES, "Largest file that a charger may upload, in bytes")
    upload_timeout: float = _setting(900.0, kinds.SECONDS, "Seconds that the upload of a file may take")
    firmware_limit: int = _setting(1_000_000_000, kinds.BYTES, "Largest firmware file in the catalogue, in bytes")
    upload_days: int = _setting(30, kinds.COUNT, "Days that uploaded files are kept")
    payment_provider: kinds.PaymentProvider = _setting(
        kinds.PaymentProvider.EMBEDDED, kinds.PROVIDER, "Who takes new payments: a test provider inside, or Stripe"
    )
    ad_hoc: kinds.AdHoc = _setting(
        kinds.AdHoc.ANYBODY,
        kinds.AD_HOC,
        "Who may pay without an account: whoever scans a QR code, only with a code that counts once, or nobody",
    )
    stripe_key: str | None = _setting(None, kinds.optional(kinds.SECRET), "Secret key of a Stripe account", secret=True)
    stripe_webhook_secret: str | None = _setting(
        None, kinds.optional(kinds.SECRET), "What Stripe signs its messages with", secret=True
    )
    stripe_url: str | None = _setting(None, kinds.optional(kinds.URL), "Another place than Stripe's own, for tests")
    reconciliation_interval: float = _setting(
        21600.0, kinds.SECONDS_OR_OFF, "Seconds between comparisons of our payments with a provider's list"
    )
    reconciliation_days: int = _setting(120, kinds.COUNT, "Days that those go back; people may ask for more")
    smtp_url: str | None = _setting(
        None, kinds.optional(kinds.RELAY), "The relay that mails leave by; without one they wait", secret=True
    )
    mail_from: str | None = _setting(None, kinds.optional(kinds.EMAIL), "The address that mails come from")
    mail_language: kinds.Language = _setting(
        kinds.Language.ENGLISH, kinds.LANGUAGE, "What mails are written in to people whose language is not known"
    )
    admin_email: str | None = _setting(None, kinds.optional(kinds.EMAIL), "The first admin's address")
    admin_password: str | None = _setting(
        None, kinds.optional(kinds.SECRET), "The first admin's password, else a one-time one", secret=True
    )
    lockout_failures: int = _setting(
        10, kinds.COUNT, "Wrong passwords for one email, from wherever, after which it is locked out"
    )
    lockout_minutes: int = _setting(
        15, kinds.COUNT, "Minutes that a lockout lasts, and within which wrong passwords count together"
    )
    driver_registration: kinds.Registration = _setting(
        kinds.Registration.OPEN, kinds.REGISTRATION, "Whether drivers may make accounts themselves, where mails leave"
    )
    invitation_days: int = _setting(7, kinds.COUNT, "Days that the link of an invitation works")
    password_reset_minutes: int = _setting(60, kinds.COUNT, "Minutes that the link to a new password works")
    registration_hours: int = _setting(
        24, kinds.COUNT, "Hours that an address may be confirmed; who registered and did not is forgotten"
    )
    require_second_factor: tuple[str, ...] = _setting(
        (), kinds.ROLES, "Who may do nothing but enrol a second factor until they have one"
    )
    openid_issuer: str | None = _setting(
        None, kinds.optional(kinds.ISSUER), "The OpenID Connect provider that people may sign in at"
    )
    openid_client_id: str | None = _setting(None, kinds.optional(kinds.TEXT), "This server's id there")
    openid_client_secret: str | None = _setting(
        None, kinds.optional(kinds.SECRET), "Its secret there; none where the provider asks for none", secret=True
    )
    openid_name: str = _setting("your organisation", kinds.NAME, "What the button says: Sign in with ...")
    openid_scope: str = _setting("openid email profile", kinds.TEXT, "What the provider is asked to tell")
    openid_claim: str = _setting("groups", kinds.TEXT, "The claim with somebody's groups; a.b is b inside of a")
    openid_roles: tuple[Meaning, ...] = _setting(
        (), kinds.STAFF_OF_GROUPS, "Roles of groups, the first that fits; none: people keep the role they have here"
    )
    openid_scopes: tuple[Meaning, ...] = _setting(
        (), kinds.PLACES_OF_GROUPS, "What of the network groups see; none: everybody all of it"
    )
    openid_new_users: tuple[str, ...] = _setting(
        (), kinds.HOSTS, "Email domains whose people are added at their first sign-in; * = all, none = nobody"
    )
    log_level: str = _setting("INFO", kinds.LEVEL, "Least important log records that are written")
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if problems := [*_contradictions(self)]:
            raise BadSetting(problems)


def fields() -> Iterator[dataclasses.Field[Any]]:
    return (each for each in dataclasses.fields(Settings) if each.metadata)


def kind_of(each: dataclasses.Field[Any]) -> Kind[Any]:
    kind: Kind[Any] = each.metadata["kind"]
    return kind


def _contradictions(settings: Settings) -> Iterator[str]:
    def of(name: str) -> str:
        return f"{name} (from {settings.sources.get(name, 'default')})"

    if len(settings.tls_certificate) != len(settings.tls_key):
        yield f"{of('tls_certificate')} and {of('tls_key')} need each other: as many keys as certificates"
    if settings.certificate_renewal_days >= settings.certificate_days:
        yield f"{of('certificate_renewal_days')} must be less than {of('certificate_days')}"
    if 0 < settings.offline_after <= settings.ping_interval:
        yield f"{of('offline_after')} must be longer than {of('ping_interval')}, or every quiet charger is offline"
    if settings.payment_provider is kinds.PaymentProvider.STRIPE and settings.stripe_key is None:
        yield f"{of('payment_provider')} needs stripe_key"
    if (settings.smtp_url is None) != (settings.mail_from is None):
        yield f"{of('smtp_url')} and {of('mail_from')} need each other"
    if (settings.openid_issuer is None) != (settings.openid_client_id is None):
        yield f"{of('openid_issuer')} and {of('openid_client_id')} need each other"
    if (settings.openid_new_users or settings.openid_scopes) and not settings.openid_roles:
        yield f"{of('openid_new_users')} and {of('openid_scopes')} need openid_roles"
    if settings.admin_password is not None and settings.admin_email is None:
        yield f"{of('admin_password')} needs admin_email"
