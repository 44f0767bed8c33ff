"""Certificates of a 1.6 charger: real keys, real requests, real chains."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from csms.pki import authority, pem, requests
from csms.simulator.v16 import certificates
from tests.csms.simulator.world import START, World

NOW = datetime.fromtimestamp(START, UTC)
USE = "CentralSystemRootCertificate"


@pytest.fixture(scope="module")
def signer() -> authority.Authority:
    made = authority.create(authority.OPERATOR, "Anybody", NOW)
    return authority.Authority(tuple(each.certificate for each in reversed(made)), made[-1].key)


def installed(world: World) -> list[dict[str, Any]]:
    return list(world.order("GetInstalledCertificateIds", certificateType=USE).get("certificateHashData", []))


def asked(world: World) -> str:
    order = world.order("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    assert order == {"status": "Accepted"}
    return str(world.calls("SignCertificate")[-1]["csr"])


def signed(signer: authority.Authority, csr: str) -> str:
    leaf = authority.sign_charger(signer, requests.read(csr), NOW, timedelta(days=30))
    return pem.write([leaf, *signer.below_root])


def test_a_root_is_trusted_listed_and_forgotten(signer: authority.Authority) -> None:
    world = World()
    assert installed(world) == []
    order = world.order("InstallCertificate", certificateType=USE, certificate=pem.write([signer.root]))
    assert order == {"status": "Accepted"}
    [named] = installed(world)
    assert world.order("DeleteCertificate", certificateHashData=named) == {"status": "Accepted"}
    assert world.order("DeleteCertificate", certificateHashData=named) == {"status": "NotFound"}
    assert world.order("InstallCertificate", certificateType=USE, certificate="no") == {"status": "Rejected"}


def test_rule_53_it_asks_with_its_serial_number_and_takes_what_fits_its_key(signer: authority.Authority) -> None:
    world = World()
    csr = asked(world)
    assert requests.only(requests.read(csr).subject, requests.COMMON_NAME) == world.charger.config.id
    strangers = signed(signer, asked(World()))
    assert world.order("CertificateSigned", certificateChain=strangers) == {"status": "Rejected"}
    assert world.order("CertificateSigned", certificateChain=signed(signer, csr)) == {"status": "Accepted"}
    assert len(world.charger.certificates.chains[certificates.OWN]) == 2


@pytest.mark.parametrize(
    "message",
    [
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "StatusNotification",
    ],
)
def test_what_else_can_be_triggered(message: str) -> None:
    world = World()
    order = {"requestedMessage": message, "connectorId": 1}
    assert world.order("ExtendedTriggerMessage", **order) == {"status": "Accepted"}
    assert world.sent[0][0] == message
