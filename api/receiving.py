"""A request's body into a file: streamed, bounded in size and time, and on the disk before anything is answered.

Used by the resources that take files. Never holds more of a file than a chunk, never takes a name from the sender.
"""

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

import trio
from litestar import Request
from litestar.exceptions import InternalServerException

from api import errors, multipart
from csms.storage import files

R = TypeVar("R")


class Bounds(NamedTuple):
    """Bytes of a file, seconds that it may take."""

    size: int
    seconds: float


async def keep(request: Request[Any, Any, Any], folder: Path, name: str, bounds: Bounds) -> files.Kept:
    """Write the body to `folder`/`name`. Raises ApiError 400, 408, 413 and StorageUnavailable: nothing is kept then."""
    _announced(request, bounds)
    incoming = await trio.to_thread.run_sync(files.Incoming, folder, name)
    try:
        await _take(request, incoming.write, bounds)
        return await _shielded(incoming.keep)
    finally:
        await _shielded(incoming.drop)


@asynccontextmanager
async def spooled(request: Request[Any, Any, Any], folder: Path, bounds: Bounds) -> AsyncIterator[IO[bytes]]:
    """The body in a file without a name, which is gone at the end whatever happens. Raises as `keep` does."""
    _announced(request, bounds)
    try:
        file = await trio.to_thread.run_sync(_nameless, folder)
    except OSError as error:
        raise files.unavailable(error, folder) from error
    with file:
        try:
            await _take(request, file.write, bounds)
        except OSError as error:
            raise files.unavailable(error, folder) from error
        yield file


def _nameless(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _announced(request: Request[Any, Any, Any], bounds: Bounds) -> None:
    """Refuse what says that it is too large, and wait for the rest as long as it may take."""
    announced = request.content_length
    if announced is not None and announced > bounds.size:
        raise _too_large(bounds)
    request.scope.get("state", {}).get("patience", _nobody)(bounds.seconds)


async def _take(request: Request[Any, Any, Any], write: Callable[[bytes], object], bounds: Bounds) -> None:
    size = 0
    try:
        with trio.fail_after(bounds.seconds):
            async with aclosing(_gathered(_body(request))) as chunks:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > bounds.size:
                        raise _too_large(bounds)
                    await trio.to_thread.run_sync(write, chunk)
    except trio.TooSlowError as error:
        raise errors.ApiError(
            f"The file took longer than {bounds.seconds:g} s: send it again.",
            status=HTTPStatus.REQUEST_TIMEOUT,
            code="too_slow",
        ) from error
    except InternalServerException as error:  # Litestar's word for a client that is gone
        raise errors.ApiError("The connection ended before the file did.", code="incomplete_body") from error


async def _shielded(act: Callable[[], R]) -> R:
    """Blocking work that is done, once it has begun."""
    with trio.CancelScope(shield=True):
        return await trio.to_thread.run_sync(act)
    raise AssertionError("unreachable: a shield without a deadline is not cancelled")


def _nobody(_seconds: float) -> None:
    """Not behind our own connections, nobody counts the time."""


def _too_large(bounds: Bounds) -> errors.ApiError:
    return errors.ApiError(
        f"The file is too large: send at most {bounds.size} bytes.",
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="body_too_large",
    )


async def _body(request: Request[Any, Any, Any]) -> AsyncGenerator[bytes, None]:
    """The bytes of the file: the body, or the first file of a form."""
    form = multipart.opened(request.headers.get("content-type", ""))
    async with aclosing(request.stream()) as stream:
        async for data in stream:
            yield data if form is None else form.feed(data)
    if form is not None and not form.whole:
        raise errors.ApiError("The form has no file, or ends before it does.", code="incomplete_body")


async def _gathered(source: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes in larger pieces: each costs a visit to a thread."""
    waiting = bytearray()
    async for data in source:
        waiting += data
        if len(waiting) >= files.CHUNK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
