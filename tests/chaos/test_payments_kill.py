"""kill -9 between the steps of authorise, start, stop, capture and receipt: one hold, one capture, one receipt.

One payment lives through all of them, with the provider's state outside of the process that dies; its payer asks again,
with the same key, until somebody answers. What comes after, the comparison with the provider, is killed as well.
CHAOS_KILLS=1000 dies at every step, before and after it; without, at those where most may go wrong.
"""

import contextlib
import functools
import json
import os
import pathlib
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import trio
import trio_websocket

from csms.integrations.payment import embedded
from csms.storage import connection
from tests.api.resources.test_session_costs import TARIFF
from tests.api.station import AT, Station
from tests.csms.gateway import support
from tests.e2e import server

ALL = [
    (event, moment)
    for event in (
        "PaymentCreated",
        "PaymentAuthorised",
        "PaymentStartOrdered",
        "SessionRequested",
        "PaymentBound",
        "SessionStarted",
        "SessionPriced",
        "DocumentIssued",
        "CaptureOrdered",
        "PaymentCaptured",
        "ReconciliationBegun",
        "ReconciliationEnded",
    )
    for moment in ("before", "after")
]
SOME = [("PaymentBound", "before"), ("PaymentCaptured", "before")]
DEATHS = ALL if int(os.environ.get("CHAOS_KILLS") or 0) > 100 else SOME
PATIENCE = 60.0
WANTED = {"charger_id": "CP-01", "connector_id": 1, "method": "test-ok", "amount": "500.00"}
PAYER = {"email": "dina@example.com", "password": "a long password of a driver"}


@contextlib.asynccontextmanager
async def plugged_in(running: server.Server) -> AsyncIterator[Station]:
    """CP-01, booted, which takes whatever it is told; gone with the server."""
    async with (
        support.charger(f"{running.ocpp_url}/CP-01", offer=["ocpp1.6"]) as socket,
        trio.open_nursery() as nursery,
    ):
        station = Station(socket)
        nursery.start_soon(station.listen)
        await station.call("BootNotification", {"chargePointVendor": "ACME", "chargePointModel": "Fast-22"})
        yield station
        nursery.cancel_scope.cancel()


async def charges(station: Station, tag: str) -> None:
    """Tell of the whole stay again, as a charger does whose record nobody acknowledged: it is the same record."""
    number = await station.start(tag)
    said = {"transactionId": number, "meterStop": 23_000, "timestamp": AT, "reason": "EVDisconnected", "idTag": tag}
    await station.call("StopTransaction", said)


async def pays(running: server.Server, *, compares: bool) -> None:
    """The payer asks until there is an answer: with the same key, it is one payment. Then finance compares."""
    async with httpx.AsyncClient(base_url=f"{running.http_url}/api/v1", verify=False, timeout=30) as api:
        token = (await api.post("/login", json=PAYER)).raise_for_status().json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "dina-1"}
        (await api.post("/payments", json=WANTED, headers=headers)).raise_for_status()
        while compares:
            await api.post("/reconciliations", headers={"Authorization": running.api.headers["Authorization"]})


async def lives_on(running: server.Server, *, compares: bool = False) -> None:
    """Payer and charger are there and do their part, until the server dies."""
    with contextlib.suppress(OSError, httpx.HTTPError, AssertionError):
        await trio.to_thread.run_sync(running.ready)
    gone = (OSError, httpx.HTTPError, trio.BrokenResourceError, trio_websocket.ConnectionClosed)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(functools.partial(pays, running, compares=compares))
            async with plugged_in(running) as station:
                while (tag := _tag(running)) is None or not _bound(running):
                    await station.call("Heartbeat", {})
                await charges(station, tag)
                while True:
                    await station.call("Heartbeat", {})
    except* (*gone, trio_websocket.HandshakeError):
        pass


def _asked(running: server.Server, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(connection.database(running.data))) as conn:
        return conn.execute(query).fetchall()


def _held(running: server.Server) -> list[tuple[str, str]]:
    """What the provider holds and took: its own file."""
    with contextlib.closing(sqlite3.connect(running.data / embedded.FILE)) as conn:
        return [
            (held["status"], held["captured"])
            for held in (json.loads(row[0]) for row in conn.execute("SELECT held FROM holds"))
        ]


def _tag(running: server.Server) -> str | None:
    rows = _asked(running, "SELECT id_token FROM tokens WHERE type = 'Central'")
    return None if not rows else str(rows[0][0])


def _bound(running: server.Server) -> bool:
    return bool(_asked(running, "SELECT 1 FROM payments WHERE session_id IS NOT NULL"))


def begin(running: server.Server) -> None:
    """A charger with a price, and a driver."""
    running.post("/chargers", {"id": "CP-01", "connectors": [{"id": 1}]})
    running.post("/tariffs", TARIFF)
    running.api.put("/chargers/CP-01/tariff", json={"tariff_id": "story"}).raise_for_status()
    running.post("/users", {**PAYER, "role": "driver"})


async def test_one_payment_lives_through_every_death(tmp_path: pathlib.Path) -> None:
    with server.serving(tmp_path / "data", CSMS_COMMAND_TIMEOUT="20") as running:
        begin(running)
        running.kill()
        for death in DEATHS:
            running.spawn(sys.executable, "-m", "tests.chaos.paying", *death)
            with trio.fail_after(PATIENCE):
                async with trio.open_nursery() as nursery:
                    compares = death[0].startswith("Reconciliation")
                    nursery.start_soon(functools.partial(lives_on, running, compares=compares))
                    assert await trio.to_thread.run_sync(running.ended) == -signal.SIGKILL, death
                    nursery.cancel_scope.cancel()
        running.start()
        with trio.fail_after(PATIENCE):
            while True:
                [paid] = (await trio.to_thread.run_sync(running.get, "/payments"))["items"]
                if paid["status"] == "captured":
                    break
        [document] = running.get("/documents")["items"]
        assert (paid["captured"]["amount"], paid["document"]) == ("396.00", document["number"])
        assert running.csms("ledger", "reconcile").stdout == "Our payments and the providers' lists agree.\n"
        assert "every session is traced: 1 paid" in running.csms("ledger", "check").stdout
        assert _held(running) == [("captured", "396.00")]
        if DEATHS is ALL:
            running.csms("log", "verify")
            running.csms("replay", "--all", "--diff-live")
