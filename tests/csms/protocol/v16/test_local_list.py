"""OCPP 1.6 local authorization list: what is sent, and what the charger holds then (rule 32)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts
from csms.domain.local_list import Entry
from tests.csms.protocol.v16.blocks import learnt, ordered

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
A = Entry(id_token=facts.IdToken("A"), expires_at=AT, group_id="FLEET")


def sent(*entries: Entry, update: Any = "full") -> dict[str, Any]:
    action, payload = ordered(commands.SendLocalList(version=3, update=update, entries=entries))
    assert action == "SendLocalList"
    return payload


def test_a_list_with_what_each_token_may_do() -> None:
    info = {"status": "Accepted", "expiryDate": "2026-03-01T10:00:00.000Z", "parentIdTag": "FLEET"}
    listed = [{"idTag": "A", "idTagInfo": info}]
    assert sent(A) == {"listVersion": 3, "updateType": "Full", "localAuthorizationList": listed}


def test_rule_32_full_and_empty_clears() -> None:
    assert sent() == {"listVersion": 3, "updateType": "Full"}


def test_rule_32_an_entry_without_info_removes() -> None:
    gone = sent(Entry(id_token=facts.IdToken("A"), status=None), update="differential")
    assert gone == {"listVersion": 3, "updateType": "Differential", "localAuthorizationList": [{"idTag": "A"}]}


def test_words_and_tokens_that_only_2_x_has() -> None:
    entries = (
        Entry(id_token=facts.IdToken("A"), status="NoCredit", group_id="x" * 21),
        Entry(id_token=facts.IdToken("x" * 21)),
    )
    assert sent(*entries)["localAuthorizationList"] == [{"idTag": "A", "idTagInfo": {"status": "Invalid"}}]


def test_what_the_charger_took_it_holds() -> None:
    listed = [{"idTag": "A", "idTagInfo": {"status": "Blocked"}}, {"idTag": "B"}]
    request = {"listVersion": 4, "updateType": "Differential", "localAuthorizationList": listed}
    [change] = learnt("SendLocalList", request, {"status": "Accepted"})
    assert (change.kind, change.clear, change.drop) == ("local-list", None, ("B",))
    assert change.put == {"version": {"version": 4}, "A": {"status": "Blocked"}}
    [change] = learnt("SendLocalList", {"listVersion": 4, "updateType": "Full"}, {"status": "Accepted"})
    assert (change.clear, change.put) == ("", {"version": {"version": 4}})


@pytest.mark.parametrize("status", ["Failed", "NotSupported", "VersionMismatch"])
def test_what_it_did_not_take_changes_nothing(status: str) -> None:
    assert learnt("SendLocalList", {"listVersion": 4, "updateType": "Full"}, {"status": status}) == ()


def test_the_version_that_it_tells() -> None:
    assert ordered(commands.GetLocalListVersion()) == ("GetLocalListVersion", {})
    [change] = learnt("GetLocalListVersion", {}, {"listVersion": 7})
    assert (change.clear, change.merge) == (None, {"version": {"told": 7}})
    [change] = learnt("GetLocalListVersion", {}, {"listVersion": 0})
    assert change.clear == ""
