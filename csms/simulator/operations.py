"""What a central system may order, in words that no OCPP version owns.

Called by the dialects' command tables. Each changes the charger and tells what it answers; the answer leaves before
the messages that follow from it.
"""

from csms.simulator import authorization
from csms.simulator import connector as connectors
from csms.simulator.charger import Charger


def remote_start(charger: Charger, token: str, connector_id: int | None) -> bool:
    """Begin a transaction for a token, now or when the cable comes; False where none can begin."""
    connector = _choose(charger, connector_id)
    if connector is None:
        return False
    if charger.settings.authorize_remote:
        charger.ask(token, lambda info: charger.grant(connector, token, info))
    else:
        charger.grant(connector, token, authorization.ACCEPTED)
    return True


def remote_stop(charger: Charger, transaction_id: str) -> bool:
    """End a transaction; False for one that does not run here."""
    for connector in charger.connectors.values():
        if connector.session is not None and connector.session.transaction_id == transaction_id:
            charger.transactions.end(connector, "Remote")
            return True
    return False


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
        connector.token = None
    return False


def _choose(charger: Charger, connector_id: int | None) -> connectors.Connector | None:
    if connector_id is not None:
        wanted = charger.connectors.get(connector_id)
        return wanted if wanted is not None and charger.usable(wanted) else None
    usable = [connector for connector in charger.connectors.values() if charger.usable(connector)]
    return max(usable, key=lambda connector: connector.plugged, default=None)
