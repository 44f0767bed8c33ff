"""Which OCPP versions are spoken, and which is chosen."""

import pytest

from csms import protocol
from tests.csms.protocol.support import V16


def test_all_three_versions_are_offered() -> None:
    assert protocol.SUBPROTOCOLS == ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")


def test_rule_5_the_client_s_first_choice_that_we_speak_is_taken() -> None:
    assert protocol.choose(["ocpp2.1", "ocpp2.0.1", "ocpp1.6", "ocpp1.5"]) == "ocpp2.1"
    assert protocol.choose(["ocpp1.5", "ocpp2.0.1", "ocpp2.1"]) == "ocpp2.0.1"


def test_rule_5_nothing_is_chosen_that_was_not_offered() -> None:
    assert protocol.choose([]) is None
    assert protocol.choose(["ocpp2.2", "soap", "OCPP1.6"]) is None


def test_a_version_is_found_by_its_subprotocol() -> None:
    assert protocol.version("ocpp1.6") is V16
    assert [protocol.version(name).name for name in ("ocpp2.0.1", "ocpp2.1")] == ["2.0.1", "2.1"]
    with pytest.raises(KeyError):
        protocol.version("ocpp1.5")
