"""A payload with long lists, a slice at a time: what is wrong with it is found without describing a megabyte at once.

Used by schemas.py. Together the slices hold every item of every list. Nothing here knows a schema.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

LONG = 20
"""Items. Of a longer list each slice holds so many; with lists in lists that is four hundred, ten milliseconds."""

Path: TypeAlias = tuple[str | int, ...]


class Slice(NamedTuple):
    """A part of a payload: what leads to the list at `path`, and of that the items from `start` on."""

    payload: Any
    path: Path = ()
    start: int = 0

    def place(self, found: Path) -> Path | None:
        """Where in the whole payload something was found; None outside the list, which other slices show better."""
        depth = len(self.path)
        if not depth:
            return found
        if len(found) <= depth:
            return None
        index = found[depth]
        assert isinstance(index, int), "what is at the path is a list"
        return (*self.path, self.start + index, *found[depth + 1 :])


def of(payload: Any) -> Iterator[Slice]:
    """The payload with the beginning of each list, then the rest of each long one."""
    yield Slice(_shortened(payload))
    for path, items in _long(payload, ()):
        for start in range(LONG, len(items), LONG):
            part = [_shortened(item) for item in items[start : start + LONG]]
            yield Slice(_leading(payload, path, part), path, start)


def _long(value: Any, path: Path) -> Iterator[tuple[Path, list[Any]]]:
    if isinstance(value, dict):
        inner: Iterator[tuple[str | int, Any]] = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
        if len(value) > LONG and path:
            yield path, value
    else:
        return
    for step, each in inner:
        if isinstance(each, dict | list):
            yield from _long(each, (*path, step))


def _leading(value: Any, path: Path, part: list[Any]) -> Any:
    """`part` at the end of the path, with the plain fields on the way, which the schema may require."""
    if not path:
        return part
    inner = _leading(value[path[0]], path[1:], part)
    if isinstance(value, list):
        return [inner]
    return {name: each for name, each in value.items() if not isinstance(each, dict | list)} | {path[0]: inner}


def _shortened(value: Any) -> Any:
    match value:
        case list():
            return [_shortened(item) for item in value[:LONG]]
        case dict():
            return {name: _shortened(item) for name, item in value.items()}
        case _:
            return value
