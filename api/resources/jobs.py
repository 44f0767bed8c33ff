"""Bulk changes of settings: GET /jobs, GET /jobs/{id}, GET /jobs/{id}/chargers, POST /jobs/{id}/cancel."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from api import views, wanted
from api.paging import Cursor, Limit
from csms.storage import queries
from csms.storage.reference import jobs

JobId = Annotated[str, PathParameter(description="A job's id.")]
PartStatus = Literal["waiting", "done", "failed", "skipped"]


class JobCounts(views.View, frozen=True):
    """Its chargers; skipped had nothing to change."""

    waiting: int
    done: int
    failed: int
    skipped: int


class Job(views.View, frozen=True):
    """A bulk change and how far it is."""

    id: str
    kind: Annotated[str, Meta(description="apply: somebody's; first-boot, enforce: the server's own.")]
    template_id: str | None
    status: Literal["running", "completed", "cancelled"]
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    counts: JobCounts


class Result(views.View, frozen=True):
    """What became of one setting."""

    key: str
    value: str
    status: Annotated[str, Meta(description="accepted | reboot_required | rejected | not_supported | no_answer | ...")]
    detail: str


class JobCharger(views.View, frozen=True):
    """One charger's settings; waiting: its turn comes when it is connected."""

    charger_id: str
    status: PartStatus
    settings: dict[str, str]
    results: list[Result]
    ended_at: datetime | None


JOB = {
    "id": "j5c",
    "kind": "apply",
    "template_id": "t1f",
    "status": "running",
    "created_by": "u1f",
    "created_at": views.AT,
    "ended_at": None,
    "counts": {"waiting": 3, "done": 39, "failed": 1, "skipped": 7},
}
PART = {
    "charger_id": "CP-01",
    "status": "done",
    "settings": {"MeterValueSampleInterval": "60"},
    "results": [{"key": "MeterValueSampleInterval", "value": "60", "status": "accepted", "detail": ""}],
    "ended_at": views.AT,
}


@get("/jobs", responses=views.page(Job, JOB))
async def list_jobs(
    node: wanted.Node, caller: wanted.Caller, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """All bulk changes, the newest first."""
    return await node.read(queries.jobs.list, station_ids=caller.station_ids, limit=limit, cursor=cursor)


@get("/jobs/{job_id:str}", responses=views.answer(Job, JOB))
async def get_job(node: wanted.Node, caller: wanted.Caller, job_id: JobId) -> dict[str, Any]:
    """One bulk change."""
    return await node.read(queries.jobs.get, job_id, caller.station_ids)


@get("/jobs/{job_id:str}/chargers", responses=views.page(JobCharger, PART))
async def parts(
    node: wanted.Node,
    caller: wanted.Caller,
    job_id: JobId,
    status: Annotated[PartStatus | None, QueryParameter(description="Only these.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What became of each charger."""
    await node.read(queries.jobs.get, job_id, caller.station_ids)
    return await node.read(queries.jobs.parts, job_id, status=status, limit=limit, cursor=cursor)


@post("/jobs/{job_id:str}/cancel", status_code=HTTPStatus.OK, responses=views.answer(Job, JOB))
async def cancel(node: wanted.Node, caller: wanted.Caller, job_id: JobId) -> dict[str, Any]:
    """Nobody's turn comes any more; what was sent stays."""
    await node.read(queries.jobs.get, job_id, caller.station_ids)
    await node.write(jobs.cancel, job_id, node.services.now())
    return await node.read(queries.jobs.get, job_id)


HANDLERS = [list_jobs, get_job, parts, cancel]
