"""Profile 3: mutual TLS beside profiles 1 and 2 on one port, and certificates that are not good (rules 53 and 57)."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
import trio
import trio_websocket
from cryptography import x509
from cryptography.x509 import oid

from csms import gateway
from csms.gateway import auth
from csms.pki import authority, pem, revocation, store
from tests.csms.gateway import mutual, support

P3 = auth.Known("CP-03", 3, common_names=(mutual.SERIAL,), organisation=mutual.OWNER)
P2 = auth.Known("CP-02", 2, ("plain:secret",))
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> store.Store:
    return mutual.operator(tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def signer(kept: store.Store) -> authority.Authority:
    return kept.operator(mutual.NOW)


@pytest.fixture
def tls(kept: store.Store) -> gateway.Tls:
    return gateway.Tls(lambda: mutual.files(kept))


async def echoes(running: gateway.Gateway, identity: str, context: ssl.SSLContext, password: str | None = None) -> bool:
    """Whether the charger is let in and served."""
    header = None if password is None else support.basic(identity, password)
    async with support.charger(
        f"{running.endpoints[1].url}/{identity}", tls=context, authorization=header
    ) as websocket:
        await websocket.send_message("hello")
        return bool(await websocket.get_message() == "hello")


async def status_of(running: gateway.Gateway, identity: str, context: ssl.SSLContext) -> int:
    """The HTTP status of the refusal."""
    with pytest.raises(BaseExceptionGroup) as refused:
        await echoes(running, identity, context)
    rejected = refused.value.subgroup(trio_websocket.ConnectionRejected)
    assert rejected is not None
    found = rejected.exceptions[0]
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, trio_websocket.ConnectionRejected)
    return int(found.status_code)


# -- Good ones -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [0, 2048], ids=["ecdsa", "rsa"])
@pytest.mark.parametrize("whole", [True, False], ids=["with its issuer", "alone"])
async def test_a_charger_of_profile_3_signs_in_with_its_certificate(
    bits: int, whole: bool, tmp_path: Path, kept: store.Store, signer: authority.Authority, tls: gateway.Tls
) -> None:
    leaf = mutual.signed(signer, bits=bits)
    context = mutual.client(tmp_path, kept, [leaf, *signer.below_root] if whole else [leaf], bits=bits)
    handler = support.Echo(support.registered(P3))
    async with support.serving(handler, tls=tls.current) as running:
        assert await echoes(running, "CP-03", context)
    assert handler.connections[0].profile == 3
    assert handler.connections[0].certificate == f"{leaf.serial_number:x}"


async def test_profiles_2_and_3_live_on_one_port(
    tmp_path: Path, kept: store.Store, signer: authority.Authority, tls: gateway.Tls
) -> None:
    handler = support.Echo(support.registered(P2, P3))
    async with support.serving(handler, tls=tls.current) as running:
        assert await echoes(running, "CP-02", mutual.client(tmp_path, kept, []), "secret")
        assert await echoes(running, "CP-03", mutual.client(tmp_path, kept, [mutual.signed(signer)]))


@pytest.mark.parametrize(
    "ciphers",
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ],
)
async def test_rule_57_rsa_and_ecdsa_and_every_suite_that_ocpp_names_are_on_one_port(
    ciphers: str, tmp_path: Path, kept: store.Store, tls: gateway.Tls
) -> None:
    context = mutual.client(tmp_path, kept, [], ciphers=ciphers)
    async with support.serving(support.Echo(support.registered(P2)), tls=tls.current) as running:
        async with await support.raw(running, 1) as plain:
            secured = trio.SSLStream(plain, context, server_hostname="127.0.0.1")
            await secured.do_handshake()
            cipher: tuple[str, str, int] | None = secured.cipher()
            assert cipher is not None
            assert cipher[0] == ciphers


# -- Bad days: TLS ends it -------------------------------------------------------------------------------------------


def bad_ones(signer: authority.Authority) -> dict[str, list[x509.Certificate]]:
    now, stranger = mutual.NOW, mutual.issuer("Stranger")
    return {
        "certificate has expired": [mutual.signed(signer, begins=now - 2 * DAY, ends=now - DAY)],
        "certificate is not yet valid": [mutual.signed(signer, begins=now + DAY)],
        "self-signed certificate": [mutual.self_signed()],
        "unable to get local issuer certificate": [mutual.signed(stranger)],
        "self-signed certificate in certificate chain": [mutual.signed(stranger), *stranger.chain],
        "unsuitable certificate purpose": [mutual.signed(signer, usage=oid.ExtendedKeyUsageOID.SERVER_AUTH)],
        "certificate signature failure": [_forged(signer)],
    }


def _forged(signer: authority.Authority) -> x509.Certificate:
    """Signed by somebody who only calls himself so."""
    stranger = mutual.issuer("Stranger")
    return mutual.signed(authority.Authority(signer.chain, stranger.key))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_that_is_not_good_ends_the_handshake_and_the_log_says_why(
    version: ssl.TLSVersion,
    tmp_path: Path,
    kept: store.Store,
    signer: authority.Authority,
    tls: gateway.Tls,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    handler = support.Echo(support.registered(P2, P3))
    async with support.serving(handler, tls=tls.current) as running:
        for why, chain in bad_ones(signer).items():
            context = mutual.client(tmp_path, kept, chain)
            context.maximum_version = version
            with pytest.raises(ssl.SSLError, match=r"(?i)alert"):
                await talked(running, context)
            assert f"tls_refused remote=127.0.0.1 reason={why}" in caplog.text
            assert handler.turned_away[-1] == (None, why)
        assert await echoes(running, "CP-02", mutual.client(tmp_path, kept, []), "secret"), "the next one is served"
    assert running.statistics().refused == len(handler.turned_away) == 7


async def talked(running: gateway.Gateway, context: ssl.SSLContext) -> None:
    """Say hello; what TLS itself makes of it. Raises ssl.SSLError, whose alert came from the server."""
    async with await support.raw(running, 1) as plain:
        secured = trio.SSLStream(plain, context, server_hostname="127.0.0.1")
        try:
            await secured.do_handshake()
            await secured.receive_some()
        except trio.BrokenResourceError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise error.__cause__ from None
            raise


# -- Bad days: the certificate is good, and not this charger's -------------------------------------------------------


async def test_rule_53_a_certificate_of_another_charger_is_403(
    tmp_path: Path, kept: store.Store, signer: authority.Authority, tls: gateway.Tls, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    handler = support.Echo(support.registered(P3))
    async with support.serving(handler, tls=tls.current) as running:
        context = mutual.client(tmp_path, kept, [mutual.signed(signer, common_name="SN-0002")])
        assert await status_of(running, "CP-03", context) == 403
    assert handler.turned_away == [("CP-03", "foreign_certificate")]
    assert "why=foreign_certificate" in caplog.text


async def test_a_revoked_certificate_is_403(
    tmp_path: Path, kept: store.Store, signer: authority.Authority, tls: gateway.Tls
) -> None:
    leaf = mutual.signed(signer)
    handler = support.Echo(support.registered(P3), bad={f"{leaf.serial_number:x}"})
    async with support.serving(handler, tls=tls.current) as running:
        assert await status_of(running, "CP-03", mutual.client(tmp_path, kept, [leaf])) == 403
    assert handler.turned_away == [("CP-03", "certificate_revoked")]


async def test_rule_6_profile_3_without_a_certificate_is_401(
    tmp_path: Path, kept: store.Store, tls: gateway.Tls
) -> None:
    async with support.serving(support.Echo(support.registered(P3)), tls=tls.current) as running:
        assert await status_of(running, "CP-03", mutual.client(tmp_path, kept, [])) == 401
        assert (await support.refused(running, "/ocpp/CP-03"))[0] == 401, "and over plain ws"


# -- Certificates change while it runs -------------------------------------------------------------------------------


async def test_new_files_count_for_the_next_connection_and_the_open_ones_stay(tmp_path: Path) -> None:
    mine = mutual.operator(tmp_path)
    tls = gateway.Tls(lambda: mutual.files(mine))
    handler = support.Echo(support.registered(P2))
    async with support.serving(handler, tls=tls.current) as running:
        url = f"{running.endpoints[1].url}/CP-02"
        header = support.basic("CP-02", "secret")
        context = mutual.client(tmp_path, mine, [])
        async with support.charger(url, tls=context, authorization=header) as websocket:
            before = await shown_to(running, context)
            assert await shown_to(running, context) == before
            mine.make_server(["127.0.0.1"], mutual.NOW)
            assert await shown_to(running, context) != before
            await websocket.send_message("still here")
            assert await websocket.get_message() == "still here"


async def shown_to(running: gateway.Gateway, context: ssl.SSLContext) -> bytes:
    """The server's certificate."""
    async with await support.raw(running, 1) as plain:
        secured = trio.SSLStream(plain, context, server_hostname="127.0.0.1")
        await secured.do_handshake()
        return bytes(secured.getpeercert(binary_form=True))


