"""Long texts are read in a thread, short ones where they are."""

import json
import threading

import pytest
import trio

from actors.connections import offloop
from tests.actors.node import Station

SHORT, LONG = "x", "x" * offloop.LONG


@pytest.mark.parametrize(("text", "here"), [(SHORT, True), (LONG, False)], ids=["short", "long"])
async def test_only_a_long_one_is_read_elsewhere(text: str, here: bool) -> None:
    assert (await offloop.reading(text, threading.get_ident) == threading.get_ident()) is here


async def test_the_others_go_on_meanwhile() -> None:
    others = threading.Event()

    def read() -> bool:
        trio.from_thread.run_sync(others.set)
        return others.wait()

    assert await offloop.reading(LONG, read)


async def test_what_it_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await offloop.reading(LONG, int, LONG)


async def test_rule_2_a_charger_is_answered_in_order_although_one_of_its_frames_is_long(station: Station) -> None:
    for message_id, payload in (("long", {"data": "x" * offloop.LONG}), ("short", {})):
        station.expect(message_id)
        await station.send(json.dumps([2, message_id, "DataTransfer", {"vendorId": "v", **payload}]))
    await station.reply("short")
    assert station.heard[-2:] == ["long", "short"]
