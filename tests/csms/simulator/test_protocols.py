"""Which OCPP versions simulated chargers speak."""

import pytest

from csms.simulator import errors, protocols


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_three_versions_are_spoken(version: str) -> None:
    assert protocols.speaking(version).subprotocol == f"ocpp{version}"


def test_others_are_refused_by_name() -> None:
    with pytest.raises(errors.UnsupportedProtocol, match=r"OCPP 1\.5; use one of: 1\.6, 2\.0\.1, 2\.1"):
        protocols.speaking("1.5")
