"""A driver who asks to be forgotten: nothing of the person is left in the database, and what was charged stays."""

import sqlite3

import httpx

from api import server
from csms.storage import connection, export
from csms.storage.reference import mails
from tests.api.answers import problem
from tests.api.conftest import PASSWORD
from tests.api.station import Station

V1 = "/api/v1"
EMAIL = "zebedee.quux@example.com"
PERSON = {
    "email": EMAIL,
    "name": "Zebedee Quux",
    "phone": "+91 98200 77777",
    "vehicles": [{"make": "Tata", "plate": "MH 99 ZQ 4711"}],
    "password": PASSWORD,
}
CARD = "ZQCARD0815"
WORDS = ("zebedee", "quux", "98200 77777", "ZQ 4711", CARD, "Quuxstreet")


def left(serving: server.Serving) -> list[str]:
    """What of the person is found in the database's files, or in an export of the log."""
    directory = serving.node.services.settings.data
    with sqlite3.connect(connection.database(directory)) as other:
        busy, *_ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy
    other.close()
    stored = b"".join(file.read_bytes() for file in directory.glob(f"{connection.NAME}*"))
    reader = connection.reader(directory)
    told = stored + b"\n".join(export.lines(reader))
    reader.close()
    return [word for word in WORDS if word.lower().encode() in told.lower()]


async def test_nothing_of_an_erased_driver_is_left(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station, serving: server.Serving
) -> None:
    made = await admin.post(f"{V1}/drivers", json=PERSON, headers={"Idempotency-Key": "1"})
    url = f"{V1}/drivers/{(driver := made.json()['id'])}"
    token = await admin.post(
        f"{V1}/tokens", json={"id_token": CARD, "driver_id": driver}, headers={"Idempotency-Key": "2"}
    )
    await admin.post(f"{V1}/accounts", json={"id": "fleet", "name": "A fleet"})
    await admin.post(f"{V1}/accounts/fleet/members", json={"driver_id": driver})
    await admin.put(f"{V1}/buyers/{driver}", json={"name": "Zebedee Quux", "address": "Quuxstreet 1"})
    await admin.patch(url, json={"phone": "+91 98200 77777", "name": "Zebedee Quux Jr."})
    login = {"email": EMAIL, "password": PASSWORD}
    theirs = (await anonymous.post(f"{V1}/login", json=login)).json()["token"]
    transaction = await charger.start(CARD)
    problem(await admin.delete(url, params={"erase": True}), 422)
    await charger.stop(transaction, 5000, "2026-03-01T10:00:00Z")
    await charger.status("Available")
    link = {"url": "https://example.com/reset", "until": "2026-03-01T10:00:00Z"}
    await serving.node.write(lambda conn: mails.queue(conn, to=EMAIL, template="password_reset", fields=link))
    assert left(serving) == list(WORDS), "or this test shows nothing"

    assert (await admin.delete(url, params={"erase": True})).status_code == 204

    assert left(serving) == []
    assert await serving.node.read(lambda conn: conn.execute("SELECT count(*) FROM mails").fetchone()) == (0,)
    problem(await admin.get(url), 404)
    problem(await admin.get(f"{V1}/tokens/{token.json()['id']}"), 404)
    problem(await anonymous.post(f"{V1}/login", json=login), 401)
    problem(await anonymous.get(f"{V1}/me", headers={"Authorization": f"Bearer {theirs}"}), 401)
    assert (await admin.get(f"{V1}/accounts/fleet/members")).json()["items"] == []
    [session] = (await admin.get(f"{V1}/sessions")).json()["items"]
    assert (session["energy_wh"], session["id_token"], session["driver_id"]) == (4000, None, driver)
    refused = await charger.call("Authorize", {"idTag": CARD})
    assert refused["idTagInfo"]["status"] == "Invalid"
