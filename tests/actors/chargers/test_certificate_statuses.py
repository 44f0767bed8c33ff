"""What chargers ask about certificates of others: a responder in this process is asked, and its word kept (2.x)."""

import base64
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import h11
import pytest
import trio
from cryptography.x509 import ocsp as wire

from actors.chargers import certificate_statuses
from csms import config
from csms.domain.certificates import HashData
from csms.pki import authority, hashes, ocsp, pem, revocation
from tests.actors import node as nodes
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.second import BOTH, booted
from tests.csms.gateway import mutual

GOOD, GONE = "abc", "def"


class Responder:
    """Answers for an authority over HTTP: OCSP at /ocsp, its list at /crl; `told` is sent instead where it is set."""

    def __init__(self, port: int, signer: authority.Authority, clock: Clock) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.signer, self.issuer, self.clock = signer, signer.issuer, clock
        self.asked: list[str] = []
        self.told: tuple[int, bytes] | None = None
        self.silent = False

    async def serve(self, stream: trio.SocketStream) -> None:
        connection = h11.Connection(h11.SERVER)
        target, body = "", b""
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(await stream.receive_some(65536))
            elif isinstance(event, h11.Request):
                target = event.target.decode()
            elif isinstance(event, h11.Data):
                body += event.data
        self.asked.append(target)
        if self.silent:
            await trio.sleep_forever()
        status, content = self.told or (200, self._list() if target == "/crl" else self._answer(body))
        for part in (
            h11.Response(status_code=status, headers=[("Content-Length", str(len(content)))]),
            h11.Data(data=content),
            h11.EndOfMessage(),
        ):
            await stream.send_all(connection.send(part) or b"")
        await stream.aclose()

    def _answer(self, body: bytes) -> bytes:
        asked = wire.load_der_ocsp_request(body)
        serial = f"{asked.serial_number:x}"
        named = HashData("SHA256", asked.issuer_name_hash.hex(), asked.issuer_key_hash.hex(), serial)
        now = self.clock()
        gone = revocation.Revoked(GONE, now) if serial == GONE else None
        return base64.b64decode(ocsp.respond(self.signer, named, gone, now))

    def _list(self) -> bytes:
        return revocation.publish(self.signer, [revocation.Revoked(GONE, self.clock())], self.clock())


@pytest.fixture(scope="module")
def stranger() -> authority.Authority:
    """An authority of somebody else."""
    return mutual.issuer("Stranger")


@pytest.fixture
def settings(tmp_path: Path, stranger: authority.Authority) -> config.Settings:
    file = tmp_path / "stranger.pem"
    file.write_text(pem.write([stranger.issuer]))
    return nodes.made(tmp_path / "data", call_hosts=("127.0.0.1",), contract_ca=(file,))


@pytest.fixture
async def responder(
    node: Watched, clock: Clock, stranger: authority.Authority, nursery: trio.Nursery
) -> AsyncIterator[Responder]:
    clock.now = mutual.NOW
    listeners: list[trio.SocketListener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    made = Responder(listeners[0].socket.getsockname()[1], stranger, clock)
    nursery.start_soon(partial(trio.serve_listeners, made.serve, listeners))
    yield made


def named(issuer: Any, serial: str) -> dict[str, str]:
    name, key = hashes.of_issuer(issuer, "SHA256")
    return {"hashAlgorithm": "SHA256", "issuerNameHash": name, "issuerKeyHash": key, "serialNumber": serial}


async def asked(station: Station, responder: Responder, serial: str, url: str = "") -> dict[str, Any]:
    """GetCertificateStatus."""
    data = {**named(responder.issuer, serial), "responderURL": url or f"{responder.url}/ocsp"}
    return await station.result("GetCertificateStatus", {"ocspRequestData": data})


def word(answer: dict[str, Any]) -> str:
    assert answer["status"] == "Accepted", answer
    return wire.load_der_ocsp_response(base64.b64decode(answer["ocspResult"])).certificate_status.name


@BOTH
async def test_the_responder_of_a_certificate_is_asked_and_its_word_kept_while_it_counts(
    connect: Connect, clock: Clock, responder: Responder, version: str
) -> None:
    station = await booted(connect, version)
    assert [word(await asked(station, responder, each)) for each in (GOOD, GONE, GOOD)] == ["GOOD", "REVOKED", "GOOD"]
    assert responder.asked == ["/ocsp", "/ocsp"]
    clock.forward(days=1)
    assert word(await asked(station, responder, GOOD)) == "GOOD"
    assert len(responder.asked) == 3


@BOTH
@pytest.mark.parametrize(
    "told", [(500, b""), (200, b"<html>"), (302, b""), (200, b"x" * (certificate_statuses.LARGEST_ANSWER + 1))]
)
async def test_a_responder_without_an_answer_is_a_failure_and_is_asked_again(
    connect: Connect, responder: Responder, version: str, told: tuple[int, bytes]
) -> None:
    station = await booted(connect, version)
    responder.told = told
    answer = await asked(station, responder, GOOD)
    assert (answer["status"], answer.get("ocspResult")) == ("Failed", None)
    assert answer["statusInfo"]["additionalInfo"]
    responder.told = None
    assert word(await asked(station, responder, GOOD)) == "GOOD"


async def test_one_that_says_nothing_is_not_waited_for(
    connect: Connect, responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate_statuses, "SECONDS", 0.1)
    responder.silent = True
    station = await booted(connect, "ocpp2.0.1")
    assert "no answer" in (await asked(station, responder, GOOD))["statusInfo"]["additionalInfo"]


@pytest.mark.parametrize("url", ["http://10.0.0.1/ocsp", "http://localhost:8000/", "file:///etc/passwd"])
async def test_nobody_is_asked_behind_our_own_door(connect: Connect, responder: Responder, url: str) -> None:
    station = await booted(connect, "ocpp2.0.1")
    assert (await asked(station, responder, GOOD, url))["status"] == "Failed"


async def test_the_word_of_a_forger_is_none(connect: Connect, responder: Responder) -> None:
    station = await booted(connect, "ocpp2.0.1")
    responder.signer = mutual.issuer("Forger")
    answer = await asked(station, responder, GOOD)
    assert "signature" in answer["statusInfo"]["additionalInfo"]


async def test_of_a_chain_each_is_told_by_whoever_says_it(connect: Connect, responder: Responder, clock: Clock) -> None:
    station = await booted(connect, "ocpp2.1")
    unknown = mutual.issuer("Unknown")

    def question(serial: str, source: str, *urls: str, issuer: Any = responder.signer.issuer) -> dict[str, Any]:
        return {"certificateHashData": named(issuer, serial), "source": source, "urls": list(urls)}

    questions = [
        question(GOOD, "OCSP", "http://10.0.0.1/", f"{responder.url}/ocsp"),
        question(GONE, "CRL", f"{responder.url}/crl"),
        question(GOOD, "CRL", f"{responder.url}/crl"),
        question(GOOD, "OCSP", f"{responder.url}/ocsp", issuer=unknown.issuer),
    ]
    told = await station.result("GetCertificateChainStatus", {"certificateStatusRequests": questions})
    found = told["certificateStatus"]
    assert [each["status"] for each in found] == ["Good", "Revoked", "Good", "Failed"]
    assert [each["source"] for each in found] == ["OCSP", "CRL", "CRL", "OCSP"]
    assert found[0]["nextUpdate"] > found[3]["nextUpdate"]
