"""A second server on the data directory of one that serves."""

import pathlib

from csms.domain import events
from csms.storage.log import Log
from tests.chaos import agreement, charging
from tests.e2e import server

CHARGERS = 10


def test_a_second_server_is_refused_and_no_charger_notices(tmp_path: pathlib.Path, seed: int) -> None:
    with server.serving(tmp_path / "data") as running, charging.everywhere(running, CHARGERS, seed) as fleet:
        refused = running.try_csms("serve", "--http-port", "0", "--ocpp-port", "0")
        assert refused.returncode == 1
        assert str(running.data) in refused.stderr
        fleet.acknowledged(CHARGERS)
        assert connections_lost(running.data) == 0
        fleet.leave()
        agreement.agree(running, fleet.told)


def connections_lost(data: pathlib.Path) -> int:
    with Log.open(data, readonly=True) as log:
        return sum(isinstance(stored.event, events.Disconnected) for stored in log.read_all())
