"""Time that runs faster while everybody keeps up."""

import pathlib
import threading
import time

import pytest
import trio

from tests.chaos import hours

MIDNIGHT = 1_772_409_600.0
SPEED = 100.0


def about(seconds: float) -> object:
    """Times since 1970 are no more exact."""
    return pytest.approx(seconds, abs=1e-5)


class Member:
    """Gives the signs of a process, at moments that a test names."""

    def __init__(self, keeper: hours.Keeper, number: int) -> None:
        self._file, self._number = hours._File(keeper.path), number

    def sign(self, turned: float, waiting_since: float = 0.0) -> None:
        self._file.sign(self._number, turned, waiting_since, 1)


@pytest.fixture
def keeper(tmp_path: pathlib.Path) -> hours.Keeper:
    return hours.Keeper(tmp_path / "hours", MIDNIGHT, SPEED)


@pytest.fixture
def members(keeper: hours.Keeper) -> list[Member]:
    return [Member(keeper, number) for number in (hours.SERVER, hours.NETWORK)]


def passed(keeper: hours.Keeper, now: float, seconds: float = hours.TICK_S) -> float:
    """How much time passes in so many real seconds after `now`, which the keeper has seen."""
    before = hours._File(keeper.path).sky().seconds
    keeper.advance(now + seconds)
    return hours._File(keeper.path).sky().seconds - before


def test_it_runs_faster_while_everybody_keeps_up(keeper: hours.Keeper, members: list[Member]) -> None:
    now = time.monotonic()
    for member in members:
        member.sign(now)
    keeper.advance(now)
    assert passed(keeper, now) == about(SPEED * hours.TICK_S)


def test_slower_until_everybody_is_there(keeper: hours.Keeper, members: list[Member]) -> None:
    now = time.monotonic()
    members[hours.SERVER].sign(now)
    keeper.advance(now)
    assert passed(keeper, now) == about(SPEED * hours.SLOWER * hours.TICK_S)


@pytest.mark.parametrize("member", [hours.SERVER, hours.NETWORK])
@pytest.mark.parametrize("since", ["turned", "waiting_since"])
def test_slower_while_one_is_late(keeper: hours.Keeper, members: list[Member], member: int, since: str) -> None:
    now = time.monotonic()
    for each in members:
        each.sign(now)
    members[member].sign(**{"turned": now, since: now - 2 * hours.LATE_S})
    keeper.advance(now)
    assert passed(keeper, now) == about(SPEED * hours.SLOWER * hours.TICK_S)


def test_as_fast_as_ours_where_that_is_wanted(keeper: hours.Keeper, members: list[Member]) -> None:
    now = time.monotonic()
    for member in members:
        member.sign(now)
    with keeper.in_real_time():
        keeper.advance(now)
        assert passed(keeper, now) == about(hours.TICK_S)


def test_nobody_waits_for_who_is_away(keeper: hours.Keeper, members: list[Member]) -> None:
    now = time.monotonic()
    keeper.absent(hours.SERVER)
    members[hours.NETWORK].sign(now)
    keeper.advance(now)
    assert passed(keeper, now) == about(SPEED * hours.TICK_S)


def test_a_keeper_that_is_late_itself_makes_no_leap(keeper: hours.Keeper, members: list[Member]) -> None:
    now = time.monotonic()
    for member in members:
        member.sign(now)
    keeper.advance(now)
    assert passed(keeper, now, 60.0) == about(2 * SPEED * hours.TICK_S)


def test_a_loop_sleeps_an_hour_in_no_time_and_its_time_never_goes_back(keeper: hours.Keeper) -> None:
    clock = hours.Clock(keeper.path, hours.SERVER)
    times: list[float] = []

    async def sleep() -> None:
        while not times or times[-1] < MIDNIGHT + 3600:
            await trio.sleep(60)
            times.append(trio.current_time())

    keeper.speed = 100_000.0
    keeper.absent(hours.NETWORK)
    with keeper.running():
        trio.run(sleep, clock=clock)
    assert times == sorted(times)


def test_nobody_reads_what_is_half_written(keeper: hours.Keeper) -> None:
    file = hours._File(keeper.path)
    sky, read = file.sky(), list[hours.Sky]()
    file._memory[hours._BEFORE] = b"\xff" * 8
    reader = threading.Thread(target=lambda: read.append(file.sky()))
    reader.start()
    reader.join(0.01)
    file.say(sky._replace(step=1.0))
    reader.join()
    assert [each.step for each in read] == [1.0]