async def test_an_authority_may_be_added_and_taken_away(
    tmp_path: Path, kept: store.Store, signer: authority.Authority
) -> None:
    stranger, bundle = mutual.issuer("Partner"), tmp_path / "partners.pem"
    trusted: list[Path] = []
    tls = gateway.Tls(lambda: mutual.files(kept, *trusted))
    context = mutual.client(tmp_path, kept, [mutual.signed(stranger)])
    async with support.serving(support.Echo(support.registered(P3)), tls=tls.current) as running:
        bundle.write_text(pem.write(stranger.chain))
        trusted.append(bundle)
        assert await echoes(running, "CP-03", context)
        trusted.clear()
        with pytest.raises(ssl.SSLError):
            await talked(running, context)


def test_files_that_cannot_be_used_change_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mine = mutual.operator(tmp_path)
    tls = gateway.Tls(lambda: mutual.files(mine))
    before = tls.current()
    mine.server_files[0][1].write_text("not a key")
    assert tls.current() is before
    assert tls.current() is before
    assert caplog.text.count("certificates_not_reloaded") == 1, "it is said once"
    mine.make_server(["127.0.0.1"], mutual.NOW)
    assert tls.refresh(), "and when they are mended they count"
    assert tls.current() is not before


def test_who_asks_for_a_reload_is_told_what_is_wrong_though_it_was_told_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine = mutual.operator(tmp_path)
    tls = gateway.Tls(lambda: mutual.files(mine))
    assert not tls.reload(), "nothing changed"
    mine.server_files[0][1].write_text("not a key")
    before = tls.current()
    for times in (2, 3):
        assert not tls.reload()
        assert caplog.text.count("certificates_not_reloaded") == times
    assert tls.current() is before
    mine.make_server(["127.0.0.1"], mutual.NOW)
    assert tls.reload()


