"""What tests of every part share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Only what nobody refers to is freed, as in a server, where all garbage is hardly ever collected."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
