"""A data directory, an open log in it, and a teller of stories."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from csms.storage.log import Log
from tests.csms.storage import support


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def log(directory: Path) -> Iterator[Log]:
    with Log.open(directory) as opened:
        yield opened


@pytest.fixture
def teller(log: Log) -> support.Teller:
    return support.Teller(log)
