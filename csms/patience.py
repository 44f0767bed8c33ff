"""How long those wait who came together: each a little longer than the limit, so that they are not all let go at once.

Used where clients are cut off that owe us something. A thousand connections that end in one turn of the loop keep
everybody else waiting for half a second.
"""

import random

MORE = 0.25
"""At most so much of the limit is added."""


def spread(seconds: float) -> float:
    """`seconds` and up to MORE of them."""
    return seconds * random.uniform(1, 1 + MORE)  # noqa: S311 - nobody gains from guessing it
