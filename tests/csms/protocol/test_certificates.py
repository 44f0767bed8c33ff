"""Certificates in every version: named commands, what their answers tell, and requests to sign."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from csms.domain import certificates, commands, facts
from csms.domain.certificates import HashData
from csms.pki import hashes, pem
from csms.protocol import v16, versions
from tests.csms.pki import support as pki
from tests.csms.protocol.support import V21, V201, frame, heard
from tests.csms.protocol.v2x.support import answered, learnt, ordered

V16 = v16.VERSION
ALL = pytest.mark.parametrize("version", [V16, V201, V21], ids=["1.6", "2.0.1", "2.1"])
ROOT = pki.operator().root
ROOT_PEM = pem.write([ROOT])
NAMED = hashes.of(ROOT)
DATA: dict[str, Any] = msgspec.to_builtins(NAMED)
OURS = {"1.6": "CentralSystemRootCertificate", "2.0.1": "CSMSRootCertificate", "2.1": "CSMSRootCertificate"}
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


# -- Trust -----------------------------------------------------------------------------------------------------------


@ALL
def test_our_root_is_installed_and_then_known(version: versions.Version) -> None:
    action, payload = ordered(version, commands.InstallCertificate(certificate=ROOT_PEM))
    assert (action, payload["certificateType"]) == ("InstallCertificate", OURS[version.name])
    [change] = learnt(version, action, payload, {"status": "Accepted"})
    [(key, body)] = change.put.items()
    assert key == certificates.key(OURS[version.name], NAMED)
    assert DATA.items() <= body.items()
    assert body["notAfter"] == f"{ROOT.not_valid_after_utc:%FT%TZ}"


@ALL
@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_what_the_charger_did_not_take_is_not_known(version: versions.Version, status: str) -> None:
    action, payload = ordered(version, commands.InstallCertificate(certificate=ROOT_PEM))
    assert learnt(version, action, payload, {"status": status}) == ()


@ALL
@pytest.mark.parametrize("text", ["nonsense", ROOT_PEM * 2, None], ids=["nonsense", "two", "none"])
def test_what_is_no_single_certificate_is_not_sent(version: versions.Version, text: str | None) -> None:
    assert isinstance(version.order(commands.InstallCertificate(certificate=text)), versions.CannotExpress)


@pytest.mark.parametrize(
    ("version", "use", "can"),
    [
        (V16, "v2g_root", False),
        (V16, "manufacturer_root", True),
        (V201, "v2g_root", True),
        (V201, "oem_root", False),
        (V21, "oem_root", True),
    ],
)
def test_what_a_version_has_no_word_for_is_said(version: versions.Version, use: Any, can: bool) -> None:
    order = version.order(commands.InstallCertificate(certificate_type=use, certificate=ROOT_PEM))
    assert isinstance(order, versions.Order) is can


@ALL
@pytest.mark.parametrize(("status", "gone"), [("Accepted", True), ("NotFound", True), ("Failed", False)])
def test_a_deleted_one_is_known_no_more(version: versions.Version, status: str, gone: bool) -> None:
    command = commands.DeleteCertificate(
        hash_algorithm="SHA256",
        issuer_name_hash=NAMED.issuer_name_hash,
        issuer_key_hash=NAMED.issuer_key_hash,
        serial_number=NAMED.serial_number,
    )
    action, payload = ordered(version, command)
    assert payload == {"certificateHashData": DATA}
    changes = learnt(version, action, payload, {"status": status})
    assert any(certificates.key(OURS[version.name], NAMED) in change.drop for change in changes) is gone


def test_a_list_in_1_6_is_all_of_its_type() -> None:
    action, payload = ordered(V16, commands.ListCertificates())
    assert (action, payload) == ("GetInstalledCertificateIds", {"certificateType": OURS["1.6"]})
    [change] = learnt(V16, action, payload, {"status": "Accepted", "certificateHashData": [DATA]})
    assert change.clear == "CentralSystemRootCertificate/"
    assert list(change.put) == [certificates.key(OURS["1.6"], NAMED)]
    [change] = learnt(V16, action, payload, {"status": "NotFound"})
    assert (change.clear, change.put) == ("CentralSystemRootCertificate/", {})


@pytest.mark.parametrize("version", [V201, V21])
def test_a_list_in_2_x_is_of_the_types_asked_for(version: versions.Version) -> None:
    chain = {"certificateType": "CSMSRootCertificate", "certificateHashData": DATA, "childCertificateHashData": [DATA]}
    answer = {"status": "Accepted", "certificateHashDataChain": [chain]}
    action, payload = ordered(version, commands.ListCertificates(certificate_type="csms_root"))
    cleared, told = learnt(version, action, payload, answer)
    assert cleared.clear == "CSMSRootCertificate/"
    assert told.put[certificates.key("CSMSRootCertificate", NAMED)]["childCertificateHashData"] == [DATA]
    assert ordered(version, commands.ListCertificates()) == ("GetInstalledCertificateIds", {})
    everything = learnt(version, action, {}, {"status": "NotFound"})
    assert {change.clear for change in everything} >= {"CSMSRootCertificate/", "V2GCertificateChain/"}


# -- Signing ---------------------------------------------------------------------------------------------------------


@ALL
def test_a_request_is_a_question_that_is_answered_before_the_certificate_comes(version: versions.Version) -> None:
    csr = pki.request()
    fact = heard(frame("SignCertificate", {"csr": csr}), version)
    assert fact == facts.SigningRequest(csr=csr, for_all=version is not V16)
    assert answered(version, "SignCertificate", facts.SigningAnswer()) == {"status": "Accepted"}
    refused = answered(version, "SignCertificate", facts.SigningAnswer("the common name is wrong " * 50))
    assert refused["status"] == "Rejected"
    if version is not V16:
        assert refused["statusInfo"]["reasonCode"] == "InvalidCSR"


def test_2_1_numbers_requests_and_has_a_kind_more() -> None:
    asked = {"csr": pki.request(), "certificateType": "V2G20Certificate", "requestId": 7}
    fact = heard(frame("SignCertificate", asked), V21)
    assert isinstance(fact, facts.SigningRequest)
    assert (fact.kind, fact.request_id) == ("V2G20Certificate", 7)


@ALL
def test_rule_53_what_is_signed_goes_out_in_a_call_of_its_own(version: versions.Version) -> None:
    command = commands.SendCertificate(serial_number="1", chain=ROOT_PEM, request_id=7 if version is V21 else None)
    action, payload = ordered(version, command)
    assert (action, payload["certificateChain"]) == ("CertificateSigned", ROOT_PEM)
    if version is not V16:
        assert payload["certificateType"] == "ChargingStationCertificate"
    assert payload.get("requestId") == (7 if version is V21 else None)


@pytest.mark.parametrize("version", [V201, V21])
def test_a_certificate_whose_kind_was_not_named_is_for_all_that_the_charger_shows_one_for(
    version: versions.Version,
) -> None:
    named = heard(frame("SignCertificate", {"csr": pki.request(), "certificateType": "V2GCertificate"}), version)
    assert isinstance(named, facts.SigningRequest)
    assert (named.kind, named.for_all) == ("v2g", False)
    command = commands.SendCertificate(serial_number="1", chain=ROOT_PEM, for_all=True)
    assert "certificateType" not in ordered(version, command)[1]


@pytest.mark.parametrize(
    ("version", "action", "message"),
    [
        (V16, "ExtendedTriggerMessage", "SignChargePointCertificate"),
        (V201, "TriggerMessage", "SignChargingStationCertificate"),
        (V21, "TriggerMessage", "SignChargingStationCertificate"),
    ],
)
def test_a_renewal_is_triggered(version: versions.Version, action: str, message: str) -> None:
    assert ordered(version, commands.RenewCertificate()) == (action, {"requestedMessage": message})


def test_1_6_has_no_certificates_for_cars() -> None:
    assert isinstance(V16.order(commands.RenewCertificate(kind="v2g")), versions.CannotExpress)
    assert ordered(V21, commands.RenewCertificate(kind="v2g"))[1] == {"requestedMessage": "SignV2GCertificate"}


# -- What chargers ask about certificates ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V201, V21])
def test_a_status_is_an_ocsp_answer_or_failed_with_the_reason(version: versions.Version) -> None:
    asked = {"ocspRequestData": {**DATA, "responderURL": "http://ocsp.example"}}
    fact = heard(frame("GetCertificateStatus", asked), version)
    assert isinstance(fact, facts.CertificateStatusRequest)
    assert fact.asked == (facts.StatusQuestion(NAMED, urls=("http://ocsp.example",)),)
    good = facts.CertificateStatus(NAMED, "OCSP", "Good", AT, "c2lnbmVk")
    told = answered(version, "GetCertificateStatus", facts.CertificateStatusAnswer((good,)))
    assert told == {"status": "Accepted", "ocspResult": "c2lnbmVk"}
    failed = facts.CertificateStatus(NAMED, "OCSP", "Failed", AT)
    told = answered(version, "GetCertificateStatus", facts.CertificateStatusAnswer((failed,)))
    assert (told["status"], told["statusInfo"]["reasonCode"]) == ("Failed", "NotFound")


def test_2_1_asks_for_a_whole_chain() -> None:
    asked = [{"certificateHashData": DATA, "source": source, "urls": ["http://a"]} for source in ("CRL", "OCSP")]
    fact = heard(frame("GetCertificateChainStatus", {"certificateStatusRequests": asked}), V21)
    assert isinstance(fact, facts.CertificateStatusRequest)
    assert [each.source for each in fact.asked] == ["CRL", "OCSP"]
    found = tuple(facts.CertificateStatus(NAMED, each.source, "Revoked", AT) for each in fact.asked)
    told = answered(V21, "GetCertificateChainStatus", facts.CertificateStatusAnswer(found))
    assert [each["status"] for each in told["certificateStatus"]] == ["Revoked", "Revoked"]
    assert told["certificateStatus"][0]["certificateHashData"] == DATA


@pytest.mark.parametrize("version", [V201, V21])
def test_a_contract_is_refused_while_nobody_provides_any(version: versions.Version) -> None:
    asked = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "AAAA"}
    assert isinstance(heard(frame("Get15118EVCertificate", asked), version), facts.ContractRequest)
    told = answered(version, "Get15118EVCertificate", facts.Acknowledged())
    assert (told["status"], told["exiResponse"]) == ("Failed", "")
    assert "no provider" in told["statusInfo"]["additionalInfo"]


# -- Names -------------------------------------------------------------------------------------------------------------


def test_a_certificate_has_one_name_however_it_is_spelled() -> None:
    shouted = HashData("SHA256", "AB", NAMED.issuer_key_hash.upper(), "00" + NAMED.serial_number.upper())
    assert certificates.key("X", shouted) == certificates.key("X", NAMED)


# -- Security profiles and events --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "profile"),
    [
        ({"key": "SecurityProfile", "value": "2"}, 2),
        ({"key": "securityprofile", "value": " 3 "}, 3),
        ({"key": "SecurityProfile", "value": "high"}, None),
        ({"key": "HeartbeatInterval", "value": "2"}, None),
    ],
)
def test_rule_57_a_profile_travels_in_a_key_of_1_6(payload: dict[str, Any], profile: int | None) -> None:
    assert V16.profile(versions.Order("ChangeConfiguration", payload)) == profile


@pytest.mark.parametrize("version", [V201, V21])
def test_rule_57_a_profile_travels_in_a_network_profile_of_2_x(version: versions.Version) -> None:
    assert version.profile(versions.Order("SetNetworkProfile", {"connectionData": {"securityProfile": 3}})) == 3
    assert version.profile(versions.Order("Reset", {"type": "Immediate"})) is None


@ALL
def test_a_security_event_is_kept_as_it_came(version: versions.Version) -> None:
    event = {"type": "TamperDetectionActivated", "timestamp": "2026-03-01T10:00:00Z", "techInfo": "door"}
    fact = heard(frame("SecurityEventNotification", event), version)
    assert isinstance(fact, facts.Notification)
    assert msgspec.json.decode(fact.payload or "") == event
    assert fact.alert == facts.Alert("security_event", "TamperDetectionActivated at 2026-03-01T10:00:00Z: door")


@ALL
def test_what_happens_at_every_boot_is_no_alert(version: versions.Version) -> None:
    event = {"type": "StartupOfTheDevice", "timestamp": "2026-03-01T10:00:00Z"}
    fact = heard(frame("SecurityEventNotification", event), version)
    assert isinstance(fact, facts.Notification)
    assert fact.alert is None
