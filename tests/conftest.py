"""What tests of every part share."""

import gc
from collections.abc import Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("csms", deadline=None)  # how busy the machine is says nothing of the code
hypothesis.settings.load_profile("csms")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Only what nobody refers to is freed, as in a server, where all garbage is hardly ever collected."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
