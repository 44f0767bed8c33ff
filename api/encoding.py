"""How values look in JSON: times RFC 3339 in UTC with Z, Decimals as exact JSON numbers, bytes as hex.

Money never passes here as a Decimal: it is text wherever it is shown. Used for responses and server-sent events.
"""

from typing import Any

import msgspec
from litestar import Response
from litestar.enums import MediaType


def _other(value: Any) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_other)


def json_bytes(value: Any) -> bytes:
    """Compact JSON. Raises NotImplementedError for a type that has no form."""
    return _encoder.encode(value)


class JsonResponse(Response[Any]):
    """The app's response class: JSON as above, everything else as Litestar does it."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        """The body."""
        if media_type.startswith(MediaType.JSON) or media_type.endswith("+json"):
            return json_bytes(content)
        return super().render(content, media_type, enc_hook)
