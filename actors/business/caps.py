"""Caps: what a session may cost at most. For whoever pays, or promised to: payments, and tokens with limits.

The charger's actor looks at what the session costs, the sooner the nearer it comes, and tells the charger to stop.
"""

from decimal import Decimal

from actors import runtime
from actors.chargers import charger, errands


async def set(ref: runtime.Ref[charger.Charger], session_id: str, amount: Decimal | None) -> None:  # noqa: A001
    """Have an open session stopped before it costs more than this, tax included; None: no limit. Durable on return.

    `amount` is in the currency of the session's tariff. Raises NoSuchSession, runtime.ActorError.
    """
    await ref.within(30).call(charger.Charger.on_errand, errands.Errands.capped, (session_id, amount))
