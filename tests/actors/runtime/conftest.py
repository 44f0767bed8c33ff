"""Every test here runs in virtual time: sleeping costs nothing, the clock starts at 0, and a deadline is exact."""

from __future__ import annotations

import inspect
import pathlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.runtime import ChildSpec, ChildType, DynamicSupervisor

HERE = pathlib.Path(__file__).parent


def run_in_virtual_time(
    main: Callable[[], Awaitable[None]],
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> None:
    """trio.run with a clock that jumps as soon as all tasks wait."""
    trio.run(main, clock=clock or MockClock(autojump_threshold=0), instruments=instruments)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A fixture would have to be named by every test, so the runner is chosen here."""
    for item in items:
        if item.path.is_relative_to(HERE) and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.trio(run=run_in_virtual_time), append=False)


@pytest.fixture
def dynamic() -> DynamicSupervisor:
    """A dynamic supervisor with defaults, to be run as `group`."""
    return DynamicSupervisor()


@pytest.fixture
def group(dynamic: DynamicSupervisor) -> ChildSpec[Any]:
    """The spec that runs `dynamic`."""
    return ChildSpec("group", lambda: dynamic, type=ChildType.SUPERVISOR)
