"""The directory of keys."""

import ssl
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from csms.pki import authority, errors, revocation, store
from tests.csms.pki import support


@pytest.fixture
def kept(tmp_path: Path) -> store.Store:
    return store.Store(tmp_path / "pki", support.OWNER)


def test_an_authority_is_made_on_first_use_and_the_same_ever_after(kept: store.Store) -> None:
    assert not kept.begun
    assert not kept.trusted
    first = kept.operator(support.NOW)
    assert kept.operator(support.NOW).chain == first.chain
    assert list(kept.trusted) == [first.root]


def test_keys_are_readable_by_their_owner_only(kept: store.Store) -> None:
    kept.operator(support.NOW)
    kept.make_server(["localhost"], support.NOW)
    keys = [*kept.directory.rglob("*.key")]
    assert len(keys) == 4
    assert {stat.S_IMODE(each.stat().st_mode) for each in keys} == {0o600}
    assert stat.S_IMODE(kept.directory.stat().st_mode) == 0o700


def test_v2g_has_a_root_of_its_own(kept: store.Store) -> None:
    assert kept.v2g(support.NOW).root != kept.operator(support.NOW).root
    assert len(kept.existing()) == 2


def test_the_root_key_may_be_kept_elsewhere(kept: store.Store) -> None:
    kept.operator(support.NOW)
    (kept.directory / "operator" / "root.key").unlink()
    assert kept.operator(support.NOW).key.key_size == 256


def test_each_level_whose_key_is_here_can_answer_for_what_it_issued(kept: store.Store) -> None:
    kept.operator(support.NOW)
    kept.v2g(support.NOW)
    assert len(kept.signers()) == 5
    (kept.directory / "operator" / "root.key").unlink()
    found = kept.signers()
    assert [len(each.chain) for each in found] == [2, 3, 2, 1]
    for each in found:
        assert each.key.public_key() == each.issuer.public_key()


def test_a_slower_one_takes_what_the_faster_one_made(kept: store.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    create = authority.create

    def late(*args: object) -> object:
        monkeypatch.setattr(authority, "create", create)
        kept.operator(support.NOW)
        return create(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(authority, "create", late)
    made = kept.operator(support.NOW)
    assert kept.operator(support.NOW).chain == made.chain
    assert sorted(each.name for each in kept.directory.iterdir()) == ["operator"], "nothing unfinished is left"


def test_our_own_port_gets_a_certificate_of_each_kind_of_key(kept: store.Store) -> None:
    kept.make_server(["csms.example", "10.0.0.1"], support.NOW)
    for certificate, key in kept.server_files:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        leaf = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["csms.example"]
        assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]
    assert len(kept.server_files) == 2
    kept.make_server(["csms.example"], support.NOW + timedelta(days=1))


def test_a_key_that_is_not_its_certificates_is_refused(kept: store.Store) -> None:
    kept.operator(support.NOW)
    folder = kept.directory / "operator"
    (folder / "issuing.key").write_bytes((folder / "root.key").read_bytes())
    with pytest.raises(errors.BadStore, match="is not the key of"):
        kept.operator(support.NOW)


def test_certificates_are_shown_though_no_key_can_be_read(kept: store.Store) -> None:
    made = kept.operator(support.NOW)
    (kept.directory / "operator" / "issuing.key").write_text("nothing")
    assert kept.chains() == [made.chain]
    assert kept.operator_chain() == made.chain


def test_an_rsa_key_is_looked_at_closely_only_by_who_has_the_time(
    kept: store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops every thread for 0.4 s: the loop of a server would stand still with each certificate that it signs."""
    looked: list[bool] = []
    load = serialization.load_pem_private_key

    def noted(*args: Any, unsafe_skip_rsa_key_validation: bool) -> Any:
        looked.append(not unsafe_skip_rsa_key_validation)
        return load(*args, unsafe_skip_rsa_key_validation=unsafe_skip_rsa_key_validation)

    monkeypatch.setattr(serialization, "load_pem_private_key", noted)
    kept.operator(support.NOW)
    kept.signers()
    assert not any(looked)
    kept.existing()
    assert any(looked)


def test_what_cannot_be_read_says_which_file(kept: store.Store) -> None:
    kept.operator(support.NOW)
    (kept.directory / "operator" / "issuing.key").write_text("nothing")
    with pytest.raises(errors.BadStore, match=r"issuing\.key"):
        kept.operator(support.NOW)


def test_a_directory_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.BadStore, match="cannot write"):
        store.Store(tmp_path / "file" / "pki", support.OWNER).operator(support.NOW)


def test_the_list_of_revoked_ones_is_published(kept: store.Store) -> None:
    crl = revocation.publish(kept.operator(support.NOW), [], support.NOW)
    assert kept.publish(crl).read_bytes() == crl
