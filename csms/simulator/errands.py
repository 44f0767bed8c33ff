"""Files that a charger fetches or brings: what it wants, and whom to tell how it went.

Put into `charger.errands` by firmware and logs; who runs the charger carries them out (`transfer`) and calls `done`.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One request. `done` gets the answer's status, 0 where none came, and its body."""

    method: Literal["GET", "PUT"]
    url: str
    body: bytes = b""
    done: Callable[[int, bytes], None]
