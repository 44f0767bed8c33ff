"""kill -9 while a month is billed and apps are told: a receipt for each session, no gap, and nobody misses one.

CHAOS_KILLS=100 kills it a hundred times, and the app hangs now and then; without, twice, and it only fails.
"""

import os
import pathlib
import random
import signal
import sys
from collections import Counter
from typing import Any

import trio

from csms.storage.log import Log
from csms.storage.reference import webhooks
from tests import receiver as receivers
from tests.csms.storage.billing.support import NOW, Till, priced
from tests.e2e import server
from tests.receiver import Receiver

KILLS = min(int(os.environ.get("CHAOS_KILLS") or 2), 100)
SESSIONS = 12 * KILLS
PATIENCE = 120.0 + 20 * KILLS
ANSWERS = (None, 204, 500, 302) if KILLS > 10 else (500, 302)


def month(data: pathlib.Path, url: str) -> str:
    """Sessions that are over and priced, of which nobody has billed one, and an app to be told; its secret."""
    with Log.open(data) as log:
        fields = {"url": url, "types": ["document.issued"]}
        _, secret = log.write(webhooks.add, fields, ("127.0.0.1",), NOW)
        till = Till(log)
        for number in range(SESSIONS):
            till.stay(f"s{number}")
            till.teller.tell(f"s{number}", priced([f"s{number}"]), seconds=660)
    return secret


def receipts(running: server.Server) -> list[dict[str, Any]]:
    """All of them."""
    page = running.get("/documents", kind="receipt", limit=500)
    found = list(page["items"])
    while page["next_cursor"]:
        page = running.get("/documents", kind="receipt", limit=500, cursor=page["next_cursor"])
        found += page["items"]
    return found


async def dies(running: server.Server, dice: random.Random) -> None:
    """One life that ends in the middle of a document, or between two."""
    moment = dice.choice(("before", "after"))
    running.spawn(sys.executable, "-m", "tests.chaos.billing", str(dice.randint(1, 10)), moment)
    assert await trio.to_thread.run_sync(running.ended) == -signal.SIGKILL


async def test_each_session_has_one_receipt_and_the_app_hears_of_all(
    tmp_path: pathlib.Path, nursery: trio.Nursery, dice: random.Random
) -> None:
    receiver: Receiver = await nursery.start(receivers.run)
    receiver.answers = [dice.choice(ANSWERS) for _ in range(KILLS)]
    receiver.secrets = [month(tmp_path / "data", receiver.url)]
    running = server.Server(tmp_path / "data", {"CSMS_CALL_HOSTS": "127.0.0.1"})
    try:
        with trio.fail_after(PATIENCE):
            for _ in range(KILLS):
                await dies(running, dice)
            await trio.to_thread.run_sync(running.start)
            while len(taken := {each["id"] for each in receiver.got if each["answered"] == 204}) < SESSIONS:
                await receiver.until(len(receiver.got) + 1)
        found = receipts(running)
        assert sorted(each["number"] for each in found) == [f"CN-R-{n:06d}" for n in range(1, SESSIONS + 1)]
        about = [running.get(f"/documents/{each['number']}")["sessions"][0]["id"] for each in found]
        assert sorted(about) == sorted(f"s{number}" for number in range(SESSIONS))
        once = {each["id"]: each["data"]["document"]["number"] for each in receiver.got}
        told = Counter(once.values())
        assert told == Counter(each["number"] for each in found), "each under one id, however often it came"
        assert len(taken) == SESSIONS
        running.csms("ledger", "check")
        running.csms("log", "verify")
        running.csms("replay", "--all", "--diff-live")
    finally:
        await trio.to_thread.run_sync(running.close)
        nursery.cancel_scope.cancel()
