"""The API's description as a page: what templates/schema.html shows, computed from the OpenAPI document. Pure."""

import json
import shlex
from typing import Any

from api import openapi


def groups(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Routes by the first part of their path, each with everything its entry shows."""
    schemas = described["components"]["schemas"]
    found: dict[str, list[dict[str, Any]]] = {}
    for path, method, operation in openapi.operations(described):
        group = path.removeprefix("/api/v1").strip("/").split("/")[0]
        found.setdefault(group, []).append(_entry(path, method, operation, schemas))
    return found


def schema_type(schema: dict[str, Any]) -> str:
    """A schema in a few words: "integer", "a | b", "list of Connector"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return " | ".join(schema_type(part) for part in schema[union])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {schema_type(schema.get('items', {}))}"
    kind = schema.get("type", "any")
    kind = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _entry(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, text = operation.get("description", operation.get("summary", "")).partition("\n")
    body = _content(operation.get("requestBody", {}))
    status, answer = next(
        ((code, found) for code, found in operation["responses"].items() if code.startswith("2")), ("", {})
    )
    return {
        "path": path,
        "method": method,
        "operation": operation,
        "parameters": operation.get("parameters", []),
        "summary": summary,
        "text": text.strip(),
        "fields": _fields(body.get("schema", {}), schemas),
        "curl": _curl(path, method, operation, _example(body)),
        "status": status,
        "answer": _pretty(_example(_content(answer))),
    }


def _content(part: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = part.get("content", {})
    found: dict[str, Any] = content.get("application/json", {})
    return found


def _example(content: dict[str, Any]) -> Any:
    examples = content.get("schema", {}).get("examples") or [
        example.get("value") for example in content.get("examples", {}).values()
    ]
    return examples[0] if examples else None


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    parts = (schema, *schema.get("oneOf", ()), *schema.get("allOf", ()))
    refs = [part["$ref"] for part in parts if "$ref" in part]
    named = schemas[refs[0].rsplit("/", 1)[-1]] if refs else schema
    required = named.get("required", ())
    return [
        {"name": name, "required": name in required, "schema": field}
        for name, field in named.get("properties", {}).items()
    ]


def _curl(path: str, method: str, operation: dict[str, Any], example: Any) -> str:
    parts = ["curl", "-X", method] if method != "GET" else ["curl"]
    if operation["security"]:
        parts += ["-H", '"Authorization: Bearer $TOKEN"']
    if example is not None:
        parts += ["-H", "'Content-Type: application/json'", "-d", shlex.quote(json.dumps(example))]
    return " ".join([*parts, f"http://localhost:8000{path}"])


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
