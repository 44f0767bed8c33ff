"""Where chargers may be sent for files."""

import pytest

from csms import addresses

OWN = "https://csms.example.com:8443"
EVERYBODY = ("*",)


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.com/fw.bin",
        "ftp://user:secret@files.example.com/fw.bin",
        "http://8.8.8.8/fw.bin",
        "http://[2606:4700::1111]/fw.bin",
        f"{OWN}/uploads/one-time",
    ],
)
def test_public_hosts_and_our_own(url: str) -> None:
    assert addresses.refusal(url, OWN, EVERYBODY) is None


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.1.5:8080",
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "localhost",
        "LOCALHOST.",
        "nas",
        "nas.local",
        "db.internal",
        "2130706433",
        "0x7f.1",
        "127.1",
        "csms.example.com.localhost",
    ],
)
def test_private_hosts_in_whatever_guise_must_be_named(host: str) -> None:
    told = addresses.refusal(f"http://{host}/fw.bin", OWN, EVERYBODY)
    assert told is not None
    assert "CSMS_FILE_HOSTS" in told


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://example.com/", "https:///x", "//example.com/x", "x"])
def test_other_schemes_and_no_host(url: str) -> None:
    assert "with a host only" in str(addresses.refusal(url, None, EVERYBODY))


@pytest.mark.parametrize("url", ["http://[::1/x", "http://example.com:99999/x"])
def test_what_is_no_url(url: str) -> None:
    assert addresses.refusal(url, None, EVERYBODY) is not None


def test_only_named_hosts_where_they_are_named() -> None:
    allowed = ("nas.local", "10.0.0.1", "*.example.org")
    for host in ("nas.local", "NAS.local", "10.0.0.1", "files.example.org"):
        assert addresses.refusal(f"http://{host}/x", None, allowed) is None
    for host in ("files.example.com", "10.0.0.2", "example.org", "evil-example.org"):
        assert addresses.refusal(f"http://{host}/x", None, allowed) is not None
