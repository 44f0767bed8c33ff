"""Certificates as people see and order them."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from api import views
from api.permissions import Role
from api.resources import certificates as resource
from api.server import Serving
from csms.pki import hashes, pem, store
from csms.storage.reference import certificates
from tests.api import answers
from tests.api.station import Station
from tests.csms.pki import support as pki

CP_01 = "/api/v1/chargers/CP-01"


class Page(views.View, frozen=True):
    items: Sequence[resource.Certificate]
    next_cursor: str | None


@pytest.fixture
def ours(serving: Serving) -> store.Store:
    """The operator's authority."""
    kept = store.Store(serving.node.settings.data / "pki", serving.node.settings.operator_name)
    kept.operator(serving.node.services.now())
    return kept


async def ordered(admin: httpx.AsyncClient, name: str, body: Any = None) -> dict[str, Any]:
    answer = await admin.post(f"{CP_01}/commands/{name}", json=body or {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def held(admin: httpx.AsyncClient) -> list[dict[str, Any]]:
    items = (await admin.get(f"{CP_01}/inventory/certificates")).json()["items"]
    return [item["body"] for item in items]


async def test_a_charger_is_given_our_root_and_trusts_it_until_it_is_deleted(
    admin: httpx.AsyncClient, charger: Station, ours: store.Store
) -> None:
    await ordered(admin, "install-certificate")
    action, sent = charger.calls[-1]
    assert (action, sent["certificate"]) == ("InstallCertificate", pem.write(ours.trusted))
    [body] = await held(admin)
    assert body["serialNumber"] == hashes.of(ours.trusted[0]).serial_number
    named = {
        "hash_algorithm": body["hashAlgorithm"],
        "issuer_name_hash": body["issuerNameHash"],
        "issuer_key_hash": body["issuerKeyHash"],
        "serial_number": body["serialNumber"],
    }
    await ordered(admin, "delete-certificate", named)
    assert await held(admin) == []
    payload = {"certificateType": "CentralSystemRootCertificate", "certificate": pem.write(ours.trusted)}
    (await admin.post(f"{CP_01}/ocpp/InstallCertificate", json=payload)).raise_for_status()
    assert len(await held(admin)) == 1, "and raw the same"


async def test_what_it_trusts_is_listed_and_what_it_holds_renewed(admin: httpx.AsyncClient, charger: Station) -> None:
    data = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "1"}
    charger.answers["GetInstalledCertificateIds"] = {"status": "Accepted", "certificateHashData": [data]}
    await ordered(admin, "list-certificates")
    assert (await held(admin))[0]["certificateType"] == "CentralSystemRootCertificate"

    assert (await ordered(admin, "renew-certificate"))["status"] == "accepted"
    assert charger.calls[-1] == ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})


async def test_what_a_version_cannot_do_is_422(admin: httpx.AsyncClient, charger: Station) -> None:
    body = {"certificate_type": "v2g_root", "certificate": pem.write([pki.v2g().root])}
    answer = await admin.post(f"{CP_01}/commands/install-certificate", json=body)
    assert "1.6" in answers.problem(answer, 422)["detail"]
    answer = await admin.post(f"{CP_01}/commands/set-configuration", json={"key": "SecurityProfile", "value": "7"})
    assert "0 to 3" in answers.problem(answer, 422)["detail"]


async def test_the_authority_is_shown_where_there_is_one(
    admin: httpx.AsyncClient, charger: Station, serving: Serving
) -> None:
    assert (await admin.get("/api/v1/certificates/authority")).status_code == 404
    assert (await admin.post(f"{CP_01}/commands/install-certificate", json={})).status_code == 404
    ours = store.Store(serving.node.settings.data / "pki", serving.node.settings.operator_name)
    ours.operator(serving.node.services.now())
    shown = answers.converted(await admin.get("/api/v1/certificates/authority"), resource.Authority)
    assert shown.root == pem.write(ours.trusted)


async def test_what_was_signed_is_listed_and_revoked(
    admin: httpx.AsyncClient, charger: Station, ours: store.Store, serving: Serving
) -> None:
    now = serving.node.services.now()

    def issue(conn: Any) -> None:
        certificates.issue(
            conn, "CP-01", "charger", serial_number="abc", common_name="SN", chain="PEM", at=now, ends_at=now
        )

    await serving.node.write(issue)
    [listed] = answers.converted(await admin.get("/api/v1/certificates?charger_id=cp-01"), Page).items
    assert (listed.serial_number, listed.status) == ("abc", "issued")
    answer = await admin.post("/api/v1/certificates/ABC/revoke", json={"reason": "key_compromise"})
    assert answers.converted(answer, resource.Certificate).status == "revoked"
    assert (await admin.post("/api/v1/certificates/ffff/revoke", json={})).status_code == 404
    await serving.node.write(
        lambda conn: certificates.issue(
            conn, "GONE", "charger", serial_number="def", common_name="SN", chain="PEM", at=now, ends_at=now
        )
    )
    answer = await admin.post("/api/v1/certificates/def/revoke", json={})
    assert answers.converted(answer, resource.Certificate).status == "revoked", "though its charger was removed"
    assert (ours.directory / "revoked.crl").exists()


async def test_support_may_look_and_not_revoke(client_for: Any, keys: dict[Role, str]) -> None:
    async with client_for(keys[Role.SUPPORT]) as client:
        assert (await client.get("/api/v1/certificates")).status_code == 200
        assert (await client.post("/api/v1/certificates/abc/revoke", json={})).status_code == 403
