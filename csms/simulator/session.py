"""A transaction as the charger that runs it knows it.

Made by `charger`; the ledger keeps what was acknowledged of it. `transaction_id` is learnt from the answer in 1.6,
so everything queued before that reads it at the moment it is sent.
"""

import dataclasses

from csms.simulator import meter


@dataclasses.dataclass(slots=True, kw_only=True)
class Session:
    """Times are Unix seconds of the simulated clock, energies Wh."""

    key: str
    """Name of the session in the ledger: charger id and a running number."""
    connector_id: int
    id_token: str
    """Empty until somebody is authorised: in 2.x a transaction may begin with the cable."""
    started_at: float
    meter_start_wh: int
    transaction_id: str | None = None
    token_type: str = "ISO14443"
    parent: str | None = None
    """The group of the token; its members may end the transaction."""
    authorized: bool = True
    """Energy may flow."""
    remote_start_id: int | None = None
    reservation_id: int | None = None
    """The reservation that it used up."""
    records: int = 0
    """Records made so far: the number of the next one."""
    offline: bool = False
    """A record said that it was made while the central system could not be told."""
    state: str = ""
    """What was last reported of the charging: Idle, EVConnected, Charging, SuspendedEV or SuspendedEVSE."""
    next_sample_at: float = 0.0
    last_sample_at: float = 0.0
    stopped_at: float | None = None
    meter_stop_wh: int | None = None
    reason: str | None = None
    stop_token: str | None = None
    readings: list[meter.Reading] = dataclasses.field(default_factory=list)
    """What the stop reports besides its register."""
