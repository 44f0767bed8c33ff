"""OCPP 2.x local authorization list (rule 32)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.domain.local_list import Entry
from csms.protocol import versions
from tests.csms.protocol.support import V21, V201
from tests.csms.protocol.v2x.support import BOTH, learnt, ordered

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
A = Entry(id_token=facts.IdToken("A", "eMAID"), expires_at=AT, group_id="FLEET")
GONE = Entry(id_token=facts.IdToken("B"), status=None)


def sent(version: versions.Version, *entries: Entry, update: Any = "full") -> dict[str, Any]:
    _, payload = ordered(version, commands.SendLocalList(version=3, update=update, entries=entries))
    found: dict[str, Any] = payload
    return found


@BOTH
def test_rule_32_entries_with_info_add_and_those_without_remove(version: versions.Version) -> None:
    info = {
        "status": "Accepted",
        "cacheExpiryDateTime": "2026-03-01T10:00:00.000Z",
        "groupIdToken": {"idToken": "FLEET", "type": "Central"},
    }
    assert sent(version, A, GONE, update="differential") == {
        "versionNumber": 3,
        "updateType": "Differential",
        "localAuthorizationList": [
            {"idToken": {"idToken": "A", "type": "eMAID"}, "idTokenInfo": info},
            {"idToken": {"idToken": "B", "type": "ISO14443"}},
        ],
    }


@BOTH
def test_rule_32_full_and_empty_clears(version: versions.Version) -> None:
    assert sent(version) == {"versionNumber": 3, "updateType": "Full"}


@pytest.mark.parametrize(
    ("token", "in_201"),
    [
        (facts.IdToken("x" * 36), True),
        (facts.IdToken("x" * 37), False),
        (facts.IdToken("A", "MacAddress"), True),
        (facts.IdToken("A", "VIN"), False),
    ],
)
def test_rule_29_a_token_that_the_version_does_not_have_is_left_out(token: facts.IdToken, in_201: bool) -> None:
    entry = Entry(id_token=token)
    assert ("localAuthorizationList" in sent(V201, entry)) is in_201
    assert "localAuthorizationList" in sent(V21, entry)


@BOTH
def test_what_the_charger_took_it_holds(version: versions.Version) -> None:
    payload = sent(version, A, GONE, update="differential")
    [change] = learnt(version, "SendLocalList", payload, {"status": "Accepted"})
    body = {"status": "Accepted", "cacheExpiryDateTime": "2026-03-01T10:00:00.000Z", "groupIdToken": "FLEET"}
    assert (change.clear, change.drop, change.put) == (None, ("B",), {"version": {"version": 3}, "A": body})
    for status in ("Failed", "VersionMismatch"):
        assert learnt(version, "SendLocalList", payload, {"status": status}) == ()


@BOTH
def test_the_version_that_it_tells(version: versions.Version) -> None:
    assert ordered(version, commands.GetLocalListVersion()) == ("GetLocalListVersion", {})
    [change] = learnt(version, "GetLocalListVersion", {}, {"versionNumber": 0})
    assert (change.clear, change.put) == ("", {"version": {"version": 0, "told": 0}})
