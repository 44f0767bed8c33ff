"""One order brings a charger's local list up to date, in as many messages as it needs (rule 32)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
import trio

from actors.chargers import outbound
from actors.upkeep import local_lists
from actors.upkeep.local_lists import Wanted
from csms.domain import commands, facts, local_list
from csms.storage import queries
from tests.actors.chargers.test_holdings import held, order
from tests.actors.node import Station, Watched

Send = Callable[..., Awaitable[outbound.Executed]]


class Listing:
    """The charger's side: it keeps the list, as strictly as OCPP says, and obeys until the test is over."""

    def __init__(self, station: Station) -> None:
        self.version = 0
        self.tokens: dict[str, str] = {}
        self.sent: list[dict[str, Any]] = []
        self.refuses: list[str] = []
        """What it answers next instead of obeying."""
        self.configuration: dict[str, str] = {}
        self._station = station

    async def obey(self) -> None:
        while True:
            message_id, action, payload = await self._station.asked()
            await self._station.answer(message_id, self._answer(action, payload))

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "GetLocalListVersion":
                return {"listVersion": self.version}
            case "SendLocalList":
                self.sent.append(payload)
                return {"status": self.refuses.pop() if self.refuses else self._take(payload)}
            case _:
                known = [{"key": key, "readonly": True, "value": value} for key, value in self.configuration.items()]
                return {"configurationKey": known}

    def _take(self, payload: dict[str, Any]) -> str:
        if payload["updateType"] == "Full":
            self.tokens.clear()
        elif payload["listVersion"] <= self.version or not self.version:
            return "VersionMismatch"
        self.version = payload["listVersion"]
        for each in payload.get("localAuthorizationList", []):
            self.tokens.pop(each["idTag"], None)
            if "idTagInfo" in each:
                self.tokens[each["idTag"]] = each["idTagInfo"]["status"]
        return "Accepted"


@pytest.fixture
def listing(station: Station, nursery: trio.Nursery) -> Listing:
    listing = Listing(station)
    nursery.start_soon(listing.obey)
    return listing


@pytest.fixture
def send(node: Watched, listing: Listing) -> Send:
    """Sends a list: all tokens (None), or some."""

    async def send(wanted: Sequence[Wanted] | None = None, update: local_list.Update = "full") -> outbound.Executed:
        ref = await node.charger("CP-01")
        return await local_lists.send(node.services, ref, "CP-01", wanted, update, by="test")

    return send


def token(value: str, **how: Any) -> Wanted:
    return Wanted(facts.IdToken(value), **how)


async def configured(node: Watched, listing: Listing, **values: str) -> None:
    listing.configuration = values
    await order(node, commands.GetConfiguration())


async def test_rule_32_all_tokens_go_in_messages_of_the_size_that_the_charger_takes(
    node: Watched, listing: Listing, send: Send
) -> None:
    await node.add("token.add", id_token="BAD", blocked=True)
    await configured(node, listing, SendLocalListMaxLength="2")
    done = await send()
    assert listing.tokens == {"BAD": "Blocked", "CARD": "Accepted", "OTHER": "Accepted"}
    assert [(each["updateType"], each["listVersion"]) for each in listing.sent] == [("Full", 1), ("Differential", 2)]
    assert done.response == {"status": "Accepted", "version": 2, "entries": 3, "messages": 2}
    known = await held(node, "local-list")
    assert known.pop("version") == {"version": 2}
    assert sorted(body["status"] for body in known.values()) == ["Accepted", "Accepted", "Blocked"]
    assert not {"BAD", "CARD", "OTHER"} & known.keys()


async def test_rule_32_a_difference_is_what_the_charger_does_not_know_yet(
    node: Watched, listing: Listing, send: Send
) -> None:
    listing.version = 7
    await send()
    await node.add("token.add", id_token="NEW")
    await send(None, "differential")
    assert [each["idTag"] for each in listing.sent[-1]["localAuthorizationList"]] == ["NEW"]
    assert (listing.version, sorted(listing.tokens)) == (9, ["CARD", "NEW", "OTHER"])


async def test_a_difference_to_a_list_that_nobody_knows_is_the_whole_list(listing: Listing, send: Send) -> None:
    listing.version = 7
    await send(None, "differential")
    assert listing.sent[-1]["updateType"] == "Full"


async def test_rule_32_another_version_leads_to_a_full_resend(listing: Listing, send: Send) -> None:
    await send()
    listing.refuses = ["VersionMismatch"]
    blocked = local_list.Entry(id_token=facts.IdToken("CARD"), status="Blocked")
    await send([token("CARD", entry=blocked)], "differential")
    assert [each["updateType"] for each in listing.sent[-2:]] == ["Differential", "Full"]
    assert listing.tokens == {"CARD": "Blocked", "OTHER": "Accepted"}


async def test_rule_32_named_tokens_are_added_and_taken_off(node: Watched, listing: Listing, send: Send) -> None:
    await send()
    await send([token("STRANGER"), token("CARD", known=False)], "differential")
    assert listing.tokens == {"OTHER": "Accepted", "STRANGER": "Invalid"}
    await send([])
    assert listing.tokens == {}
    assert (await held(node, "local-list")).keys() == {"version"}


async def test_rule_32_what_the_charger_does_not_take_is_told(listing: Listing, send: Send) -> None:
    for word, status in (("NotSupported", "not_supported"), ("Failed", "failed")):
        listing.refuses = [word]
        done = await send()
        assert (done.status, done.refused) == (status, True)
    listing.version = -1
    done = await send()
    assert (done.status, done.refused, done.detail) == ("not_supported", True, "The charger keeps no local list.")


async def test_a_list_that_the_charger_cannot_hold_is_not_sent(node: Watched, listing: Listing, send: Send) -> None:
    await configured(node, listing, LocalAuthListMaxLength="1")
    with pytest.raises(local_lists.ListTooLong, match="holds 1 tokens, and these are 2"):
        await send()
    assert listing.sent == []


async def test_no_card_of_a_list_is_in_what_is_recorded(node: Watched, send: Send) -> None:
    await send([token("SECRET-CARD")])
    log = await node.log_of("charger:")
    history = await node.read(queries.commands.list, charger_id="CP-01")
    assert "SECRET-CARD" not in f"{log} {history}"
