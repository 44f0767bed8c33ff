"""What went wrong, as RFC 9457 problem details: the one place where errors become HTTP statuses.

Handlers raise `ApiError` (or one of the shorthands below) or let the errors of the layers underneath through; `translate`
maps all of them, `problem` writes them down. Every `detail` says what to do; `code` is for programs.

    ApiError            status, code, detail, headers, extra
    |- NotFound         404    there is no such thing, or the caller may not know of it
    |- Conflict         409    it is there already, or is in no state for this
    |- Forbidden        403    the role does not allow it
    |- NotSignedIn      401    no credentials, or credentials that are no longer good
    `- Invalid          422    understood but not acceptable
"""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class ApiError(Exception):
    """An answer that is an error; `extra` becomes further members of the problem object."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = HTTPStatus(status or self.status)
        self.code = code or self.code
        self.headers = headers or {}
        self.extra = extra


class NotFound(ApiError):
    """There is no such thing, or the caller may not know of it."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Conflict(ApiError):
    """It is there already, or is in no state for this."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class Forbidden(ApiError):
    """The caller's role does not allow it."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class NotSignedIn(ApiError):
    """No credentials came, or they are no longer good."""

    status = HTTPStatus.UNAUTHORIZED
    code = "not_signed_in"


class Invalid(ApiError):
    """Understood but not acceptable."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"


Translation = Callable[[Any], ApiError]
_translations: dict[type[Exception], Translation] = {}


def translates(kind: type[Exception]) -> Callable[[Translation], Translation]:
    """Register how an exception of a layer below is told to the client."""

    def register(translation: Translation) -> Translation:
        _translations[kind] = translation
        return translation

    return register


def translate(error: Exception, path: str) -> ApiError:
    """The answer for any exception; what nobody foresaw is logged with its traceback and told without it."""
    leaf = _leaf(error)
    if isinstance(leaf, ApiError):
        return leaf
    for kind in type(leaf).__mro__:
        if kind in _translations:
            return _translations[kind](leaf)
    if isinstance(leaf, HTTPException) and leaf.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_framework(leaf, path)
    log.error("api.request_failed", exc_info=error, extra={"path": path})
    return ApiError(
        "Something failed inside the server. It is in the server's log; if it happens again, report it with the time.",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
    )


def problem(error: ApiError, path: str) -> Response[dict[str, Any]]:
    """The problem+json response."""
    content = {
        "type": "about:blank",
        "title": error.status.phrase,
        "status": int(error.status),
        "detail": error.detail,
        "code": error.code,
        "instance": path,
        **error.extra,
    }
    return Response(content, status_code=int(error.status), media_type=MEDIA_TYPE, headers=error.headers)


def handler(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Litestar's exception handler for everything that answers in JSON."""
    path = request.scope["path"]
    return problem(translate(error, path), path)


def _leaf(error: Exception) -> Exception:
    """The one exception inside nested groups: nurseries wrap, and a group of one means the exception in it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _of_framework(error: HTTPException, path: str) -> ApiError:
    status = HTTPStatus(error.status_code)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(f"There is nothing at {path}. GET /api/v1/schema lists every path.")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("allow", "")
        return ApiError(f"{path} allows {allowed}.", status=status, code="method_not_allowed", headers=headers)
    if isinstance(error, ValidationException):
        return ApiError(_invalid_fields(error), code="invalid_request", errors=error.extra or [])
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return ApiError("The body is too large: send at most 1 MB.", status=status, code="body_too_large")
    return ApiError(error.detail, status=status, code=status.phrase.lower().replace(" ", "_"))


def _invalid_fields(error: ValidationException) -> str:
    reasons = error.extra if isinstance(error.extra, list) else []
    parts = [f"{item.get('key', item.get('source', 'body'))}: {item.get('message', '')}" for item in reasons]
    return "Correct the request and send it again. " + ("; ".join(parts) or error.detail)
