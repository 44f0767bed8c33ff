"""What of a text nobody may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ftp://ops:hush@files.example/logs/", "ftp://********@files.example/logs/"),
        ("https://hush@files.example", "https://********@files.example"),
        ("sftp://a:b@c:hush@host/x@y", "sftp://********@host/x@y"),
        ("https://bucket.example/fw.bin?sig=hush&v=1", "https://bucket.example/fw.bin?********"),
        ("https://bucket.example/?hush#part", "https://bucket.example/?********#part"),
        ("sent to ftp://u:hush@a/, then ftp://u:hush@b/.", "sent to ftp://********@a/, then ftp://********@b/."),
        ('{"location":"ftp://u:hush@a/?hush","n":1}', '{"location":"ftp://********@a/?********","n":1}'),
        ("https://files.example/fw.bin", "https://files.example/fw.bin"),
        ("wss://csms.example/ocpp", "wss://csms.example/ocpp"),
        ("who@example.org? yes", "who@example.org? yes"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_who_may_use_it(text: str, shown: str) -> None:
    assert secrets.shown(text) == shown
    assert "hush" not in shown


@given(st.text())
def test_it_is_done_once(text: str) -> None:
    assert secrets.shown(secrets.shown(text)) == secrets.shown(text)


@pytest.mark.parametrize("piece", ["a", "://", "://?", "://@", "a:", "/", '"', "?"])
def test_no_text_takes_long(piece: str) -> None:
    """With steps that grow by the square this would take minutes."""
    secrets.shown(piece * 300_000 + "://" + "?@")
