"""What several blocks of 2.x say: groups, as far as the version has room for them (rules 27, 29)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.domain.local_list import Entry
from csms.protocol import versions
from tests.csms.protocol.support import V21, V201
from tests.csms.protocol.v2x.support import answered, ordered

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TOKEN = facts.IdToken("TAG1")


def told(version: versions.Version, group: str) -> list[Any]:
    """The groupIdToken of every message that may have one; None where there is none."""
    info = facts.TokenInfo("Accepted", None, group)
    reserve = commands.Reserve(reservation_id=7, id_token=TOKEN, expires_at=NOW, connector_id=1, group_id=group)
    start = commands.RemoteStart(id_token=TOKEN, remote_start_id=7, group_id=group)
    entry = Entry(id_token=TOKEN, status="Accepted", group_id=group)
    listed = ordered(version, commands.SendLocalList(version=1, update="full", entries=(entry,)))[1]
    found = (
        answered(version, "Authorize", facts.AuthorizeAnswer(info))["idTokenInfo"],
        answered(version, "TransactionEvent", facts.EventAnswer(info=info))["idTokenInfo"],
        ordered(version, reserve)[1],
        ordered(version, start)[1],
        listed["localAuthorizationList"][0]["idTokenInfo"],
    )
    return [each.get("groupIdToken") for each in found]


@pytest.mark.parametrize(("version", "longest"), [(V201, 36), (V21, 255)], ids=["2.0.1", "2.1"])
def test_rule_29_a_group_that_the_version_has_no_room_for_is_left_out(version: versions.Version, longest: int) -> None:
    group = "G" * longest
    assert told(version, group) == [{"idToken": group, "type": "Central"}] * 5
    assert told(version, group + "G") == [None] * 5
