"""Chargers that answer as bad firmware does."""

import json
from typing import Any

import pytest

from csms.simulator import errors
from tests.csms.simulator.world import World


def _answers(world: World, seconds: float = 0.0) -> list[Any]:
    """What comes back for one call, until so much later."""
    said = []
    world.charger.receive(json.dumps([2, "x", "ClearCache", {}]))
    end = world.now + seconds
    while True:
        said += [json.loads(text) for text in world.charger.frames if json.loads(text)[0] == 3]
        world.charger.frames.clear()
        if world.charger.due > end:
            return said
        world.now = world.charger.due
        world.charger.advance()


@pytest.mark.parametrize("protocol", ["1.6", "2.0.1", "2.1"])
def test_a_good_one_answers_once_and_at_once(protocol: str) -> None:
    assert _answers(World(protocol=protocol)) == [[3, "x", {"status": "Accepted"}]]


def test_a_silent_one_never_answers() -> None:
    assert _answers(World(manner="silent"), 200) == []


def test_a_late_one_answers_when_it_is_late() -> None:
    assert _answers(World(manner="late", late=90), 89) == []
    assert _answers(World(manner="late", late=90), 91) == [[3, "x", {"status": "Accepted"}]]


def test_one_that_lost_its_link_does_not_answer_on_the_next() -> None:
    world = World(manner="late", late=90)
    _answers(world)
    world.disconnect()
    world.connect()
    world.run(100)
    assert world.replies == {}


def test_one_answers_twice() -> None:
    assert _answers(World(manner="twice")) == [[3, "x", {"status": "Accepted"}]] * 2


def test_one_answers_with_another_id() -> None:
    [[kind, message_id, payload]] = _answers(World(manner="wrong-id"))
    assert (kind, payload) == (3, {"status": "Accepted"})
    assert message_id != "x"


def test_there_are_no_others() -> None:
    with pytest.raises(errors.UnknownManner, match="good, silent, late, twice, wrong-id"):
        World(manner="rude")
