"""A network in and out by HTTP: what a spreadsheet or a program sends, and what it is told."""

from collections.abc import Callable

import httpx
import pytest

from api import server
from api.permissions import Role
from api.resources import porting
from csms.storage.porting import KINDS, running
from csms.storage.reference import chargers
from tests.api.answers import converted, problem
from tests.api.station import Station

CSV = {"content-type": "text/csv"}
STATIONS = b"id,name,country\nmall,Mall,IND\npark,Park,IND\n"


async def sent(client: httpx.AsyncClient, kind: str, content: bytes, **asked: str) -> httpx.Response:
    return await client.post(f"/api/v1/import/{kind}", content=content, headers=CSV, params=asked)


async def test_a_file_comes_in_once_and_goes_out_as_it_is(admin: httpx.AsyncClient) -> None:
    me = (await admin.get("/api/v1/me")).json()["id"]
    looked = converted(await sent(admin, "stations", STATIONS, dry_run="true"), porting.Report)
    assert (looked.dry_run, looked.rows, looked.added) == (True, 2, 2)
    assert (await admin.get("/api/v1/stations")).json()["items"] == []
    assert converted(await sent(admin, "stations", STATIONS), porting.Report).added == 2
    assert converted(await sent(admin, "stations", STATIONS), porting.Report).unchanged == 2
    changes = (await admin.get("/api/v1/audit", params={"kind": "station"})).json()["items"]
    assert [(each["subject"], each["by"]) for each in changes] == [("park", me), ("mall", me)]
    out = await admin.get("/api/v1/export/stations", params={"format": "json"})
    assert out.headers["content-disposition"] == 'attachment; filename="stations.json"'
    assert [each["id"] for each in out.json()] == ["mall", "park"]
    again = await admin.post(
        "/api/v1/import/stations", content=out.content, headers={"content-type": "application/json"}
    )
    assert converted(again, porting.Report).unchanged == 2
    asked = await admin.get("/api/v1/export/stations", headers={"accept": "application/json"})
    assert asked.content == out.content


async def test_bad_rows_are_all_told_and_nothing_is_changed(admin: httpx.AsyncClient) -> None:
    bad = STATIONS + b"east,,IND\nwest,West," + b"x" * 70 + b"\n"
    looked = converted(await sent(admin, "stations", bad, dry_run="true"), porting.Report)
    assert [(each.row, each.field) for each in looked.problems] == [(4, "name"), (5, "country")]
    told = problem(await sent(admin, "stations", bad), 422, "bad_rows")
    assert [each["row"] for each in told["problems"]] == [4, 5]
    assert (await admin.get("/api/v1/stations")).json()["items"] == []


async def test_what_is_no_file_of_ours_is_refused(admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    problem(await admin.post("/api/v1/import/stations", content=b"<x/>", headers={"content-type": "text/xml"}), 415)
    told = problem(await sent(admin, "stations", b"id,name\nmall,M\xfcller\n"), 400, "bad_file")
    assert "not UTF-8" in told["detail"]
    monkeypatch.setattr(porting, "BOUNDS", porting.BOUNDS._replace(size=10))
    problem(await sent(admin, "stations", STATIONS), 413, "body_too_large")
    problem(await sent(admin, "colours", STATIONS), 404)


async def test_a_long_file_is_checked_whole_and_stored_in_parts(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "TOGETHER", 3)
    monkeypatch.setattr(running, "PART", 2)
    tokens = b"id_token\n" + b"".join(b"TAG-%d\n" % number for number in range(9))
    assert converted(await sent(admin, "tokens", tokens), porting.Report).added == 9
    assert converted(await sent(admin, "tokens", tokens + b"tag-1\n", dry_run="true"), porting.Report).problems == [
        porting.Problem(row=11, field="id_token", problem="is in row 3 already: leave one of them")
    ]


async def test_a_connected_charger_is_told_what_an_import_changed(
    admin: httpx.AsyncClient, serving: server.Serving, charger: Station
) -> None:
    await sent(admin, "stations", STATIONS)
    changed = await sent(admin, "chargers", b"id,station_id,registration\ncp-01,mall,rejected\n")
    assert converted(changed, porting.Report).changed == 1
    known = await serving.node.read(chargers.get, "CP-01")
    assert (known.station_id, len(known.evses)) == ("mall", 1), "columns that a file has not stay as they are"
    with pytest.raises(AssertionError, match="registration is not accepted"):
        await charger.call("Authorize", {"idTag": "CARD"})


async def test_who_may_not_make_something_may_not_import_it(
    keys: dict[Role, str], client_for: Callable[..., httpx.AsyncClient]
) -> None:
    for kind in KINDS:
        async with client_for(keys[Role.SUPPORT]) as support:
            assert (await support.get(f"/api/v1/export/{kind}")).status_code == 200
            allowed = (await sent(support, kind, b"", dry_run="true")).status_code != 403
            assert allowed == (kind in ("groups", "drivers", "tokens"))
