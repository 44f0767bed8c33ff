"""Records as a JSON array of objects, one a line, so that versions of it can be compared. Items count from 1."""

from collections.abc import Collection, Generator, Mapping
from typing import IO, Any

import msgspec

from csms.porting.errors import BadFile
from csms.porting.report import Problem
from csms.porting.sheets import Row

BEGIN, BETWEEN, END = "[\n", ",\n", "\n]\n"
EMPTY = "[]\n"


def written(record: Mapping[str, Any]) -> str:
    """A record as its line, without what stands between two."""
    return msgspec.json.encode(record).decode()


def read(file: IO[bytes], known: Collection[str]) -> Generator[Row, None, None]:
    """The items of a file, from its beginning. Raises BadFile."""
    file.seek(0)
    try:
        items = msgspec.json.decode(file.read().removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadFile(f"the file is no JSON array of objects: {error}") from error
    for number, raw in enumerate(items, 1):
        try:
            item = msgspec.json.decode(raw, type=dict[str, Any])
        except msgspec.ValidationError as error:
            yield Row(number, {}, (Problem(number, "", str(error)),))
            continue
        strange = [name for name in item if name not in known]
        problems = [Problem(number, name, f"means nothing here; there are: {', '.join(known)}") for name in strange]
        yield Row(number, item, tuple(problems))
