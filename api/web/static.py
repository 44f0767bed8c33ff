"""The pages' own style sheet and script, from memory. Their path carries a digest, so browsers keep them for ever."""

import hashlib
from importlib import resources

from litestar import Response, get

from api import errors, wanted

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def _load() -> dict[str, bytes]:
    folder = resources.files("api.web") / "static"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(tuple(_TYPES))}


_files = _load()
VERSION = hashlib.sha256(b"".join(content for _, content in sorted(_files.items()))).hexdigest()[:12]


def path(name: str) -> str:
    """Where a page finds one of the files. Raises KeyError for a file that is not there."""
    _files[name]
    return f"/static/{VERSION}/{name}"


@get("/static/{version:str}/{name:str}", include_in_schema=False)
async def serve(version: wanted.Word, name: wanted.Word) -> Response[bytes]:
    """One file; any version is answered with the current one, only its own may be kept."""
    content = _files.get(name)
    if content is None:
        raise errors.NotFound(f"There is no file {name} here.")
    keep = "public, max-age=31536000, immutable" if version == VERSION else "no-cache"
    kind = _TYPES[name[name.rindex(".") :]]
    return Response(content, media_type=kind, headers={"Cache-Control": keep})
