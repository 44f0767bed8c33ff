"""Sessions that were priced, told straight into a log, and billed as the follower does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from csms.domain import events
from csms.domain.tariff import bill, model
from csms.storage.billing import documents, settling
from csms.storage.log import Log
from tests.csms.storage import support

NOW = support.NOW + timedelta(hours=2)
TARIFF = model.Tariff(
    id="city",
    currency="INR",
    tax_included=True,
    elements=(model.Element(price_components=(model.PriceComponent(type="ENERGY", price=Decimal(18), step_size=1),)),),
)


def priced(
    covers: Sequence[str], incl: str = "396.00", excl: str = "335.59", *, revision: int = 1, **more: Any
) -> events.SessionPriced:
    """The story's 22 kWh at 18 INR, tax of 18 % included."""
    amounts: dict[str, Any] = {"amount_excl": Decimal(excl), "amount_incl": Decimal(incl)}
    line = bill.Line(
        dimension="ENERGY",
        quantity=Decimal(22000),
        unit="Wh",
        price=Decimal(18),
        vat=Decimal(18),
        reason="22 kWh at 18.00 INR",
        **amounts,
    )
    tax = bill.Tax(vat=Decimal(18), excl=Decimal(excl), amount=Decimal(incl) - Decimal(excl))
    told: dict[str, Any] = {"currency": "INR", "arithmetic": 1, "covers": tuple(covers), "revision": revision}
    told |= {"total_excl": Decimal(excl), "total_incl": Decimal(incl), "lines": (line,), "taxes": (tax,)}
    return events.SessionPriced(**(told | more))


class Till:
    """Tells of sessions and bills them."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.teller = support.Teller(log)
        self.now = NOW

    def stay(
        self,
        session_id: str,
        *,
        token: str = "t1",
        station_id: str | None = None,
        driver_id: str | None = None,
        reason: str | None = None,
        continues: str | None = None,
    ) -> None:
        """A session from its start to its completion, not priced yet."""
        start = msgspec.structs.replace(
            support.started(key=session_id, token=token),
            station_id=station_id,
            driver_id=driver_id,
            continues=continues,
        )
        terms = events.TariffApplied(
            tariff_id="city", version=1, tariff=TARIFF, time_zone="UTC", idle_priced=False, by="network"
        )
        stop = msgspec.structs.replace(support.stopped(23000), reason=reason)
        self.teller.tell(session_id, start, terms)
        self.teller.tell(session_id, stop, support.completed(), seconds=660)

    def price(self, found: events.SessionPriced) -> None:
        """Record a price, and act on it."""
        self.teller.tell(found.covers[-1], found, seconds=660)
        self.settle(found)

    def settle(self, found: events.SessionPriced) -> None:
        """Act on a recorded price (again)."""
        self.log.write(settling.settle, found, self.now)

    def documents(self) -> list[dict[str, Any]]:
        """All documents, oldest first."""
        return list(reversed(documents.list(self.log.connection, limit=500)["items"]))

    def numbers(self) -> list[str]:
        """Their numbers."""
        return [each["number"] for each in self.documents()]

    def get(self, number: str) -> events.DocumentIssued:
        """One of them."""
        return documents.get(self.log.connection, number).event

    def later(self, **by: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**by)
        return self.now
