"""GET /export/{kind}, POST /import/{kind}: a network in and out, as `csms export` and `csms import` do it.

A route for each kind, since each has a permission of its own.
"""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from http import HTTPStatus
from typing import IO, Annotated, Any, Literal

import msgspec
import trio
from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec import Meta

from actors import tree
from api import errors, receiving, views, wanted
from api.caller import Caller
from csms.porting import errors as porting
from csms.porting.report import Put
from csms.storage.porting import KINDS, Kind, putting, running
from csms.storage.porting.exporting import Export
from csms.storage.porting.running import Format

BOUNDS = receiving.Bounds(50_000_000, 300)
"""A file by HTTP: more than a million tokens as CSV."""
_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_MEANT = {"text/csv": "csv", "application/json": "json"}

Wanted = Annotated[Literal["csv", "json"] | None, QueryParameter(description="Instead of what Accept asks for.")]
DryRun = Annotated[bool, QueryParameter(description="Only say what is wrong with the file, and what would change.")]


class Problem(views.View, frozen=True):
    """What is wrong with a row, and what to do. The header of a CSV is row 1; items of JSON count from 1."""

    row: int
    field: str
    problem: str


class Password(views.View, frozen=True):
    """A password that was made for a charger, shown this once; null in a dry run."""

    id: str
    password: str | None


class Report(views.View, frozen=True):
    """How many records there were, and what became of them. `more_problems` are those that `problems` leaves out."""

    kind: str
    dry_run: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    problems: list[Problem]
    more_problems: int
    doubts: Annotated[list[Problem], Meta(description="What may not have been meant; it stops nothing.")]
    passwords: list[Password]


REPORT: dict[str, Any] = {
    "kind": "stations",
    "dry_run": True,
    "rows": 3,
    "added": 1,
    "changed": 0,
    "unchanged": 1,
    "problems": [{"row": 4, "field": "time_zone", "problem": "not an IANA time zone name such as Europe/Berlin"}],
    "more_problems": 0,
    "doubts": [],
    "passwords": [],
}


def _exporting(kind: type[Kind]) -> HTTPRouteHandler:
    described = f"All {kind.name} as a file, to edit or to import elsewhere. It has no secrets."
    spec = ResponseSpec(bytes, media_type="text/csv", description="The file.", generate_examples=False)

    @get(f"/export/{kind.name}", description=described, responses={200: spec}, name=f"export_{kind.name}")
    async def export(request: Request[Caller, Any, Any], node: wanted.Node, format: Wanted = None) -> Stream:
        """Stream the file."""
        asked = request.accept.best_match([*_MEANT], default="text/csv") or "text/csv"
        form: Format = format or ("json" if _MEANT[asked] == "json" else "csv")
        headers = {
            "Content-Disposition": f'attachment; filename="{kind.name}.{form}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept",
        }
        made = Export(kind, form, node.services.now())
        return Stream(_parts(node, made), media_type=_TYPES[form], headers=headers)

    return export


async def _parts(node: tree.Node, made: Export) -> AsyncGenerator[bytes, None]:
    while not made.over:
        yield (await node.read(made.more)).encode()


def _importing(kind: type[Kind]) -> HTTPRouteHandler:
    described = (
        f"Add and change {kind.name} by a file: text/csv (UTF-8) or a JSON array, of at most {BOUNDS.size} bytes. "
        "All or nothing; what is there already changes nothing."
    )

    @post(
        f"/import/{kind.name}",
        description=described,
        responses=views.answer(Report, REPORT | {"kind": kind.name}),
        status_code=HTTPStatus.OK,
        request_max_body_size=None,
        name=f"import_{kind.name}",
    )
    async def take(request: Request[Caller, Any, Any], node: wanted.Node, dry_run: DryRun = False) -> dict[str, Any]:
        """Take the file."""
        form = _form(request)
        async with receiving.spooled(request, node.settings.data, BOUNDS) as file:
            told: dict[str, Any] = msgspec.to_builtins(await _run(node, kind, file, form, dry_run=dry_run))
        return told

    return take


def _form(request: Request[Any, Any, Any]) -> Format:
    said, _ = request.content_type
    if said == "text/csv":
        return "csv"
    if said == "application/json":
        return "json"
    raise errors.ApiError(
        "Say what the file is: Content-Type text/csv or application/json.",
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        code="unsupported_media_type",
    )


async def _run(node: tree.Node, kind: type[Kind], file: IO[bytes], form: Format, *, dry_run: bool) -> Any:
    """Read the file in a thread, which has the single writer take part after part."""

    def put(kind: str, rows: Sequence[running.Record], *, keep: bool) -> Put:
        return trio.from_thread.run(partial(_put, node, kind, rows, keep=keep))

    try:
        return await trio.to_thread.run_sync(partial(running.run, kind, file, form, put, dry_run=dry_run))
    except porting.BadRows as error:
        told = msgspec.to_builtins(error.report)
        raise errors.Invalid(f"{error}.", code="bad_rows", **told) from error
    except porting.BadFile as error:
        raise errors.ApiError(f"{error}.", code="bad_file") from error
    except porting.Halfway as error:
        raise errors.Conflict(f"{error}.", code="stopped_halfway") from error


async def _put(node: tree.Node, kind: str, rows: Sequence[running.Record], *, keep: bool) -> Put:
    done = await node.write(putting.put, kind, rows, keep=keep)
    if kind == "chargers":
        for charger_id in done.touched:
            node.charger_changed(charger_id)
    return done


HANDLERS = [make(kind) for kind in KINDS.values() for make in (_exporting, _importing)]
