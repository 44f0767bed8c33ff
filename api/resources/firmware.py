"""The firmware catalogue: GET|POST /firmware, GET|DELETE /firmware/{id}, PUT its file; and GET /downloads/{secret}.

Chargers fetch files by signed URLs that end by themselves; the signature is their permission.
"""

import secrets
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import trio
from litestar import Request, Response, delete, get, post, put
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter
from msgspec import Meta

from actors import tree
from actors.upkeep import downloads
from api import errors, idempotency, paging, receiving, sending, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.resources.uploads import IfRange, Range
from csms import addresses
from csms.storage import files
from csms.storage.reference import firmware
from csms.storage.reference.firmware import Certificate, FileName, Sha256, Signature, Url, Version, Word

FirmwareId = Annotated[str, PathParameter(description="The id of a version in the catalogue.")]


class NewFirmware(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version. Without a `url` its file is sent next: PUT /firmware/{id}/file."""

    vendor: Word
    model: Word
    version: Annotated[Version, Meta(description="As chargers report it in firmware_version after the update.")]
    sha256: Sha256
    url: Annotated[Url, Meta(description="Where the file lies elsewhere: https.")] | None = None
    file_name: Annotated[FileName, Meta(description="The end of its URL here; some chargers look at it.")] = (
        "firmware.bin"
    )
    signature: Annotated[Signature, Meta(description="Base64; chargers are sent a signed update then.")] | None = None
    signing_certificate: Annotated[Certificate, Meta(description="PEM.")] | None = None


class Firmware(views.View, frozen=True):
    """A version in the catalogue; campaigns need it to be available."""

    id: str
    vendor: str
    model: str
    version: str
    sha256: str
    url: str | None
    file_name: str
    size: Annotated[int | None, Meta(description="Bytes of the file that is here.")]
    signature: str | None
    signing_certificate: str | None
    available: bool
    created_at: datetime
    revision: int


NEW = {
    "vendor": "ACME",
    "model": "Fast-22",
    "version": "2.0",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
FIRMWARE: dict[str, Any] = {
    "id": "fw3a",
    "url": None,
    "file_name": "firmware.bin",
    "size": 1048576,
    "signature": None,
    "signing_certificate": None,
    "available": True,
    "created_at": views.AT,
    "revision": 2,
    **NEW,
}


@get("/firmware", responses=views.page(Firmware, FIRMWARE))
async def list_firmware(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """The catalogue by vendor and model, the newest first."""
    return paging.of([view(each) for each in await node.read(firmware.every)], limit, cursor)


@post("/firmware", responses=views.answer(Firmware, FIRMWARE, 201))
async def add_firmware(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    data: Annotated[NewFirmware, Body(examples=[Example(value=NEW)])],
) -> Response[dict[str, Any]]:
    """Add a version to the catalogue. What is in it does not change: another file is another version."""
    fields, now = msgspec.to_builtins(data), node.services.now()
    refused = data.url and addresses.refusal(data.url, node.services.public_url, node.settings.file_hosts)
    if refused:
        raise errors.Invalid(f"url: chargers are not sent there: {refused}.", code="url_refused")

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return view(firmware.add(conn, fields, now))

    return await idempotency.create(node, request, create)


@get("/firmware/{firmware_id:str}", responses=views.answer(Firmware, FIRMWARE))
async def get_firmware(node: wanted.Node, firmware_id: FirmwareId) -> dict[str, Any]:
    """One version."""
    return view(await node.read(firmware.get, firmware_id))


@put(
    "/firmware/{firmware_id:str}/file",
    responses=views.answer(Firmware, FIRMWARE),
    request_max_body_size=None,
)
async def put_file(request: Request[Caller, Any, Any], node: wanted.Node, firmware_id: FirmwareId) -> dict[str, Any]:
    """Send its file, as the body. It is refused unless it has the checksum that was announced."""
    what = await node.read(firmware.get, firmware_id)
    if what.url is not None:
        raise errors.Conflict("This firmware lies elsewhere: chargers use its url.", code="firmware_elsewhere")
    bounds = receiving.Bounds(node.settings.firmware_limit, node.settings.upload_timeout)
    coming = f"coming-{secrets.token_hex(8)}"
    node.services.receiving.add(coming)
    try:
        kept = await receiving.keep(request, folder(node), coming, bounds)
        if kept.sha256 != what.sha256:
            await trio.to_thread.run_sync(files.remove, folder(node), coming)
            raise errors.Invalid(
                f"The file has the checksum {kept.sha256}, not {what.sha256}: send the right one.",
                code="wrong_checksum",
            )
        await trio.to_thread.run_sync(files.rename, folder(node), coming, what.sha256)
    finally:
        node.services.receiving.discard(coming)
    return view(await node.write(firmware.stored, firmware_id, kept.size))


@delete("/firmware/{firmware_id:str}")
async def remove_firmware(node: wanted.Node, firmware_id: FirmwareId) -> None:
    """Remove a version that no campaign was about."""
    gone = await node.write(firmware.remove, firmware_id)
    if not await node.read(firmware.used, gone.sha256):
        await trio.to_thread.run_sync(files.remove, folder(node), gone.sha256)


@get(["/downloads/{secret:str}", "/downloads/{secret:str}/{name:str}"], include_in_schema=False)
async def fetch(
    node: wanted.Node, secret: wanted.Word, range_: Range = None, if_range: IfRange = None
) -> sending.FileAnswer:
    """A file for who has its signed URL, whole or from where the last attempt broke off."""
    what = await node.read(downloads.opened, secret, node.services.now())
    if what is None or what.size is None:
        raise errors.NotFound("This URL leads to no firmware (any more): order the update again.")
    return await sending.file(
        folder(node) / what.sha256, etag=what.sha256, name=what.file_name, wanted=range_, if_range=if_range
    )


def folder(node: tree.Node) -> Path:
    """Where the files are, each under its checksum."""
    return node.settings.data / firmware.FOLDER


def view(what: firmware.Firmware) -> dict[str, Any]:
    """What the API shows of a version."""
    return {**msgspec.to_builtins(what), "available": what.available}


HANDLERS = [list_firmware, add_firmware, get_firmware, put_file, remove_firmware]
OPEN = [fetch]