def test_what_another_authority_revoked_is_in_its_list(tmp_path: Path, kept: store.Store) -> None:
    partner, bundle, listing = mutual.issuer("Partner"), tmp_path / "partner.pem", tmp_path / "partner.crl"
    bad, good = mutual.signed(partner), mutual.signed(partner)
    bundle.write_text(pem.write(partner.chain))
    listing.write_bytes(revocation.publish(partner, [], mutual.NOW))
    files = gateway.Files(kept.server_files, [bundle], [listing])
    tls = gateway.Tls(lambda: files)
    assert not tls.revoked(bad)
    gone = revocation.Revoked(f"{bad.serial_number:x}", mutual.NOW)
    listing.write_bytes(revocation.publish(partner, [gone], mutual.NOW))
    assert tls.refresh()
    assert tls.revoked(bad)
    assert not tls.revoked(good)


def test_a_list_that_nobody_we_trust_signed_says_so(tmp_path: Path, kept: store.Store) -> None:
    listing = tmp_path / "stranger.crl"
    listing.write_bytes(revocation.publish(mutual.issuer("Stranger"), [], mutual.NOW))
    files = gateway.Files(kept.server_files, [kept.root_file], [listing])
    with pytest.raises(gateway.BadListener, match="CSMS_TLS_CLIENT_CA"):
        gateway.Tls(lambda: files)
