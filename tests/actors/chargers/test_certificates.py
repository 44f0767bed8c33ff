"""Certificates of chargers, from the request to signing in with what was signed (rules 53 and 57)."""

import base64
import dataclasses
import itertools
import shutil
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio_websocket
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp

from actors.chargers import certificates as signing
from actors.chargers import charger, orders
from csms import config
from csms.domain import commands, events
from csms.pki import hashes, pem, store
from csms.storage.reference import certificates, chargers, rows
from tests.actors import node as nodes
from tests.csms.gateway import mutual, support
from tests.csms.pki import support as pki
from tests.csms.pki import test_parsing as parsing

BOOT_16 = {**nodes.BOOT, "chargePointSerialNumber": pki.SERIAL}
BOOT_2X = {
    "reason": "PowerUp",
    "chargingStation": {"model": "Fast-22", "vendorName": "ACME", "serialNumber": pki.SERIAL},
}
VERSIONS = pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DATA/pki, made once: keys take long."""
    kept = mutual.operator(tmp_path_factory.mktemp("data"))
    kept.v2g(mutual.NOW)
    return kept.directory


@pytest.fixture
def settings(tmp_path: Path, authorities: Path) -> config.Settings:
    shutil.copytree(authorities, tmp_path / "data" / "pki")
    return nodes.made(tmp_path / "data", ocpps_port=0, operator_name=pki.OWNER)


@pytest.fixture
async def node(settings: config.Settings) -> AsyncIterator[nodes.Watched]:
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        yield node


def kept(node: nodes.Watched) -> store.Store:
    return store.Store(node.settings.data / "pki", pki.OWNER)


async def booted(node: nodes.Watched, nursery: trio.Nursery, subprotocol: str) -> nodes.Station:
    """CP-01, which has told its serial number."""
    station = await come(node, nursery, subprotocol)
    await station.result("BootNotification", BOOT_16 if subprotocol == "ocpp1.6" else BOOT_2X)
    return station


async def come(
    node: nodes.Watched, nursery: trio.Nursery, subprotocol: str, tls: ssl.SSLContext | None = None
) -> nodes.Station:
    """CP-01's next connection."""
    assert node.front.gateway is not None
    before = node.services.links.get("CP-01")
    url = f"{node.front.gateway.endpoints[0 if tls is None else 1].url}/CP-01"
    station: nodes.Station = await nursery.start(partial(dial, url, subprotocol, tls))
    await node.until(lambda: node.services.links.get("CP-01") not in (None, before))
    return station


async def dial(
    url: str, subprotocol: str, tls: ssl.SSLContext | None, *, task_status: trio.TaskStatus[nodes.Station]
) -> None:
    async with support.charger(url, offer=[subprotocol], tls=tls) as socket:
        station = nodes.Station(socket)
        task_status.started(station)
        await station.listen()


async def signed(station: nodes.Station, csr: str, answer: str = "Accepted") -> str:
    """Ask for a certificate and take it; the chain that came."""
    assert (await station.result("SignCertificate", {"csr": csr}))["status"] == "Accepted"
    message_id, action, payload = await station.asked()
    assert action == "CertificateSigned"
    await station.answer(message_id, {"status": answer})
    await station.result("Heartbeat", {})  # frames are handled in order: the answer was
    chain: str = payload["certificateChain"]
    return chain


async def only(node: nodes.Watched) -> certificates.Certificate:
    def query(conn: Any) -> certificates.Certificate:
        [row] = rows.many(conn, "SELECT * FROM certificates")
        return certificates.of(row)

    return await node.read(query)


def shows(node: nodes.Watched, chain: str) -> ssl.SSLContext:
    """What a charger that holds this chain connects with."""
    context = ssl.create_default_context(cafile=str(kept(node).root_file))
    file = node.settings.data / "client.pem"
    key = pki.key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_text(chain + key.decode())
    context.load_cert_chain(file)
    return context


# -- Signing ---------------------------------------------------------------------------------------------------------


