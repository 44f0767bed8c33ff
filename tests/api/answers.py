"""Reading answers as strictly as the description promises them."""

from typing import Any, TypeVar

import httpx
import msgspec

T = TypeVar("T")


def converted(answer: httpx.Response, kind: type[T]) -> T:
    """The body as `kind`, with exactly its fields."""
    assert answer.is_success, answer.text
    return msgspec.json.decode(answer.content, type=kind)


def problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem object of an error, which must have this status and code and say something."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["detail"].endswith((".", "}", ")")), told
    assert code in (None, told["code"]), told
    return told
