"""Whom X-Forwarded-For and X-Forwarded-Proto are believed from."""

import ipaddress

import pytest

from csms.gateway import proxy

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def origin(address: str, *headers: tuple[str, str], secure: bool = False) -> tuple[str, bool]:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return proxy.origin(address, secure, raw, TRUSTED)


def test_a_stranger_is_not_believed() -> None:
    forged = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")]
    assert origin("203.0.113.9", *forged) == ("203.0.113.9", False)


def test_a_trusted_proxy_tells_the_address_and_tls() -> None:
    told = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")]
    assert origin("10.0.0.1", *told) == ("203.0.113.9", True)
    assert origin("fd00::1", *told) == ("203.0.113.9", True)


def test_an_address_mapped_into_ipv6_is_the_ipv4_one() -> None:
    assert origin("::ffff:10.0.0.1", ("x-forwarded-for", "203.0.113.9")) == ("203.0.113.9", False)


def test_of_a_chain_the_last_address_that_is_no_proxy_counts() -> None:
    chain = ("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.7")
    assert origin("10.0.0.1", chain)[0] == "203.0.113.9"


def test_several_header_lines_are_one_list() -> None:
    lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")]
    assert origin("10.0.0.1", *lines)[0] == "203.0.113.9"


@pytest.mark.parametrize("proto", ["http", "ws"])
def test_plain_before_the_proxy_is_plain(proto: str) -> None:
    assert origin("10.0.0.1", ("x-forwarded-proto", proto), secure=True) == ("10.0.0.1", False)


def test_a_proxy_that_tells_nothing_is_taken_for_the_charger() -> None:
    assert origin("10.0.0.1", secure=True) == ("10.0.0.1", True)
