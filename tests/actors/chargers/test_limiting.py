"""A limit counts at once for what a token charges already, whoever sets it and however."""

from datetime import timedelta
from typing import Any

import pytest

from actors.chargers import allowances, limiting
from csms.storage.reference import tokens
from tests.actors.node import Station, Watched
from tests.actors.transacting import moment


async def change(node: Watched, **fields: Any) -> None:
    """Change CARD."""

    def done(conn: Any) -> None:
        found = tokens.find(conn, "CARD")
        assert found is not None
        tokens.change(conn, found.ref, fields)

    await node.write(done)


async def test_a_limit_that_comes_while_a_session_runs_ends_it(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "EVERY", timedelta(milliseconds=5))
    looked: list[object] = []
    look = allowances.Allowances.look

    async def seen(self: allowances.Allowances, due: Any) -> Any:
        looked.append(due)
        return await look(self, due)

    monkeypatch.setattr(allowances.Allowances, "look", seen)
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 9000, moment(1800))
    await node.until(lambda: looked)
    monkeypatch.setattr(allowances, "EVERY", timedelta(hours=1))
    await change(node, limits={"session_energy_wh": 8000})
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("RemoteStopTransaction", {"transactionId": number})
    await station.answer(message_id, {"status": "Accepted"})


async def test_nobody_is_told_of_other_changes(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    monkeypatch.setattr(limiting, "_tell", lambda _, token: told.append(token))
    await change(node, valid_to="2027-01-01T00:00:00Z")
    await change(node, limits={"sessions": 2})
    assert len(told) == 1
