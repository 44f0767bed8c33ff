"""The description of the API: complete, honest, and readable without any network."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx
import jsonschema_rs
import pytest

from api import openapi, permissions
from api.resources import catalogue
from api.web import schema_page

DOCUMENT = openapi.document(catalogue.handlers())
OPERATIONS = list(openapi.operations(DOCUMENT))
HTTP = {"GET /metrics", "GET /health/live", "GET /health/ready"}


def resolved(schema: Any) -> Any:
    """A schema with every reference put in its place."""
    if isinstance(schema, list):
        return [resolved(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolved(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    return {name: resolved(part) for name, part in schema.items() if name != "examples"}


def bodies() -> list[Any]:
    """(name, content) of every body that is sent or answered as JSON."""
    found = []
    for path, method, operation in OPERATIONS:
        parts = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
        for name, part in parts:
            content = part.get("content", {}).get("application/json")
            if content is not None and name != "default":
                found.append(pytest.param(content, id=f"{method} {path} {name}"))
    return found


def test_every_api_route_is_described_with_those_who_may_call_it() -> None:
    described = {f"{method} {path}": operation for path, method, operation in OPERATIONS}
    hidden = {f"GET {catalogue.V1}/schema", f"GET {catalogue.V1}/schema/openapi.json"}
    hidden.add(f"POST {catalogue.V1}/chargers/{{charger_id}}/commands/{{command}}")
    public = {route for route in permissions.ROUTES if f" {catalogue.V1}/" in route} - hidden
    assert public <= described.keys()
    for route in public:
        roles = [role for role in permissions.Role if permissions.reach(role, permissions.ROUTES[route])]
        is_open = permissions.ROUTES[route] is permissions.Permission.OPEN
        assert described[route]["x-roles"] == ([] if is_open else roles)


def test_every_operation_has_a_name_of_its_own_a_description_and_says_how_errors_look() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for path, _, operation in OPERATIONS:
        assert operation["description"], path
        assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.parametrize("content", bodies())
def test_every_body_has_an_example_that_fits_its_schema(content: dict[str, Any]) -> None:
    shown = content["schema"].get("examples") or [each["value"] for each in content.get("examples", {}).values()]
    assert shown
    jsonschema_rs.validate(resolved(content["schema"]), shown[0])


def test_the_document_is_valid_openapi_as_far_as_references_go() -> None:
    for ref in re.findall(r"'\$ref': '([^']+)'", str(DOCUMENT)):
        assert ref.rsplit("/", 1)[-1] in DOCUMENT["components"]["schemas"]


async def test_programs_get_json_and_browsers_a_page(anonymous: httpx.AsyncClient) -> None:
    for path, accept, kind in (
        ("/api/v1/schema", "*/*", "application/json"),
        ("/api/v1/schema", "text/html,*/*", "text/html"),
        ("/api/v1/schema/openapi.json", "text/html", "application/json"),
    ):
        answer = await anonymous.get(path, headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)


class Links(HTMLParser):
    """Collects what a page would load, and the ids of its entries."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "link", "iframe"):
            self.loaded.append(given.get("src") or given.get("href") or "")
        if given.get("id"):
            self.ids.add(given["id"] or "")


async def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(anonymous: httpx.AsyncClient) -> None:
    page = Links()
    page.feed((await anonymous.get("/api/v1/schema", headers={"Accept": "text/html"})).text)
    assert {operation["operationId"] for _, _, operation in OPERATIONS} <= page.ids
    assert all(path.startswith("/static/") for path in page.loaded)
    for path in page.loaded:
        assert (await anonymous.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "integer"),
        ({"oneOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "string (date-time) | null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Evse"}}, "list of Evse"),
        ({"enum": ["a", "b"]}, "a | b"),
        ({"type": ["null", "string"]}, "null | string"),
    ],
)
def test_types_are_shown_in_a_few_words(schema: dict[str, Any], words: str) -> None:
    assert schema_page.schema_type(schema) == words
