"""One long list as several calls: as many items and bytes in each as the charger takes. Used by the version tables."""

from collections.abc import Sequence
from typing import Any

from csms.protocol import jsontext


def batches(payload: dict[str, Any], name: str, items: int | None, size: int | None) -> list[dict[str, Any]]:
    """`payload` with its list `name` dealt out, at most `items` and about `size` bytes in each; None = no limit.

    One item that is too long by itself goes alone: the charger may say what it thinks of it.
    """
    rest: Sequence[Any] = payload[name]
    around = len(jsontext.encode({**payload, name: []}).encode())
    made: list[list[Any]] = [[]]
    filled = around
    for item in rest:
        more = len(jsontext.encode(item).encode()) + 1
        if made[-1] and (len(made[-1]) == items or (size is not None and filled + more > size)):
            made.append([])
            filled = around
        made[-1].append(item)
        filled += more
    return [{**payload, name: each} for each in made]
