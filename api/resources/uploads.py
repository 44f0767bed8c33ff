"""Files that chargers send: PUT|POST /uploads/{secret}, once; and for people GET /uploads, GET|DELETE /uploads/{id}.

The secret in the URL is the charger's permission: it was made for one order, and takes one file within a day.
"""

import logging
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import trio
from litestar import HttpMethod, Request, delete, get, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, PathParameter, QueryParameter
from msgspec import Meta

from actors.upkeep import uploads as orders
from api import errors, receiving, sending, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.scope import visible_charger
from csms.storage import files, queries
from csms.storage.reference import uploads

log = logging.getLogger(__name__)

UploadId = Annotated[str, PathParameter(description="An upload's id.")]
Range = Annotated[str | None, HeaderParameter(name="Range", description="bytes=FIRST-LAST")]
IfRange = Annotated[str | None, HeaderParameter(name="If-Range", description="The ETag that the range is of.")]


class Upload(views.View, frozen=True):
    """A file that a charger was asked for; received_at is null until it came."""

    id: str
    charger_id: str
    command_id: Annotated[str, Meta(description="The order that asked for it.")]
    requested_at: datetime
    expires_at: Annotated[datetime, Meta(description="Until then the charger may send it.")]
    received_at: datetime | None
    name: Annotated[str | None, Meta(description="What the charger called it.")]
    size: int | None
    sha256: str | None


UPLOAD = {
    "id": "f3a1",
    "charger_id": "CP-01",
    "command_id": "c1f0",
    "requested_at": views.AT,
    "expires_at": "2026-03-02T09:15:00Z",
    "received_at": views.AT,
    "name": "diagnostics.tar.gz",
    "size": 48213,
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}


@route(
    ["/uploads/{secret:str}", "/uploads/{secret:str}/{name:path}"],
    http_method=[HttpMethod.PUT, HttpMethod.POST],
    status_code=HTTPStatus.OK,
    include_in_schema=False,
    request_max_body_size=None,
)
async def receive(
    request: Request[Caller, Any, Any], node: wanted.Node, secret: wanted.Word, name: wanted.Word = ""
) -> dict[str, Any]:
    """Take a charger's file; it is on the disk when this answers. A name that it appends is shown, nothing else."""
    found = await node.read(uploads.find, secret, node.services.now())
    if found is None:
        raise errors.NotFound("This URL takes no file (any more): order the log again.", code="upload_unknown")
    coming = node.services.receiving
    if found.received or found.id in coming:
        raise errors.Conflict("This URL takes one file, and has it: order the log again.", code="upload_done")
    coming.add(found.id)
    try:
        settings, folder = node.settings, orders.folder(node.services)
        bounds = receiving.Bounds(settings.upload_limit, settings.upload_timeout)
        kept = await receiving.keep(request, folder, found.id, bounds)
        shown = name.rsplit("/", 1)[-1]
        await node.write(
            uploads.received, found.id, node.services.now(), name=shown, size=kept.size, sha256=kept.sha256
        )
    finally:
        coming.discard(found.id)
    log.info("upload_received charger=%s upload=%s bytes=%d", found.charger_id, found.id, kept.size)
    return {"size": kept.size, "sha256": kept.sha256}


@get("/uploads", responses=views.page(Upload, UPLOAD))
async def list_uploads(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: Annotated[str | None, QueryParameter(description="Only of this charger.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The files that chargers were asked for, newest first; they are kept for some days."""
    known = await visible_charger(node, caller, charger_id) if charger_id is not None else None
    return await node.read(
        queries.uploads.list, charger_id=known, station_ids=caller.station_ids, limit=limit, cursor=cursor
    )


@get("/uploads/{upload_id:str}", responses=views.answer(Upload, UPLOAD))
async def get_upload(node: wanted.Node, caller: wanted.Caller, upload_id: UploadId) -> dict[str, Any]:
    """One file that a charger was asked for."""
    return await _visible(node, caller, upload_id)


@get(
    "/uploads/{upload_id:str}/content",
    responses={
        200: ResponseSpec(
            bytes, media_type="application/octet-stream", description="The file.", generate_examples=False
        )
    },
)
async def content(
    node: wanted.Node,
    caller: wanted.Caller,
    upload_id: UploadId,
    range_: Range = None,
    if_range: IfRange = None,
) -> sending.FileAnswer:
    """The file as it came."""
    upload = await _visible(node, caller, upload_id)
    if upload["received_at"] is None:
        raise errors.NotFound("The charger has not sent this file (yet): see received_at.", code="not_received")
    path = orders.folder(node.services) / upload["id"]
    name = sending.safe_name(f"{upload['charger_id']}-{upload['received_at']}-{upload['name'] or 'log'}")
    return await sending.file(path, etag=upload["sha256"], name=name, wanted=range_, if_range=if_range)


@delete("/uploads/{upload_id:str}")
async def remove(node: wanted.Node, caller: wanted.Caller, upload_id: UploadId) -> None:
    """Remove a file; a charger that has not sent it yet cannot send it any more."""
    upload = await _visible(node, caller, upload_id)
    await node.write(uploads.remove, upload["id"])
    await trio.to_thread.run_sync(files.remove, orders.folder(node.services), upload["id"])


async def _visible(node: wanted.Node, caller: wanted.Caller, upload_id: str) -> dict[str, Any]:
    upload = await node.read(queries.uploads.get, upload_id)
    await visible_charger(node, caller, upload["charger_id"])
    return upload


HANDLERS = [list_uploads, get_upload, content, remove]
OPEN = [receive]
