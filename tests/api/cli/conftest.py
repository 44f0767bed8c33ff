"""`csms` commands on a data directory of their own, in this process or with a served one beside them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csms.storage.log import Log
from tests.api.cli.support import Csms, Server
from tests.csms.storage.support import Teller


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, and no csms.toml."""
    for name in [name for name in os.environ if name.startswith("CSMS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def csms(data: Path, capfd: pytest.CaptureFixture[str]) -> Csms:
    """Runs commands on `data`."""
    return Csms(data, capfd)


@pytest.fixture
def tell(data: Path) -> Callable[[Callable[[Teller], object]], None]:
    """Writes a story into the log of `data`, which nobody holds afterwards."""

    def write(story: Callable[[Teller], object]) -> None:
        with Log.open(data) as log:
            story(Teller(log))

    return write


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    """A served `data`."""
    with Server(data) as served:
        yield served
