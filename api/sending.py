"""A file as the answer, whole or a range of it (RFC 9110), streamed from the disk. Used by the resources with files."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import trio
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from api import errors
from csms.storage import files

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class FileAnswer(ASGIResponse):
    """Bytes `start` to, not including, `end` of a file of `size` bytes, as something to save and never to show."""

    _should_set_content_length = False

    def __init__(self, path: Path, size: int, span: tuple[int, int] | None, *, etag: str, name: str) -> None:
        self._path = path
        self._span = span or (0, size)
        start, end = self._span
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Length": str(end - start),
            "Content-Disposition": f'attachment; filename="{name}"',
            "ETag": f'"{etag}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        if span is not None:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
        super().__init__(headers=headers, media_type="application/octet-stream", status_code=status)

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Write until the end, or until nobody reads any more."""
        parts = files.chunks(self._path, *self._span)
        while (chunk := await trio.to_thread.run_sync(_next, parts)) is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def file(path: Path, *, etag: str, name: str, wanted: str | None, if_range: str | None = None) -> FileAnswer:
    """The answer with a file. `wanted` is the Range header; one that we cannot read is as good as none.

    Raises NotFound, and ApiError 416 for a range that lies outside.
    """
    try:
        size = (await trio.to_thread.run_sync(path.stat)).st_size
    except FileNotFoundError as error:
        raise errors.NotFound("The file is not there any more.") from error
    span = None if wanted is None or if_range not in (None, f'"{etag}"') else _span(wanted, size)
    return FileAnswer(path, size, span, etag=etag, name=name)


def safe_name(text: str) -> str:
    """A file name that no browser and no shell stumbles over."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")[:150] or "file"


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    first, last = found[1], found[2]
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= end:
        raise errors.ApiError(
            f"The file has {size} bytes only.",
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            code="range_not_satisfiable",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end


def _next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)
