"""Where the served processes of a test keep their data and their logs."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.e2e import server


@pytest.fixture
def running(tmp_path: pathlib.Path) -> Iterator[server.Server]:
    """A server with chargers CP-01 and CP-02 of two connectors each, and the token TAG1."""
    with server.serving(tmp_path / "data") as served:
        served.install("CP-01", "CP-02")
        yield served
