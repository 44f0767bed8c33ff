"""Local lists follow the tokens in them by themselves: together, only where they are, until the charger was told."""

from typing import Any

import pytest
import trio

from actors.chargers import orders
from actors.upkeep import list_keeping, local_lists
from csms.domain import events
from csms.storage.reference import list_updates, tokens
from tests.actors.node import Closed, Connect, Station, Watched
from tests.actors.upkeep.test_local_lists import Listing, configured


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper of the node looks when a test says so."""
    monkeypatch.setattr(list_keeping, "LOOK_SECONDS", 3600.0)


@pytest.fixture
async def listing(node: Watched, station: Station, nursery: trio.Nursery) -> Listing:
    """CP-01 holds both tokens."""
    listing = Listing(station)
    nursery.start_soon(obey, listing)
    ref = await node.charger("CP-01")
    await local_lists.send(node.services, ref, "CP-01", None, "full", by="test")
    listing.sent.clear()
    return listing


async def obey(listing: Listing) -> None:
    """Until the charger goes away."""
    try:
        await listing.obey()
    except Closed:
        pass


@pytest.fixture
def keeper(node: Watched) -> list_keeping.Keeper:
    return list_keeping.Keeper(node.services)


async def change(node: Watched, value: str, **fields: Any) -> None:
    def write(conn: Any) -> None:
        found = tokens.find(conn, value)
        assert found is not None
        tokens.change(conn, found.ref, fields)

    await node.write(write)


async def waiting(node: Watched) -> list[str]:
    return list(await node.read(list_updates.due))


async def test_rule_32_a_list_follows_its_tokens_in_one_message(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper
) -> None:
    await change(node, "CARD", blocked=True)
    await change(node, "OTHER", group_id="FLEET")
    await keeper.look()
    [sent] = listing.sent
    assert (sent["updateType"], sent["listVersion"]) == ("Differential", 2)
    told = {each["idTag"]: each["idTagInfo"] for each in sent["localAuthorizationList"]}
    assert told["CARD"]["status"] == "Blocked"
    assert told["OTHER"] == {"status": "Accepted", "parentIdTag": "FLEET"}
    assert await waiting(node) == []
    await keeper.look()
    assert len(listing.sent) == 1


async def test_a_token_that_has_ended_is_told_with_its_end(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper
) -> None:
    await change(node, "CARD", valid_to="2020-01-01T00:00:00Z")
    await keeper.look()
    assert listing.tokens == {"CARD": "Expired", "OTHER": "Accepted"}


async def test_what_no_list_says_is_told_to_nobody(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper
) -> None:
    await node.add("token.add", id_token="NEW")
    await change(node, "NEW", blocked=True)
    assert await waiting(node) == []
    await change(node, "CARD", driver_id="d1")
    await keeper.look()
    assert (listing.sent, await waiting(node)) == ([], [])


@pytest.mark.parametrize("version", [0, 7], ids=["lost", "another"])
async def test_rule_32_a_charger_with_another_list_gets_ours_again_as_it_should_be(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper, version: int
) -> None:
    listing.version = version
    listing.tokens = {"STRANGER": "Accepted"}
    await change(node, "CARD", blocked=True)
    await keeper.look()
    assert [each["updateType"] for each in listing.sent] == ["Full"]
    assert listing.tokens == {"CARD": "Blocked", "OTHER": "Accepted"}


async def test_rule_32_a_mismatch_leads_to_a_full_resend(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper
) -> None:
    listing.refuses = ["VersionMismatch"]
    await change(node, "CARD", blocked=True)
    await keeper.look()
    assert [each["updateType"] for each in listing.sent] == ["Differential", "Full"]
    assert listing.tokens == {"CARD": "Blocked", "OTHER": "Accepted"}
    assert await waiting(node) == []


async def test_a_token_that_was_erased_is_left_out(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper
) -> None:
    def erase(conn: Any) -> None:
        found = tokens.find(conn, "CARD")
        assert found is not None
        tokens.erase(conn, found.ref)

    await node.write(erase)
    await keeper.look()
    assert listing.sent[-1]["updateType"] == "Full"
    assert listing.tokens == {"OTHER": "Accepted"}


async def test_a_charger_that_is_away_is_told_when_it_is_back(
    node: Watched,
    station: Station,
    listing: Listing,
    keeper: list_keeping.Keeper,
    connect: Connect,
    nursery: trio.Nursery,
) -> None:
    await station.close()
    await node.until(lambda: "CP-01" not in node.services.links)
    await change(node, "CARD", blocked=True)
    await keeper.look()
    assert (listing.sent, await waiting(node)) == ([], ["CP-01"])
    again = Listing(await connect())
    again.version, again.tokens = listing.version, listing.tokens
    nursery.start_soon(obey, again)
    await keeper.look()
    assert listing.tokens == {"CARD": "Blocked", "OTHER": "Accepted"}
    assert await waiting(node) == []


async def test_who_does_not_answer_is_told_again_but_not_at_once(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unanswered(*_: Any, **__: Any) -> None:
        raise orders.NoAnswer("nothing came")

    await change(node, "CARD", blocked=True)
    with monkeypatch.context() as deaf:
        deaf.setattr(local_lists, "send", unanswered)
        await keeper.look()
    await keeper.look()
    assert (listing.sent, await waiting(node)) == ([], ["CP-01"])
    monkeypatch.setattr(list_keeping, "AGAIN_SECONDS", 0.0)
    await keeper.look()
    assert listing.tokens["CARD"] == "Blocked"


@pytest.mark.parametrize("refusal", ["Failed", "NotSupported"])
async def test_rule_32_what_a_charger_does_not_take_is_alerted_and_not_sent_for_ever(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper, refusal: str
) -> None:
    listing.refuses = [refusal]
    await change(node, "CARD", blocked=True)
    await keeper.look()
    await keeper.look()
    assert len(listing.sent) == 1
    await node.recorded(events.AlertRaised, where=lambda each: each.kind == "local_list_not_updated")


async def test_a_charger_that_keeps_no_list_any_more_is_not_sent_one(
    node: Watched, listing: Listing, keeper: list_keeping.Keeper
) -> None:
    await configured(node, listing, SupportedFeatureProfiles="Core")
    await change(node, "CARD", blocked=True)
    await keeper.look()
    assert (listing.sent, await waiting(node)) == ([], [])
