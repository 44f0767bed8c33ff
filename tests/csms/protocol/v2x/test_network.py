"""OCPP 2.x network profiles."""

from csms.domain import charger
from csms.protocol import versions
from tests.csms.protocol.v2x.support import BOTH, learnt

PROFILE = {
    "ocppVersion": "OCPP20",
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://csms.example/ocpp",
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
    "apn": {"apn": "iot", "apnAuthentication": "PAP", "apnPassword": "s3cret", "simPin": 4711},
    "vpn": {"server": "vpn.example", "user": "u", "password": "s3cret", "key": "s3cret", "type": "IKEv2"},
}


@BOTH
def test_a_profile_is_known_by_its_slot_and_without_its_secrets(version: versions.Version) -> None:
    request = {"configurationSlot": 2, "connectionData": PROFILE}
    [change] = learnt(version, "SetNetworkProfile", request, {"status": "Accepted"})
    kept = change.put["2"]
    assert kept["ocppCsmsUrl"] == "wss://csms.example/ocpp"
    assert kept["apn"]["simPin"] == kept["vpn"]["key"] == charger.MASK
    assert "s3cret" not in str(kept)


@BOTH
def test_a_profile_that_was_refused_is_not_there(version: versions.Version) -> None:
    request = {"configurationSlot": 2, "connectionData": PROFILE}
    assert learnt(version, "SetNetworkProfile", request, {"status": "Failed"}) == ()
