"""GET /schema: the API's description, as a page for browsers and as OpenAPI JSON for programs."""

import functools
from typing import Any

from litestar import Request, Response, get

from api import encoding, openapi
from api.resources import catalogue
from api.web import rendering, schema_page


@functools.cache
def _document() -> tuple[dict[str, Any], bytes]:
    described = openapi.document(catalogue.handlers())
    return described, encoding.json_bytes(described)


@get("/schema", include_in_schema=False)
async def schema(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A page when a browser asks, else the document."""
    described, document = _document()
    if "text/html" not in request.headers.get("accept", ""):
        return Response(document, media_type="application/json")
    groups = schema_page.groups(described)
    return rendering.page(request, "schema.html", info=described["info"], groups=groups)


@get("/schema/openapi.json", include_in_schema=False)
async def openapi_json() -> Response[bytes]:
    """The document."""
    return Response(_document()[1], media_type="application/json")


HANDLERS = [schema, openapi_json]
