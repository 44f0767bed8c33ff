"""What a central system may order, in words that no OCPP version owns.

Called by the dialects' command tables. Each changes the charger and tells what it answers; the answer leaves before
the messages that follow from it.
"""

from typing import Any

from csms.protocol import profiles
from csms.simulator import authorization
from csms.simulator import connector as connectors
from csms.simulator.charger import Charger


def remote_start(charger: Charger, token: str, connector_id: int | None, profile: dict[str, Any] | None = None) -> bool:
    """Begin a transaction for a token, now or when the cable comes; False where none can begin."""
    connector = choose(charger, connector_id)
    if connector is None or not brought(charger, connector, profile):
        return False
    permit(charger, connector, authorization.Grant(token=token))
    return True


def brought(charger: Charger, connector: connectors.Connector, profile: dict[str, Any] | None) -> bool:
    """Keep the charging profile that came with an order to start, if one did; False where it cannot be kept."""
    if profile is None:
        return True
    wanted = profiles.read({**profile, "connectorId": connector.id})
    return wanted is not None and charger.limits.bring(wanted)


def permit(charger: Charger, connector: connectors.Connector, grant: authorization.Grant) -> None:
    """Let a token of a remote start charge there, after asking where the charger is set so."""
    if charger.settings.authorize_remote:
        charger.ask(grant.token, lambda info: charger.grant(connector, grant, info), grant.kind)
    else:
        charger.grant(connector, grant, authorization.ACCEPTED)


def remote_stop(charger: Charger, transaction_id: str) -> bool:
    """End a transaction; False for one that does not run here."""
    connector = running(charger, transaction_id)
    if connector is None:
        return False
    charger.conclude(connector, "Remote")
    return True


def running(charger: Charger, transaction_id: str) -> connectors.Connector | None:
    """Where a transaction runs."""
    for connector in charger.connectors.values():
        if connector.session is not None and connector.session.transaction_id == transaction_id:
            return connector
    return None


def unlock(charger: Charger, connector_id: int) -> bool:
    """Release the cable, which ends a transaction; False for a connector that does not exist."""
    connector = charger.connectors.get(connector_id)
    if connector is None:
        return False
    charger.transactions.end(connector, "UnlockCommand")
    return True


def set_availability(charger: Charger, connector_id: int, operative: bool) -> str:
    """Take a connector (0: all) in or out of service: accepted, scheduled (a transaction runs) or rejected."""
    if connector_id == 0:
        charger.operative = operative
        affected = list(charger.connectors.values())
    elif connector_id in charger.connectors:
        affected = [charger.connectors[connector_id]]
    else:
        return "rejected"
    scheduled = [connector for connector in affected if _switch(connector, operative)]
    return "scheduled" if scheduled else "accepted"


def _switch(connector: connectors.Connector, operative: bool) -> bool:
    connector.scheduled = None
    if connector.session is not None and not operative:
        connector.scheduled = operative
        return True
    connector.operative = operative
    if not operative:
        connector.grant = None
    return False


def choose(charger: Charger, connector_id: int | None) -> connectors.Connector | None:
    """The connector where somebody may charge now: the one asked for, or the best of all; None where there is none."""
    if connector_id is not None:
        wanted = charger.connectors.get(connector_id)
        return wanted if wanted is not None and charger.usable(wanted) else None
    usable = [connector for connector in charger.connectors.values() if charger.usable(connector)]
    return max(usable, key=lambda connector: connector.plugged, default=None)
