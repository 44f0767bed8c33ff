"""ETag and If-Match: a revision is what the tag says, so that nobody overwrites a change that he has not seen."""

from typing import Annotated

from litestar.params import HeaderParameter

from api import errors
from csms.storage import rowids

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="The ETag that you read; 412 when it has changed since.")
]


def tag(revision: int) -> dict[str, str]:
    """The header of an answer."""
    return {"ETag": f'"{revision}"'}


def expected(header: str | None) -> int | None:
    """The revision that If-Match asks for; None for any. Raises ApiError 412 for a tag that was never ours."""
    if header is None or header.strip() == "*":
        return None
    revision = rowids.read(header.strip().removeprefix("W/").strip('"'))
    if revision is None:
        raise errors.ApiError(
            'If-Match must be the ETag of your last GET, such as "3".', status=412, code="changed_meanwhile"
        )
    return revision
