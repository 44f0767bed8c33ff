"""Lists and partial changes: the parameters that every list takes, pages of short lists, and what a PATCH gave."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar.params import QueryParameter

from csms.storage import errors as storage

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many items at most.")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before.")]


def of(items: Sequence[dict[str, Any]], limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of a list that is short enough to be read whole; the cursor is the id of the last item shown."""
    start = 0
    if cursor is not None:
        start = next((index + 1 for index, item in enumerate(items) if item["id"] == cursor), -1)
        if start < 0:
            raise storage.BadCursor
    page = items[start : start + limit]
    return {"items": list(page), "next_cursor": page[-1]["id"] if start + limit < len(items) else None}


def given(changes: msgspec.Struct) -> dict[str, Any]:
    """The fields of a PATCH body that came with it."""
    fields = msgspec.structs.asdict(changes)
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}
