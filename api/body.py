"""The request class of the app: a body that is no JSON is the sender's fault, whatever way it fails to be any."""

from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException, SerializationException

from api import errors


class JsonRequest(Request[Any, Any, Any]):
    """Reads bodies as JSON. Raises ApiError 400 with what is wrong."""

    async def body(self) -> bytes:
        """The raw body."""
        try:
            return await super().body()
        except InternalServerException as gone:  # Litestar's word for it; nobody is left who would read the answer
            raise errors.ApiError("The connection ended before the body did.", code="incomplete_body") from gone

    async def json(self) -> Any:
        """The body's value."""
        try:
            return await super().json()
        except SerializationException as error:
            raise _malformed(str(error)) from error
        except UnicodeDecodeError as error:
            raise _malformed(f"it is not UTF-8 at byte {error.start}") from error
        except RecursionError as error:
            raise _malformed("it is nested too deeply") from error


def _malformed(why: str) -> errors.ApiError:
    return errors.ApiError(f"The body is not valid JSON: {why}. Correct it and send it again.", code="invalid_json")
