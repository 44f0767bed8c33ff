"""Whose a hold is."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from csms.domain.reconciliation import Held
from csms.storage.log import Log
from csms.storage.paying import reconciling
from tests.csms.storage.billing.support import Till
from tests.csms.storage.paying.test_tracing import paid


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Log.open(tmp_path / "data") as log:
        yield Till(log)


@pytest.mark.parametrize(
    ("reference", "gateway", "known"), [("r1", "embedded", True), ("r2", "embedded", False), ("r1", "stripe", False)]
)
def test_a_second_hold_for_a_payment_is_none_of_ours(till: Till, reference: str, gateway: str, known: bool) -> None:
    paid(till)
    held = Held(reference=reference, status="authorised", amount=Decimal(500), currency="INR", payment_id="p1")
    assert (reconciling.ours(till.log.connection, gateway, held) is not None) is known
