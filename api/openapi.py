"""The description of the API: an OpenAPI 3.1 document made from the handlers, and what a page needs to show it.

Litestar writes the document; what it cannot know is added here: who may call a route, how to sign in, and that every
error is a problem object. Its own pages would load their scripts from a CDN, so api/web renders the document instead.
"""

from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from api import errors, permissions, wanted

INTRODUCTION = """\
Send `Authorization: Bearer <token or API key>`; POST /api/v1/login gives a token. Times are RFC 3339 UTC. Lists answer
`{"items": [...], "next_cursor": ...}`: pass `next_cursor` as `cursor` until it is null. Creation takes
`Idempotency-Key`, PATCH honours `If-Match` with the ETag of the last GET. Errors are RFC 9457
problems; `detail` says what to do."""

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `code` is for programs, `detail` for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "the charger is offline: try again when it is connected",
            "code": "charger_offline",
            "instance": "/api/v1/chargers/CP-01/commands/reset",
        }
    ],
}
BY_PATH_OF_COMMAND = frozenset({"command"})
"""Tags of the domain's command structs: the path says which command it is, so the body need not."""


def document(handlers: Sequence[ControllerRouterHandler]) -> dict[str, Any]:
    """The OpenAPI document of these handlers, as JSON-able data."""
    config = OpenAPIConfig(title="CSMS", version=metadata.version("csms"), description=INTRODUCTION)
    config.use_handler_docstrings = True
    # Nothing is ever asked of this app: it only has to know that these names are no parameters of a request.
    never = {name: _nothing() for name in wanted.PROVIDED}
    app = Litestar(handlers, openapi_config=config, logging_config=None, dependencies=never)
    described: dict[str, Any] = app.openapi_schema.to_schema()
    described = _without_anything(described)
    schemas = described["components"].setdefault("schemas", {})
    for schema in schemas.values():
        _without_tag(schema)
    schemas["Problem"] = PROBLEM
    described["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for path, method, operation in operations(described):
        _complete(operation, permissions.ROUTES[f"{method} {path}"])
        operation["operationId"] = _operation_id(method, path)
        operation["summary"] = operation.get("description", "").partition("\n")[0]
        for content in _contents(operation):
            for example in content.get("examples", {}).values():
                example["value"] = _with_nulls(example["value"], content["schema"], schemas)
    return described


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, METHOD, operation) of a document, in its order."""
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def _nothing() -> Provide:
    """A stand-in; Litestar wants a provider of its own for each name."""
    return Provide(lambda: None, sync_to_thread=False)


def _complete(operation: dict[str, Any], permission: permissions.Permission) -> None:
    is_open = permission is permissions.Permission.OPEN
    roles = [role for role in permissions.Role if permissions.reach(role, permission) is not None]
    operation["security"] = [] if is_open else [{"bearer": []}]
    operation["x-roles"] = [] if is_open else [str(role) for role in roles]
    operation["responses"].pop("400", None)
    body = operation.get("requestBody")
    if body is not None:
        body["required"] = {"type": "null"} not in body["content"]["application/json"]["schema"].get("oneOf", ())
    operation["responses"]["default"] = {
        "description": "What went wrong and what to do.",
        "content": {errors.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()


def _with_nulls(value: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """An example with the nulls that Litestar leaves out of it, where its schema asks for them."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    if isinstance(value, dict) and "oneOf" in schema:
        return _with_nulls(value, next(each for each in schema["oneOf"] if each.get("type") != "null"), schemas)
    if isinstance(value, list):
        return [_with_nulls(item, schema.get("items", {}), schemas) for item in value]
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties", {})
    missing = dict.fromkeys(name for name in schema.get("required", ()) if name not in value)
    return missing | {name: _with_nulls(item, fields.get(name, {}), schemas) for name, item in value.items()}


def _without_anything(value: Any) -> Any:
    """Litestar tells of the dots in `tuple[X, ...]` as "X or anything": only X is meant."""
    if isinstance(value, list):
        return [_without_anything(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {name: _without_anything(item) for name, item in value.items()}
    match plain.get("items"):
        case {"oneOf": [only, {**other}]} if not other:
            plain["items"] = only
    return plain


def _without_tag(schema: dict[str, Any]) -> None:
    for name in BY_PATH_OF_COMMAND & schema.get("properties", {}).keys():
        if "const" in schema["properties"][name]:
            del schema["properties"][name]
            schema["required"].remove(name)
    if not schema.get("required", True):
        del schema["required"]


def _operation_id(method: str, path: str) -> str:
    parts = [part.strip("{}") for part in path.removeprefix("/api/v1").split("/") if part]
    return "_".join([method.lower(), *parts]).replace("-", "_").replace(".", "_")
