"""Who asks for mails is slowed down by where they are."""

import pytest

from api import asking


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_a_household_is_one_network(address: str, network: str) -> None:
    assert asking.network_of(address) == network
