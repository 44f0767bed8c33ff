"""Live state: bounded subscribers, resuming, gaps."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
import trio

from actors import runtime
from actors.recording import feed
from csms.domain import charger, events, session
from csms.storage.records import Append, Appended, Stored

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def item(position: int, topic: str = feed.SESSIONS, charger_id: str = "CP-01") -> feed.Item:
    return feed.Item(position, topic, "MeterSampled", NOW, charger_id=charger_id)


def publish(hub: feed.Hub, *items: feed.Item) -> None:
    """What was committed together."""
    hub.publish(items[0].position, items[-1].position, items)


async def taken(subscription: feed.Subscription, count: int) -> list[feed.Item]:
    items = [await subscription.next(0) for _ in range(count)]
    return [each for each in items if each is not None]


async def test_a_subscriber_gets_what_is_published_after_it_came() -> None:
    hub = feed.Hub()
    publish(hub, item(1))
    with hub.subscribe() as subscription:
        publish(hub, item(2))
        assert [each.position for each in await taken(subscription, 2)] == [2]


async def test_topics_and_charger_choose() -> None:
    hub = feed.Hub()
    with hub.subscribe(frozenset({feed.ALERTS})) as alerts, hub.subscribe(charger_id="CP-02") as one:
        publish(hub, item(1))
        publish(hub, item(2, feed.ALERTS))
        publish(hub, item(3, charger_id="CP-02"))
        assert [each.position for each in await taken(alerts, 3)] == [2]
        assert [each.position for each in await taken(one, 3)] == [3]


async def test_resuming_gives_what_was_missed() -> None:
    hub = feed.Hub()
    for position in range(1, 6):
        publish(hub, item(position))
    with hub.subscribe(after=3) as subscription:
        assert [each.position for each in await taken(subscription, 3)] == [4, 5]


async def test_a_position_that_is_too_old_is_a_reset() -> None:
    hub = feed.Hub(ring=2)
    for position in range(1, 6):
        publish(hub, item(position))
    with hub.subscribe(after=1) as subscription:
        assert [each.topic for each in await taken(subscription, 2)] == [feed.RESET]
    with hub.subscribe(after=3) as subscription:
        assert [each.position for each in await taken(subscription, 3)] == [4, 5]


async def test_resuming_in_the_middle_of_a_commit_gives_the_rest_of_it() -> None:
    hub = feed.Hub()
    publish(hub, *map(item, range(1, 6)))
    with hub.subscribe(after=3) as subscription:
        assert [each.position for each in await taken(subscription, 3)] == [4, 5]


async def test_positions_without_an_item_can_be_resumed_from() -> None:
    hub = feed.Hub(ring=3)
    publish(hub, item(1))
    hub.publish(2, 3, [])
    publish(hub, item(4))
    with hub.subscribe(after=3) as subscription:
        assert [each.position for each in await taken(subscription, 1)] == [4]
    with hub.subscribe(after=0) as subscription:
        assert [each.topic for each in await taken(subscription, 1)] == [feed.RESET]


async def test_a_position_of_before_a_restart_is_a_reset() -> None:
    hub = feed.Hub()
    with hub.subscribe(after=17) as subscription:
        assert [each.topic for each in await taken(subscription, 1)] == [feed.RESET]


async def test_a_slow_subscriber_is_dropped_and_told_so() -> None:
    hub = feed.Hub()
    with hub.subscribe() as slow, hub.subscribe() as other:
        for position in range(feed.WAITING):
            publish(hub, item(position))
            await other.next(0)
        publish(hub, item(feed.WAITING))
        dropped = await slow.next(0)
        assert dropped is not None
        assert dropped.topic == feed.RESET
        with pytest.raises(StopAsyncIteration):
            await slow.next()
        assert [each.position for each in await taken(other, 1)] == [feed.WAITING]


async def test_who_left_gets_nothing() -> None:
    hub = feed.Hub()
    with hub.subscribe():
        assert len(hub.subscribers) == 1
    assert not hub.subscribers


def stored(seq: int, event: events.AnyEvent, stream: str = "session:s1") -> Stored:
    return Stored(seq, stream, seq, b"", type(event).__name__, 1, NOW, None, None, event)


async def test_an_append_becomes_an_item_with_the_session_as_it_is_then() -> None:
    hub = feed.Hub()
    state = session.Session(
        id="s1", version=2, charger_id="CP-01", status="active", changed_at=NOW, energy_wh=Decimal(500)
    )
    request = Append(entries=(), at=NOW, state=(state,))
    result = Appended((stored(7, events.MeterSampled(readings=())),))
    with hub.subscribe() as subscription:
        async with runtime.System([runtime.ChildSpec("feed", lambda: feed.Feed(hub))]) as system:
            ref = system.registry.lookup("feed", feed.Feed)
            assert ref is not None
            await ref.call(feed.Feed.on_published, 1, [(request, result)])
        got = await subscription.next(0)
    assert got is not None
    assert (got.position, got.topic, got.charger_id, got.session_id) == (7, feed.SESSIONS, "CP-01", "s1")
    assert got.data["session"].energy_wh == Decimal(500)


async def test_of_a_large_event_only_what_is_told_is_kept() -> None:
    hub = feed.Hub()
    read = events.ConfigurationRead(values={f"Key{number}": ("a value", False) for number in range(1000)})
    request = Append(entries=(), at=NOW, state=(charger.Charger(id="CP-01", configuration=read.values),))
    with hub.subscribe() as subscription:
        async with runtime.System([runtime.ChildSpec("feed", lambda: feed.Feed(hub))]) as system:
            ref = system.registry.lookup("feed", feed.Feed)
            assert ref is not None
            await ref.call(feed.Feed.on_published, 1, [(request, Appended((stored(7, read, "charger:CP-01"),)))])
        got = await subscription.next(0)
    assert got is not None
    assert len(msgspec.json.encode(got)) < 500


async def test_a_gap_in_the_count_tells_everybody_to_read_anew(autojump_clock: trio.testing.MockClock) -> None:
    hub = feed.Hub()
    with hub.subscribe() as subscription:
        async with runtime.System([runtime.ChildSpec("feed", lambda: feed.Feed(hub))]) as system:
            ref = system.registry.lookup("feed", feed.Feed)
            assert ref is not None
            nothing = [(Append(entries=(), at=NOW), Appended(()))]
            await ref.call(feed.Feed.on_published, 1, nothing)
            assert await subscription.next(1) is None
            await ref.call(feed.Feed.on_published, 3, nothing)
            got = await subscription.next(1)
    assert got is not None
    assert got.topic == feed.RESET