@VERSIONS
async def test_rule_53_the_certificate_comes_after_the_answer_and_its_fate_is_kept(
    node: nodes.Watched, nursery: trio.Nursery, subprotocol: str
) -> None:
    station = await booted(node, nursery, subprotocol)
    chain = await signed(station, pki.request())
    row = await only(node)
    assert (row.status, row.charger_id, row.common_name, row.chain) == ("installed", "CP-01", pki.SERIAL, chain)
    assert row.ends_at is not None
    assert timedelta(days=364) < row.ends_at - row.requested_at < timedelta(days=366)


@VERSIONS
@pytest.mark.parametrize(
    ("csr", "why"),
    [
        (pki.request("SN-0002"), "serial number"),
        (pki.request(organisation="Somebody"), "operator"),
        (pki.request(signer=pki.key(1024)), "1024"),
        ("nonsense", "PEM"),
    ],
    ids=["another's", "another operator's", "weak key", "nonsense"],
)
async def test_rule_53_a_request_that_is_not_right_is_refused_kept_and_alerted(
    node: nodes.Watched, nursery: trio.Nursery, subprotocol: str, csr: str, why: str
) -> None:
    station = await booted(node, nursery, subprotocol)
    assert (await station.result("SignCertificate", {"csr": csr}))["status"] == "Rejected"
    row = await only(node)
    assert row.status == "refused"
    assert why in row.reason
    alert = await node.recorded(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("certificate_refused", "CP-01")
    assert station.waiting == 0


async def test_a_certificate_that_the_charger_does_not_take_is_alerted(
    node: nodes.Watched, nursery: trio.Nursery
) -> None:
    station = await booted(node, nursery, "ocpp2.0.1")
    await signed(station, pki.request(), "Rejected")
    alert = await node.recorded(events.AlertRaised)
    assert alert.kind == "certificate_rejected"
    assert (await only(node)).status == "rejected"


async def test_a_charger_that_asks_without_end_is_not_listened_to(
    node: nodes.Watched, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "MOST_AN_HOUR", 1)
    station = await booted(node, nursery, "ocpp1.6")
    await signed(station, pki.request())
    assert (await station.result("SignCertificate", {"csr": pki.request()}))["status"] == "Rejected"


async def test_what_cars_see_is_signed_by_an_authority_of_its_own(node: nodes.Watched, nursery: trio.Nursery) -> None:
    station = await booted(node, nursery, "ocpp2.1")
    asked = {"csr": pki.request("SECC-1"), "certificateType": "V2GCertificate", "requestId": 7}
    assert await station.result("SignCertificate", asked) == {"status": "Accepted"}
    message_id, _, payload = await station.asked()
    assert (payload["certificateType"], payload["requestId"]) == ("V2GCertificate", 7)
    await station.answer(message_id, {"status": "Accepted"})
    assert payload["certificateChain"].count("BEGIN CERTIFICATE") == 3
    strange = await station.result("SignCertificate", {**asked, "certificateType": "V2G20Certificate"})
    assert "V2G20Certificate" in strange["statusInfo"]["additionalInfo"]


async def test_a_key_that_cannot_be_read_is_alerted_and_costs_nothing_else(
    node: nodes.Watched, nursery: trio.Nursery
) -> None:
    station = await booted(node, nursery, "ocpp1.6")
    (kept(node).directory / "operator" / "issuing.key").write_text("gone")
    assert (await station.result("SignCertificate", {"csr": pki.request()}))["status"] == "Accepted"
    assert (await node.recorded(events.AlertRaised)).kind == "certificate_not_signed"
    assert await station.result("Heartbeat", {})


# -- Signing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subprotocol", "order"),
    [
        ("ocpp1.6", commands.SetConfiguration(key="SecurityProfile", value="3")),
        (
            "ocpp2.0.1",
            commands.Raw(
                action="SetNetworkProfile",
                payload={
                    "configurationSlot": 1,
                    "connectionData": {
                        "ocppVersion": "OCPP20",
                        "ocppTransport": "JSON",
                        "ocppCsmsUrl": "wss://csms.example/ocpp",
                        "messageTimeout": 30,
                        "securityProfile": 3,
                        "ocppInterface": "Wired0",
                    },
                },
            ),
        ),
    ],
)
async def test_rule_57_from_profile_0_to_3(
    node: nodes.Watched, nursery: trio.Nursery, subprotocol: str, order: commands.AnyCommand
) -> None:
    station = await booted(node, nursery, subprotocol)
    chain = await signed(station, pki.request())
    async with trio.open_nursery() as waiting:
        waiting.start_soon(ordered, node, order)
        message_id, _, _ = await station.asked()
        assert await profile(node) == (0, 3), "good before the charger knows"
        await station.answer(message_id, {"status": "Accepted"})
    await station.close()
    again = await come(node, nursery, subprotocol)
    assert await profile(node) == (0, 3), "it fell back once"
    await again.close()
    secure = await come(node, nursery, subprotocol, shows(node, chain))
    await secure.result("BootNotification", BOOT_16 if subprotocol == "ocpp1.6" else BOOT_2X)
    assert await profile(node) == (3, None)
    assert node.front.gateway is not None
    assert (await support.refused(node.front.gateway, "/ocpp/CP-01"))[0] == 401, "and never back"


