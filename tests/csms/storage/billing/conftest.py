"""A till with an empty log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from csms.storage.log import Log
from tests.csms.storage.billing.support import Till


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Log.open(tmp_path / "data") as log:
        yield Till(log)
