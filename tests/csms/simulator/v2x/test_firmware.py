"""Firmware updates of a 2.x charger, step by step: fetched, checked, installed, also in the middle of a session."""

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World

_NOW = "2027-01-15T08:00:00Z"
_KEY = ec.generate_private_key(ec.SECP256R1())
_IMAGE = b"firmware 2.0.0 and much more"


def _certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Maker")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_KEY.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(_KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _update(world: World, **firmware: str) -> str:
    where = {"location": "http://files/fw", "retrieveDateTime": _NOW, **firmware}
    answer = world.order("UpdateFirmware", requestId=3, firmware=where, retries=1, retryInterval=30)
    world.run(1)
    return str(answer["status"])


def _fetched(world: World, status: int = 200, body: bytes = _IMAGE) -> None:
    world.charger.errands.popleft().done(status, body)
    world.talk()


def _rebooted(world: World) -> None:
    world.run(30)
    assert world.charger.hang_up == "close"
    world.disconnect()
    world.run(10)
    world.connect()


def _steps(world: World) -> list[str]:
    assert {call["requestId"] for call in world.calls("FirmwareStatusNotification")} == {3}
    return [call["status"] for call in world.calls("FirmwareStatusNotification")]


def _security(world: World) -> list[str]:
    return [call["type"] for call in world.calls("SecurityEventNotification")]


def test_rule_56_an_update_ends_on_another_socket(world_of: Worlds) -> None:
    world = world_of()
    assert _update(world) == "Accepted"
    _fetched(world)
    _rebooted(world)
    assert _steps(world) == ["Downloading", "Downloaded", "Installing", "InstallRebooting", "Installed"]
    [boot] = world.calls("BootNotification")
    assert (boot["reason"], boot["chargingStation"]["firmwareVersion"]) == ("FirmwareUpdate", "2.0.0")
    assert _security(world) == ["FirmwareUpdated"]


def test_times_to_fetch_and_to_install_are_kept(world_of: Worlds) -> None:
    world = world_of()
    _update(world, retrieveDateTime="2027-01-15T08:10:00Z", installDateTime="2027-01-15T09:00:00Z")
    assert _steps(world) == ["DownloadScheduled"]
    world.run(600)
    _fetched(world)
    world.run(2000)
    assert _steps(world) == ["DownloadScheduled", "Downloading", "Downloaded", "InstallScheduled"]
    world.run(1020)
    assert _steps(world)[-1] == "InstallRebooting"


def test_it_waits_for_the_driver(world_of: Worlds) -> None:
    world = world_of(charging=True)
    _update(world)
    _fetched(world)
    world.run(600)
    assert _steps(world)[-1] == "InstallScheduled"
    world.charger.present("TAG")
    _rebooted(world)
    assert _steps(world)[-1] == "Installed"
    assert world.entry.reason == "Local"


def test_one_that_does_not_wait_reboots_in_the_middle_of_a_session(world_of: Worlds) -> None:
    world = world_of(charging=True, firmware_waits=False)
    _update(world)
    _fetched(world)
    world.run(30)
    assert not [call for call in world.calls("TransactionEvent") if call["eventType"] == "Ended"]
    _rebooted(world)
    assert world.calls("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Reboot"
    assert world.entry.state == "completed"
    assert _steps(world)[-1] == "Installed"


def test_a_download_is_tried_again_and_given_up(world_of: Worlds) -> None:
    world = world_of()
    _update(world)
    _fetched(world, 500)
    world.run(31)
    _fetched(world, 0, b"")
    assert _steps(world) == ["Downloading", "Downloading", "DownloadFailed"]


def test_a_broken_file_is_not_installed(world_of: Worlds) -> None:
    world = world_of()
    _update(world)
    _fetched(world, body=b"broken")
    world.run(60)
    assert _steps(world)[-1] == "InstallationFailed"
    assert world.charger.hang_up is None


@pytest.mark.parametrize("honest", [True, False])
def test_a_signature_is_checked(world_of: Worlds, honest: bool) -> None:
    world = world_of()
    signature = _KEY.sign(_IMAGE if honest else b"other", ec.ECDSA(hashes.SHA256()))
    _update(world, signingCertificate=_certificate(), signature=base64.b64encode(signature).decode())
    _fetched(world)
    world.run(60)
    assert ("SignatureVerified" in _steps(world), "InvalidSignature" in _steps(world)) == (honest, not honest)
    assert ("InvalidFirmwareSignature" in _security(world)) is not honest
    assert ("Installing" in _steps(world)) is honest


def test_a_signature_of_nobody_is_refused_at_once(world_of: Worlds) -> None:
    world = world_of()
    assert _update(world, signingCertificate="nobody", signature="AAAA") == "InvalidCertificate"
    assert not world.charger.errands


def test_a_second_order_replaces_the_first(world_of: Worlds) -> None:
    world = world_of()
    _update(world)
    assert _update(world, location="http://files/other") == "AcceptedCanceled"
    first, second = world.charger.errands
    first.done(200, _IMAGE)
    world.talk()
    assert _steps(world) == ["Downloading", "Downloading"]
    second.done(200, _IMAGE)
    world.talk()
    assert "Downloaded" in _steps(world)


def test_steps_that_happen_offline_are_told_afterwards(world_of: Worlds) -> None:
    world = world_of()
    _update(world)
    world.disconnect()
    _fetched(world)
    world.run(5)
    world.connect()
    assert _steps(world) == ["Downloading", "Downloaded", "Installing"]


def _triggered(world: World, message: str) -> Payload:
    world.sent.clear()
    assert world.order("TriggerMessage", requestedMessage=message) == {"status": "Accepted"}
    [(_, payload)] = world.sent
    return payload


def test_how_far_it_is_can_be_asked(world_of: Worlds) -> None:
    world = world_of()
    assert _triggered(world, "FirmwareStatusNotification") == {"status": "Idle"}
    _update(world)
    assert _triggered(world, "FirmwareStatusNotification") == {"status": "Downloading", "requestId": 3}


def test_firmware_is_published_on_the_site_and_withdrawn(world_of: Worlds) -> None:
    world = world_of()
    order = {"location": "http://files/fw", "checksum": "0" * 32, "requestId": 8}
    assert world.order("PublishFirmware", **order) == {"status": "Accepted"}
    _fetched(world)
    steps = [call["status"] for call in world.calls("PublishFirmwareStatusNotification")]
    assert steps == ["Downloading", "Downloaded", "ChecksumVerified", "Published"]
    assert _triggered(world, "PublishFirmwareStatusNotification")["location"]
    assert world.order("UnpublishFirmware", checksum="0" * 32) == {"status": "Unpublished"}
    assert world.order("UnpublishFirmware", checksum="0" * 32) == {"status": "NoFirmware"}