@pytest.mark.parametrize(("status", "after"), [("Rejected", (0, None)), ("Accepted", (0, 3))])
async def test_rule_57_a_refused_profile_is_forgotten(
    node: nodes.Watched, nursery: trio.Nursery, status: str, after: tuple[int, int | None]
) -> None:
    station = await booted(node, nursery, "ocpp1.6")
    station.answers = {"ChangeConfiguration": {"status": status}}
    await ordered(node, commands.SetConfiguration(key="SecurityProfile", value="3"))
    assert await profile(node) == after


async def test_rule_57_a_lower_profile_is_never_sent(node: nodes.Watched, nursery: trio.Nursery) -> None:
    await node.add("charger.add", id="CP-09", security_profile=1, password="p" * 16)
    assert node.front.gateway is not None
    url = f"{node.front.gateway.endpoints[0].url}/CP-09"
    async with support.charger(url, authorization=support.basic("CP-09", "p" * 16)):
        await node.until(lambda: "CP-09" in node.services.links)
        ref = await node.charger("CP-09")
        lower = commands.SetConfiguration(key="SecurityProfile", value="0")
        with pytest.raises(orders.CannotOrder, match="never"):
            await charger.execute(node.services, ref, lower, by="test")


async def ordered(node: nodes.Watched, command: commands.AnyCommand) -> None:
    await charger.execute(node.services, await node.charger("CP-01"), command, by="test")


async def profile(node: nodes.Watched) -> tuple[int, int | None]:
    found = await node.read(chargers.get, "CP-01")
    return found.security_profile, found.next_security_profile


