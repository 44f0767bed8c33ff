"""The limit of open files: ten thousand chargers and as many people need more than the usual 1024."""

from __future__ import annotations

import resource
from contextlib import suppress

WANTED = 65_536


def limits() -> tuple[int, int]:
    """(soft, hard); a missing limit is a large number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _finite(soft), _finite(hard)


def raise_limit(wanted: int = WANTED) -> int:
    """Raise the soft limit of this process as far as it may, up to `wanted`; never lowers it. The limit now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = min(wanted, _finite(hard))
    if _finite(soft) < target:
        with suppress(ValueError, OSError):  # macOS has a second limit that nothing tells
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
    return limits()[0]


def _finite(limit: int) -> int:
    return 2**31 if limit == resource.RLIM_INFINITY else limit
