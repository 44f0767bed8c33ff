"""Signatures of webhooks: worked out elsewhere, one for each secret."""

from datetime import UTC, datetime

from csms.integrations import signing
from tests import receiver

AT = datetime(2021, 2, 25, 17, 33, 20, tzinfo=UTC)


def test_a_receiver_can_check_it_with_each_secret_and_nothing_else_fits() -> None:
    old, new, other = signing.new_secret(), signing.new_secret(), signing.new_secret()
    told = signing.headers("d1", AT, b'{"a":1}', [new, old])
    assert (told["webhook-id"], told["webhook-timestamp"]) == ("d1", "1614274400")
    assert receiver.fits(old, told, b'{"a":1}') and receiver.fits(new, told, b'{"a":1}')
    assert not receiver.fits(other, told, b'{"a":1}')
    assert not receiver.fits(new, told, b'{"a":2}')
    assert not receiver.fits(new, told | {"webhook-id": "d2"}, b'{"a":1}')
    assert not receiver.fits(new, told | {"webhook-timestamp": "1614274401"}, b'{"a":1}')
