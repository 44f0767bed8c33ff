"""GET /health/live and /health/ready for balancers, GET /metrics for Prometheus; all outside /api/v1."""

from http import HTTPStatus
from typing import Any

from litestar import Response, get

from api import metrics, views, wanted


@get("/health/live", responses=views.answer(views.Health, {"status": "live"}))
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@get("/health/ready", responses=views.answer(views.Health, {"status": "ready"}))
async def ready(node: wanted.Node) -> Response[dict[str, Any]]:
    """Chargers and people can be served: the log can be written. 503 while it cannot."""
    status = HTTPStatus.OK if node.healthy else HTTPStatus.SERVICE_UNAVAILABLE
    return Response({"status": "ready" if node.healthy else "storage_unavailable"}, status_code=status)


@get("/metrics", include_in_schema=False)
async def prometheus(node: wanted.Node) -> Response[str]:
    """Prometheus text."""
    return Response(metrics.text(metrics.collect(node)), media_type=metrics.MEDIA_TYPE)


HANDLERS = [live, ready, prometheus]
