"""Those who came together are let go one after the other, and nobody too soon."""

from csms import patience


def test_everybody_waits_at_least_the_limit_and_not_all_the_same() -> None:
    waits = {patience.spread(10) for _ in range(100)}
    assert len(waits) > 50
    assert all(10 <= wait <= 12.5 for wait in waits)


def test_no_limit_stays_none() -> None:
    assert patience.spread(float("inf")) == float("inf")
