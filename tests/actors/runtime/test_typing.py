"""A wrong message is a type error: mypy reads right and wrong uses and must object to exactly the wrong ones."""

from __future__ import annotations

import pathlib
import re

import mypy.api
import pytest

USES = """
from functools import partial
from actors.runtime import Actor, ChildSpec, DynamicSupervisor, Later, Ref, Restart, System, Task

class Meter(Actor):
    def __init__(self, start: int) -> None:
        self.value = start
    async def on_read(self) -> int:
        return self.value
    async def on_add(self, amount: int, *, note: str = "") -> None: ...
    async def on_later(self, key: str) -> Later[bytes]:
        return Later[bytes]()

class Fine(Meter):
    async def on_fine(self) -> str:
        return ""

class Other(Actor):
    async def on_other(self) -> None: ...

async def serve(task: Task) -> None: ...

async def right(meter: Ref[Meter], fine: Ref[Fine], group: DynamicSupervisor, system: System) -> None:
    value: int = await meter.call(Meter.on_read)
    data: bytes = await meter.within(30).call(Meter.on_later, "key")
    await meter.call(Meter.on_add, 1, note="x")
    meter.cast(Meter.on_add, amount=1)
    meter.cast(Meter.on_later, "key")
    base: Ref[Meter] = fine
    value = await fine.call(Meter.on_read)
    started: Ref[Meter] = await group.start_child(ChildSpec("m", partial(Meter, 1), Restart.TRANSIENT))
    also: Ref[Meter] = await group.ensure_child(ChildSpec("m", lambda: Meter(1)))
    found: Ref[Meter] | None = system.registry.lookup("m", Meter)
    task: Ref[Task] = await group.start_child(ChildSpec("t", partial(Task, serve)))

async def wrong(meter: Ref[Meter], fine: Ref[Fine], group: DynamicSupervisor, system: System) -> None:
    text: str = await meter.call(Meter.on_read)  # wrong
    await meter.call(Meter.on_add, "1")  # wrong
    await meter.call(Meter.on_add)  # wrong
    await meter.call(Meter.on_add, 1, 2)  # wrong
    await meter.call(Meter.on_add, 1, remark="x")  # wrong
    await meter.call(Other.on_other)  # wrong
    await meter.call(Fine.on_fine)  # wrong
    later: int = await meter.call(Meter.on_later, "key")  # wrong
    meter.cast(Meter.on_add, None)  # wrong
    meter.cast(Other.on_other)  # wrong
    up: Ref[Fine] = meter  # wrong
    wrong: Ref[Other] = await group.start_child(ChildSpec("m", partial(Meter, 1)))  # wrong
    found: Ref[Other] | None = system.registry.lookup("m", Meter)  # wrong
    Later[int]().answer("text")  # wrong
    ChildSpec("m", serve)  # wrong
    meter.within(3).value  # wrong
"""


def test_mypy_objects_to_exactly_the_wrong_uses(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snippet = tmp_path / "uses.py"
    snippet.write_text(USES)
    monkeypatch.chdir(pathlib.Path(__file__).parents[3])  # mypy finds the packages and its settings from there
    out, err, _ = mypy.api.run([str(snippet)])
    found = {int(line) for line in re.findall(r"uses\.py:(\d+): error: ", out)}
    expected = {number for number, line in enumerate(USES.splitlines(), 1) if line.endswith("# wrong")}
    assert (found, err) == (expected, ""), out
