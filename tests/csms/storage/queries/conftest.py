"""A reader's own connection beside the open log."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from csms.storage import connection
from csms.storage.log import Log


@pytest.fixture
def conn(log: Log, directory: Path) -> Iterator[sqlite3.Connection]:
    reader = connection.reader(directory)
    yield reader
    reader.close()
