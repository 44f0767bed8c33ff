"""What a charger calculates that a transaction costs: which of its events has the last word."""

from typing import Any

import pytest

from csms.domain import cost_details, inventory

DETAILS = {"totalCost": {"total": {"exclTax": 1.1}}}


def body(number: Any = None, at: Any = None) -> dict[str, Any]:
    place = {"seqNo": number, "timestamp": at}
    return {"costDetails": DETAILS, **{name: value for name, value in place.items() if value is not None}}


def newest(told: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any] | None:
    change = cost_details.newest(inventory.Change(kind=cost_details.KIND, merge={"tx-1": told}), known)
    return None if change is None else change.put["tx-1"]


EARLY, LATE = "2026-03-01T09:00:00Z", "2026-03-01T09:05:00+00:00"


@pytest.mark.parametrize(
    ("told", "known", "counts"),
    [
        (body(5, EARLY), body(4, LATE), True),
        (body(4, LATE), body(5, EARLY), False),
        (body(0, LATE), body(0, EARLY), True),
        (body(0, EARLY), body(0, LATE), False),
        (body(0, EARLY), body(0, EARLY), True),
        (body(None, LATE), body(7, EARLY), True),
        (body(None, EARLY), body(7, LATE), False),
        (body(None, "soon"), body(None, EARLY), False),
        (body(None, "2026-03-01T09:10:00"), body(None, LATE), True),
        (body(3, EARLY), {"totalCost": 4.0}, True),
    ],
    ids=str,
)
def test_rule_42_the_number_decides_and_of_equals_the_time(
    told: dict[str, Any], known: dict[str, Any], counts: bool
) -> None:
    assert (newest(told, known) is not None) is counts


def test_the_details_are_replaced_and_what_the_charger_shows_stays() -> None:
    known = body(1, EARLY) | {"costDetails": {"failureToCalculate": True}, "totalCost": 4.0}
    assert newest(body(2, LATE), known) == {"totalCost": 4.0, **body(2, LATE)}


def test_the_first_word_counts() -> None:
    assert newest(body(9, EARLY), None) == body(9, EARLY)
