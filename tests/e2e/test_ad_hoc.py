"""Somebody without an account scans a code, pays, charges and has a receipt: a server, and a charger that charges."""

import contextlib
import pathlib
import re
import signal
import sqlite3
import time
from collections.abc import Iterator

import httpx
import pytest

from csms.storage import connection
from tests.api.resources.test_session_costs import TARIFF
from tests.e2e import lines, server

PATIENCE_S = 60.0


@pytest.fixture
def served(tmp_path: pathlib.Path) -> Iterator[server.Server]:
    with server.serving(tmp_path / "data") as running:
        yield running


def seen(payer: httpx.Client, page: str, wanted: str) -> str:
    """Look at the page, as its script does, until it says that."""
    end = time.monotonic() + PATIENCE_S
    while wanted not in (text := payer.get(page).text):
        assert time.monotonic() < end, text
    return text


def back_online(served: server.Server) -> None:
    """Wait until the charger has found the server again."""
    end = time.monotonic() + PATIENCE_S
    while not served.get("/chargers/CP-01")["online"]:
        assert time.monotonic() < end


def test_from_the_code_on_the_charger_to_the_receipt(served: server.Server, tmp_path: pathlib.Path) -> None:
    served.install("CP-01")
    served.post("/tariffs", TARIFF | {"preauthorize": "500.00"})
    served.api.put("/chargers/CP-01/tariff", json={"tariff_id": "story"}).raise_for_status()
    arguments = ["--url", served.ocpp_url, "--id", "CP-01", "--profile", "idle", "--speed", "120"]
    simulated = lines.Program([str(server.CSMS), "simulate", *arguments], log=tmp_path / "charger.log")
    try:
        with httpx.Client(base_url=served.http_url, headers={"Accept-Language": "de"}, timeout=30) as payer:
            page = paid(payer)
            seen(payer, page, "Es lädt")
            served.kill()
            served.start()
            seen(payer, page, "Es lädt")
            assert re.search(r"[0-9],[0-9]{2} kWh", seen(payer, page, "Laden beenden"))
            back_online(served)
            assert payer.post(f"{page}/stop").headers["location"] == page
            shown = seen(payer, page, "Vielen Dank")
            [document] = served.get("/documents")["items"]
            printed = payer.get(f"{page}/receipt").text
            assert document["number"] in printed and "Quittung" in printed
            assert payer.get(f"{page}/receipt.pdf").content.startswith(b"%PDF")
            [taken] = served.get("/payments")["items"]
            assert (taken["status"], taken["flow"]) == ("captured", "ad_hoc")
            assert taken["captured"]["amount"] == document["total_incl"]["amount"]
            noted = payer.post(f"{page}/address", data={"email": "other@example.com"})
            assert noted.headers["location"] == page and "other@example.com" in payer.get(page).text
            mailed(served, document["number"], "payer@example.com", "other@example.com")
            assert taken["captured"]["amount"].replace(".", ",") in shown
    finally:
        simulated.end(signal.SIGKILL)
    served.csms("ledger", "check")


def mailed(served: server.Server, number: str, *addresses: str) -> None:
    """Wait until the receipt waits to be sent to these, in the payer's language."""
    query = "SELECT recipient, language FROM mails WHERE document = ? ORDER BY number"
    wanted, end = [(address, "de") for address in addresses], time.monotonic() + PATIENCE_S
    with contextlib.closing(sqlite3.connect(connection.database(served.data))) as conn:
        while conn.execute(query, (number,)).fetchall() != wanted:
            assert time.monotonic() < end


def paid(payer: httpx.Client) -> str:
    """Pay on the test provider's page; the path of the payer's own."""
    seen(payer, "/pay/c/CP-01/1", "Bezahlen und laden")
    begun = payer.post("/pay/c/CP-01/1", data={"email": "payer@example.com"})
    assert begun.status_code == 303, begun.text
    onward = re.search(r"/pay/test/\w+", payer.get(begun.headers["location"]).text)
    assert onward is not None
    back = payer.post(onward[0], data={"answer": "yes", "method": "test-ok"}).headers["location"]
    payer.get(back).raise_for_status()
    return str(back).partition("?")[0]
