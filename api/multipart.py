"""The file in a multipart form, for chargers that POST one as a browser would. Pure: bytes in, bytes of the file out.

Only the first part counts, and its name is nobody's business. Used by receiving.py.
"""

import re

from api import errors

_BOUNDARY = re.compile(r"""^multipart/form-data\s*;.*boundary=("[^"]{1,70}"|[^\s;"]{1,70})""", re.IGNORECASE)
MAX_HEAD = 16_384


class Part:
    """The first part of a form, fed piece by piece."""

    def __init__(self, boundary: bytes) -> None:
        self._begin = b"--" + boundary
        self._end = b"\r\n--" + boundary
        self._waiting = b""
        self._inside = False
        self.whole = False

    def feed(self, data: bytes) -> bytes:
        """What of the file is certain after these bytes. Raises ApiError where no part begins."""
        if self.whole:
            return b""
        self._waiting += data
        if not self._inside and not self._enter():
            return b""
        found = self._waiting.find(self._end)
        self.whole = found >= 0
        certain = found if self.whole else max(0, len(self._waiting) - len(self._end) + 1)
        told, self._waiting = self._waiting[:certain], self._waiting[certain:]
        return told

    def _enter(self) -> bool:
        """Skip the part's head, which may be empty."""
        head_end = self._waiting.find(b"\r\n\r\n")
        if head_end >= 0 and self._begin in self._waiting[:head_end]:
            self._waiting, self._inside = self._waiting[head_end + 4 :], True
            if self._waiting.startswith(self._end[2:]):  # an empty file
                self._waiting = b"\r\n" + self._waiting
        elif len(self._waiting) > MAX_HEAD:
            raise errors.ApiError("The form does not begin with a file.", code="incomplete_body")
        return self._inside


def opened(content_type: str) -> Part | None:
    """The reader for a body of this type; None when it is no form."""
    found = _BOUNDARY.match(content_type)
    return None if found is None else Part(found[1].strip('"').encode("latin-1", "replace"))
