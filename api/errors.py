"""What went wrong, as RFC 9457 problem details: the one place where errors become HTTP statuses.

Handlers raise `ApiError` (or one of the shorthands below) or let the errors of the layers underneath through, of which
`STATUS` is the table. Every `detail` says what to do; `code` is for programs.

    ApiError            status, code, detail, headers, extra
    |- NotFound         404    there is no such thing, or the caller may not know of it
    |- Conflict         409    it is there already, or is in no state for this
    |- Forbidden        403    the role does not allow it
    |- NotSignedIn      401    no credentials, or credentials that are no longer good
    `- Invalid          422    understood but not acceptable
"""

import logging
import re
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from actors import runtime, tree
from actors.chargers import charger, orders, preparation, transactions
from actors.upkeep import local_lists, uploads
from csms.domain import books, payment
from csms.printing import datev
from csms.storage import errors as storage
from csms.storage.billing import correcting, invoices, papers
from csms.storage.paying import creating
from csms.storage.reference import one_time_links, patterns

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


STATUS: dict[type[Exception], tuple[HTTPStatus, str]] = {
    tree.UnknownCharger: (HTTPStatus.NOT_FOUND, "charger_unknown"),
    orders.Offline: (HTTPStatus.CONFLICT, "charger_offline"),
    orders.NotAllowed: (HTTPStatus.CONFLICT, "charger_not_accepted"),
    orders.NotExpressible: (HTTPStatus.UNPROCESSABLE_ENTITY, "not_supported_by_charger"),
    orders.QueueFull: (HTTPStatus.TOO_MANY_REQUESTS, "charger_busy"),
    orders.NoAnswer: (HTTPStatus.GATEWAY_TIMEOUT, "charger_no_answer"),
    uploads.NoPublicUrl: (HTTPStatus.UNPROCESSABLE_ENTITY, "no_public_url"),
    preparation.UrlRefused: (HTTPStatus.UNPROCESSABLE_ENTITY, "url_refused"),
    local_lists.ListTooLong: (HTTPStatus.UNPROCESSABLE_ENTITY, "local_list_too_long"),
    charger.TokenRefused: (HTTPStatus.UNPROCESSABLE_ENTITY, "token_refused"),
    charger.NoSuchSession: (HTTPStatus.CONFLICT, "session_not_running"),
    transactions.SessionUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "session_unavailable"),
    runtime.MailboxFull: (HTTPStatus.TOO_MANY_REQUESTS, "charger_busy"),
    runtime.CallTimeout: (HTTPStatus.GATEWAY_TIMEOUT, "no_answer"),
    runtime.ActorCrashed: (HTTPStatus.BAD_GATEWAY, "actor_crashed"),
    runtime.ActorError: (HTTPStatus.SERVICE_UNAVAILABLE, "actor_unavailable"),
    papers.NotOver: (HTTPStatus.CONFLICT, "session_not_over"),
    invoices.WrongStatus: (HTTPStatus.CONFLICT, "wrong_status"),
    correcting.Corrected: (HTTPStatus.CONFLICT, "corrected_already"),
    payment.NotRefundable: (HTTPStatus.CONFLICT, "not_refundable"),
    creating.Free: (HTTPStatus.CONFLICT, "charging_is_free"),
    books.NoPeriod: (HTTPStatus.NOT_FOUND, "not_found"),
    datev.Unexportable: (HTTPStatus.CONFLICT, "not_exportable"),
    one_time_links.LinkOver: (HTTPStatus.GONE, "link_over"),
    storage.NotFound: (HTTPStatus.NOT_FOUND, "not_found"),
    storage.AlreadyExists: (HTTPStatus.CONFLICT, "already_exists"),
    storage.BadCursor: (HTTPStatus.BAD_REQUEST, "bad_cursor"),
    storage.InvalidValue: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"),
    storage.RevisionMismatch: (HTTPStatus.PRECONDITION_FAILED, "changed_meanwhile"),
    storage.StorageUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "storage_unavailable"),
    storage.AppendUnknown: (HTTPStatus.BAD_GATEWAY, "outcome_unknown"),
}
"""The errors of the layers underneath; a subclass without an entry has its base's. Their own message is the detail."""

EXPECTED: tuple[type[Exception], ...] = (ApiError, *STATUS)
"""All of them, for those who tell a person themselves."""


_SECRET = re.compile(r"^(/pay/[sq]/)[^/]+")
"""Paths that open something to whoever knows them; logs are read by others."""


def translate(error: Exception, path: str) -> ApiError:
    """The answer for any exception; what nobody foresaw is logged with its traceback and told without it."""
    leaf = _leaf(error)
    if isinstance(leaf, ApiError):
        return leaf
    for kind in type(leaf).__mro__:
        if kind in STATUS:
            status, code = STATUS[kind]
            return ApiError(_sentence(str(leaf)), status=status, code=code, headers=_retry(status))
    if isinstance(leaf, HTTPException) and leaf.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_framework(leaf, path)
    log.error("request_failed path=%s", _SECRET.sub(r"\1...", path), exc_info=error)
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


def _sentence(text: str) -> str:
    """The error's own words with a capital and a full stop; a field's name in front stays as it is spelled."""
    names_field = text.partition(" ")[0].endswith(":")
    return (text if names_field else text[:1].upper() + text[1:]) + ("" if text.endswith(".") else ".")


def _retry(status: HTTPStatus) -> dict[str, str]:
    busy = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    return {"Retry-After": "5"} if status in busy else {}


def _of_framework(error: HTTPException, path: str) -> ApiError:
    status = HTTPStatus(error.status_code)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(f"There is nothing at {path}. GET /api/v1/schema lists every path.")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("allow", "other methods")
        return ApiError(f"{path} allows {allowed}.", status=status, code="method_not_allowed", headers=headers)
    if isinstance(error, ValidationException):
        return ApiError(_invalid_fields(error), code="invalid_request", errors=error.extra or [])
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return ApiError("The body is too large: send at most 1 MB.", status=status, code="body_too_large")
    return ApiError(error.detail, status=status, code=status.phrase.lower().replace(" ", "_"))


def _invalid_fields(error: ValidationException) -> str:
    reasons = error.extra if isinstance(error.extra, list) else []
    parts = [f"{_where(item)}: {_why(item)}" for item in reasons]
    return f"This request cannot be understood: {'; '.join(parts) or error.detail}. Correct it and send it again."


def _why(reason: dict[str, Any]) -> str:
    """What is wrong with it. Litestar tells of a missing parameter or body only by its name, as a KeyError does."""
    message = str(reason.get("message", ""))
    return "is missing" if message == repr(str(reason.get("key"))) else patterns.explained(message)


def _where(reason: dict[str, Any]) -> str:
    """The field, or the body where no field is to blame."""
    key = str(reason.get("key", "data"))
    return "the body" if key == "data" else f"`{key.rstrip('_')}`"