async def test_rule_53_a_certificate_for_one_charger_opens_no_other(node: nodes.Watched, nursery: trio.Nursery) -> None:
    """CP-01 claims CP-02's serial number, and gets a certificate with that name: it is CP-01's all the same."""
    station = await booted(node, nursery, "ocpp1.6")
    chain = await signed(station, pki.request())
    await node.write(chargers.change, "CP-02", {"security_profile": 3, "serial_number": pki.SERIAL})
    assert node.front.gateway is not None
    with pytest.RaisesGroup(trio_websocket.ConnectionRejected, flatten_subgroups=True):
        async with support.charger(f"{node.front.gateway.endpoints[1].url}/CP-02", tls=shows(node, chain)):
            pass
    alert = await node.recorded(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("sign_in_refused", "CP-02")


# -- What cars show --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subprotocol", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_cars_certificate_must_lead_to_a_root_that_is_trusted(
    settings: config.Settings, nursery: trio.Nursery, subprotocol: str
) -> None:
    operator, stranger = mutual.issuer("Mobility"), mutual.issuer("Stranger")
    roots = settings.data / "roots.pem"
    roots.write_text(pem.write([operator.root]))
    async with nodes.running(dataclasses.replace(settings, contract_ca=(roots,))) as node:
        await nodes.furnish(node)
        station = await booted(node, nursery, subprotocol)
        token: dict[str, Any] = {"idToken": {"idToken": "CARD", "type": "eMAID"}}
        good = pem.write([mutual.signed(operator, common_name="CARD"), *operator.below_root])
        bad = pem.write([mutual.signed(stranger, common_name="CARD"), *stranger.below_root])
        named = msgspec.to_builtins(hashes.of(operator.issuer, operator.root))
        shown: list[dict[str, Any]] = [{"certificate": good}, {"certificate": bad}, {}]
        shown.append({"iso15118CertificateHashData": [{**named, "responderURL": "http://a"}]})
        told = [await station.result("Authorize", token | each) for each in shown]
        await station.close()
    assert [each.get("certificateStatus") for each in told] == ["Accepted", "CertChainError", None, "Accepted"]
    assert [each["idTokenInfo"]["status"] for each in told] == ["Accepted", "Invalid", "Accepted", "Accepted"]


# -- What chargers ask about certificates ------------------------------------------------------------------------------


async def test_the_status_of_ours_is_told_and_of_others_not(node: nodes.Watched, nursery: trio.Nursery) -> None:
    station = await booted(node, nursery, "ocpp2.0.1")
    await signed(station, pki.request())
    row = await only(node)
    issuer = kept(node).operator(mutual.NOW).issuer
    told = [await status(station, issuer, row.serial_number or "")]
    await node.write(certificates.revoke, row.serial_number or "", "key_compromise", node.services.now())
    told += [await status(station, issuer, row.serial_number or ""), await status(station, issuer, "abc")]
    assert [found["status"] for found in told] == ["Accepted"] * 3
    answers = [_certificate_status(found["ocspResult"]) for found in told]
    assert answers == ["GOOD", "REVOKED", "UNKNOWN"]
    assert (await status(station, mutual.issuer("Stranger").issuer, "1"))["status"] == "Failed"
    above = kept(node).v2g(mutual.NOW).chain
    for authority, its_issuer in itertools.pairwise(above):
        found = await status(station, its_issuer, f"{authority.serial_number:x}")
        assert _certificate_status(found["ocspResult"]) == "GOOD"


async def test_a_charger_whose_certificates_are_malformed_is_answered_and_not_parked(
    node: nodes.Watched, nursery: trio.Nursery
) -> None:
    """Each of these made its actor fail, and an actor that fails again and again is parked."""
    station, issuer = await booted(node, nursery, "ocpp2.1"), kept(node).operator(mutual.NOW).issuer
    car = parsing.text("CERTIFICATE", parsing.NEWER)
    token = {"idToken": "CARD", "type": "eMAID"}
    assert (await station.result("Authorize", {"idToken": token, "certificate": car}))[
        "certificateStatus"
    ] == "CertChainError"
    for serial in ("-5", "x", "5_0"):
        assert (await status(station, issuer, serial))["status"] == "Failed"
    asked = {"csr": parsing.text("CERTIFICATE REQUEST", parsing.NEWER_REQUEST)}
    assert (await station.result("SignCertificate", asked))["status"] == "Rejected"


async def status(station: nodes.Station, issuer: Any, serial: str) -> dict[str, Any]:
    name, key = hashes.of_issuer(issuer, "SHA256")
    asked = {"hashAlgorithm": "SHA256", "issuerNameHash": name, "issuerKeyHash": key, "serialNumber": serial}
    return await station.result("GetCertificateStatus", {"ocspRequestData": {**asked, "responderURL": "http://a"}})


def _certificate_status(told: str) -> str:
    return ocsp.load_der_ocsp_response(base64.b64decode(told)).certificate_status.name
