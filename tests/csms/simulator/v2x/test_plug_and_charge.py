"""What a 2.x charger asks for a car with certificates."""

from cryptography import x509

from csms.simulator.certificates import Hashes
from csms.simulator.v2x import plug_and_charge
from csms.simulator.v2x.station import Station
from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.v2x.test_certificates import Authority
from tests.csms.simulator.world import World

_URL = "http://ocsp.example/"


def _station(world: World) -> Station:
    return world.charger.dialect.station  # type: ignore[attr-defined, no-any-return]


def _chain() -> list[x509.Certificate]:
    """One that was signed, and the root that signed it."""
    authority, asking = Authority(), World(protocol="2.0.1")
    leaf = authority.sign(asking.charger.certificates.request("V2GCertificate"))
    return [x509.load_pem_x509_certificate(leaf.encode()), authority.root]


def test_a_contract_is_asked_for_and_the_answer_kept(world_of: Worlds) -> None:
    world = world_of()
    answer = {"status": "Failed", "exiResponse": ""}
    world.answers["Get15118EVCertificate"] = answer
    plug_and_charge.ask_for_contract(_station(world), "gJgC")
    world.talk()
    assert world.calls("Get15118EVCertificate")[0]["exiRequest"] == "gJgC"
    assert _station(world).own(plug_and_charge.Answers).contracts == [answer]


def test_the_status_of_a_certificate_is_asked_by_its_hashes(world_of: Worlds) -> None:
    world = world_of()
    leaf, root = _chain()
    world.answers["GetCertificateStatus"] = {"status": "Accepted", "ocspResult": "MII"}
    plug_and_charge.ask_for_status(_station(world), leaf, root, _URL)
    world.talk()
    [asked] = world.calls("GetCertificateStatus")
    name = Hashes.of(leaf, root)
    assert asked["ocspRequestData"]["issuerKeyHash"] == name.issuer_key
    assert asked["ocspRequestData"]["responderURL"] == _URL
    assert _station(world).own(plug_and_charge.Answers).statuses[name.serial]["ocspResult"] == "MII"


def test_2_1_asks_for_a_whole_chain() -> None:
    world, chain = World(protocol="2.1"), _chain()
    world.answers["GetCertificateChainStatus"] = lambda call: {
        "certificateStatus": [
            {
                "certificateHashData": each["certificateHashData"],
                "source": each["source"],
                "status": "Revoked",
                "nextUpdate": "2027-02-01T00:00:00Z",
            }
            for each in call["certificateStatusRequests"]
        ]
    }
    plug_and_charge.ask_for_chain(_station(world), chain, _URL)
    world.talk()
    statuses = _station(world).own(plug_and_charge.Answers).statuses
    assert {serial: each["status"] for serial, each in statuses.items()} == {f"{chain[0].serial_number:x}": "Revoked"}
