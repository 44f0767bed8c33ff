"""Which OCPP versions simulated chargers speak."""

import pytest

from csms.simulator import errors, protocols


def test_1_6_is_spoken() -> None:
    assert protocols.speaking("1.6").subprotocol == "ocpp1.6"


@pytest.mark.parametrize("version", ["2.0.1", "2.1", "1.5"])
def test_others_are_refused_by_name(version: str) -> None:
    with pytest.raises(errors.UnsupportedProtocol, match=f"OCPP {version}; use one of: 1.6"):
        protocols.speaking(version)
