"""What a simulated charger is (fixed) and how it is set (what a central system may change).

`ChargerConfig` is given by whoever starts a charger. `Settings` are the charger's own variables, version-neutral:
the key table of an OCPP version maps its names onto them.
"""

import dataclasses
import urllib.parse

from csms.simulator import errors, meter

ATTEMPTS = 3
"""How often an address is tried before the next one."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChargerConfig:
    """One simulated charger. Times are real seconds here: the network does not run faster than it does."""

    id: str
    url: str
    """Address of the central system without the charger's id, for example ws://127.0.0.1:9000/ocpp."""
    protocol: str = "1.6"
    password: str | None = None
    """Sent as HTTP basic authentication with the id as the user; None sends no header."""
    connectors: int = 1
    connectors_per_evse: int = 1
    """Only one connector of an EVSE charges at a time. Only 2.x speaks of it; the last EVSE may have fewer."""
    max_power_w: float = 22_000.0
    meter_start_wh: int = 0
    profile: str = "steady"
    tokens: tuple[str, ...] = ("SIM-TOKEN",)
    sample_interval: int | None = None
    """Seconds of simulated time between samples; None leaves it to the charger's setting."""
    seed: int = 0
    drop_every: float | None = None
    """Mean time between links that drop at random; None = never on purpose."""
    response_timeout: float = 30.0
    manner: str = "good"
    """How it answers calls; see `manners`."""
    repeated: float = 0.0
    """Share of its records that it sends once more though they were answered."""
    swapped: float = 0.0
    """Share of the waiting records that it sends in the wrong order (2.x; in 1.6 a stop needs its start's answer)."""
    lost: float = 0.0
    """Share of the samples that it loses before they are sent, so that there are gaps."""
    late: float = 60.0
    """How late an answer of the manner `late` comes."""
    connect_timeout: float = 10.0
    backoff_min: float = 1.0
    backoff_max: float = 60.0
    start_delay: float = 0.0
    """Wait before the first connection, so that a fleet does not knock all at once."""
    vendor: str = "CSMS"
    model: str = "Simulator"
    firmware_version: str = "1.0.0"
    firmware_waits: bool = True
    """New firmware is installed when nobody charges; else at once, and the reboot cuts sessions short."""
    extra_variables: int = 0
    """Variables of the device model (2.x) besides those that every charger has."""
    report_items: int = 25
    """Variables in one part of a report (2.x)."""

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise errors.InvalidUrl(self.url)


@dataclasses.dataclass(slots=True)
class Settings:
    """The variables of a charger, in simulated seconds and OCPP's measurand names."""

    heartbeat_interval: int = 300
    sample_interval: int = 60
    aligned_interval: int = 0
    start_sampled: tuple[str, ...] = (meter.REGISTER,)
    sampled: tuple[str, ...] = (meter.REGISTER, meter.POWER, meter.SOC)
    aligned: tuple[str, ...] = (meter.REGISTER,)
    stop_sampled: tuple[str, ...] = ()
    stop_aligned: tuple[str, ...] = ()
    connection_timeout: int = 60
    """How long an authorisation waits for the cable."""
    start_points: tuple[str, ...] = ("PowerPathClosed",)
    """What begins a transaction, in the words of 2.x: EVConnected, Authorized, PowerPathClosed, EnergyTransfer."""
    stop_points: tuple[str, ...] = ("Authorized",)
    """The end of what ends one, likewise."""
    authorize_remote: bool = True
    """Check the token of a remote start first."""
    cache_enabled: bool = True
    pre_authorize: bool = False
    """Start at once with a cached token, without asking."""
    offline_known: bool = True
    """Offline, accept tokens of the cache."""
    offline_unknown: bool = True
    """Offline, accept any token."""
    stop_on_unplug: bool = True
    unlock_on_unplug: bool = True
    stop_on_invalid: bool = True
    """End a transaction whose token turns out to be invalid; else only stop the energy."""
    record_attempts: int = 3
    record_retry_interval: int = 60
    reset_retries: int = 1
    phase_rotation: str = "0.RST"
    ping_interval: int = 0
    offline_threshold: int | None = None
    """After so long without a link every status is reported again; None: only what changed."""
