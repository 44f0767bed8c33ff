"""The firmware catalogue: metadata, files with the right checksum, and URLs that charger fetch them by."""

import hashlib
from datetime import timedelta
from typing import Any

import httpx

from actors.upkeep import downloads, sweeping
from api import server, views
from api.resources import firmware as resource
from csms.storage import files
from csms.storage.reference import firmware
from tests.api import answers

FIRMWARE = "/api/v1/firmware"
FILE = bytes(range(256)) * 4
SHA = hashlib.sha256(FILE).hexdigest()
NEW = {"vendor": "ACME", "model": "Fast-22", "version": "2.0", "sha256": SHA}


async def added(admin: httpx.AsyncClient, **fields: Any) -> resource.Firmware:
    return answers.converted(await admin.post(FIRMWARE, json=NEW | fields), resource.Firmware)


async def test_a_version_is_available_when_its_file_is_here(admin: httpx.AsyncClient) -> None:
    made = await added(admin)
    assert (made.available, made.size) == (False, None)
    wrong = await admin.put(f"{FIRMWARE}/{made.id}/file", content=FILE + b"!")
    assert SHA in answers.problem(wrong, 422, "wrong_checksum")["detail"]
    there = answers.converted(await admin.put(f"{FIRMWARE}/{made.id}/file", content=FILE), resource.Firmware)
    assert (there.available, there.size) == (True, len(FILE))
    page = answers.converted(await admin.get(FIRMWARE), views.paged(resource.Firmware))
    assert list(page.items) == [there]


WRONG = [
    {"sha256": "short"},
    {"url": "http://example.com/firmware.bin"},
    {"url": "https://user:secret@example.com/firmware.bin"},
    {"url": "https://192.168.1.7/firmware.bin"},
    {"file_name": "../evil"},
    {"signature": "c2ln"},
    {"version": ""},
]


async def test_what_makes_no_sense_is_refused_and_what_lies_elsewhere_needs_no_file(admin: httpx.AsyncClient) -> None:
    for wrong in WRONG:
        answer = await admin.post(FIRMWARE, json=NEW | wrong)
        assert answer.status_code in (400, 422), answer.text
    made = await added(admin, url="https://acme.example.com/2.0.bin")
    assert made.available
    answers.problem(await admin.put(f"{FIRMWARE}/{made.id}/file", content=FILE), 409, "firmware_elsewhere")
    answers.problem(await admin.post(FIRMWARE, json=NEW | {"vendor": "acme"}), 409, "already_exists")


async def test_who_has_its_url_fetches_it_whole_or_in_ranges_for_a_time(
    serving: server.Serving, admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    made = await added(admin)
    await admin.put(f"{FIRMWARE}/{made.id}/file", content=FILE)
    services = serving.node.services
    url = await downloads.url(services, await serving.node.read(firmware.get, made.id))
    assert url.endswith("/firmware.bin")
    whole = await anonymous.get(url)
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, FILE, f'"{SHA}"')
    for wanted, part in (("bytes=1000-", FILE[1000:]), ("bytes=-24", FILE[-24:]), ("bytes=0-0", FILE[:1])):
        got = await anonymous.get(url, headers={"Range": wanted})
        assert (got.status_code, got.content) == (206, part)
        assert got.headers["content-range"].endswith(f"/{len(FILE)}")
    assert (await anonymous.get(url, headers={"Range": "bytes=9999-"})).status_code == 416
    for odd in ("bytes=5-2", "lines=1-2", "bytes=-"):
        assert (await anonymous.get(url, headers={"Range": odd})).content == FILE
    changed = {"Range": "bytes=5-", "If-Range": '"another"'}
    assert (await anonymous.get(url, headers=changed)).status_code == 200
    head = await anonymous.head(url)
    assert (head.headers["content-length"], head.content) == (str(len(FILE)), b"")
    answers.problem(await anonymous.get(url.replace(made.id, "fwother")), 404)
    late = services.now() + downloads.LIFETIME + timedelta(seconds=1)
    services.now = lambda: late
    answers.problem(await anonymous.get(url), 404)


async def test_a_removed_version_takes_its_file_along(serving: server.Serving, admin: httpx.AsyncClient) -> None:
    one, two = await added(admin), await added(admin, version="2.0-again")
    for each in (one, two):
        await admin.put(f"{FIRMWARE}/{each.id}/file", content=FILE)
    there = resource.folder(serving.node)
    assert (await admin.delete(f"{FIRMWARE}/{one.id}")).status_code == 204
    assert files.names(there) == {SHA}
    assert (await admin.delete(f"{FIRMWARE}/{two.id}")).status_code == 204
    assert files.names(there) == frozenset()
    answers.problem(await admin.get(f"{FIRMWARE}/{two.id}"), 404)


async def test_files_that_nobody_knows_of_are_swept_and_one_that_is_coming_is_not(
    serving: server.Serving, admin: httpx.AsyncClient
) -> None:
    made = await added(admin)
    (await admin.put(f"{FIRMWARE}/{made.id}/file", content=FILE)).raise_for_status()
    there, services = resource.folder(serving.node), serving.node.services
    for left in ("coming-0123.part", "coming-4567", "0" * 64, "coming-89ab.part"):
        (there / left).write_text("of a server that was killed, or of a version that was removed meanwhile")
    services.receiving.add("coming-89ab")
    await sweeping.sweep(services)
    assert files.names(there) == {SHA, "coming-89ab.part"}
