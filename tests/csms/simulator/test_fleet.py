"""Many chargers together."""

import trio

from csms import simulator
from tests.csms.simulator.central import serving

LIMIT_S = 30


def _template(url: str, **fields: object) -> simulator.ChargerConfig:
    return simulator.ChargerConfig(id="", url=url, **fields)  # type: ignore[arg-type]


def test_chargers_have_numbers_and_their_own_passwords() -> None:
    names = simulator.numbered("SIM", 3)
    made = simulator.configs(_template("ws://x", password="shared"), names, {"SIM-0002": "own"})
    assert [(one.id, one.password) for one in made] == [
        ("SIM-0001", "shared"),
        ("SIM-0002", "own"),
        ("SIM-0003", "shared"),
    ]
    assert made[0].start_delay < made[1].start_delay < made[2].start_delay


async def test_a_fleet_on_bad_links_gets_every_record_acknowledged_exactly_once() -> None:
    async with serving() as central:
        template = _template(
            central.url, profile="steady", drop_every=0.2, backoff_min=0.001, sample_interval=300, tokens=("A", "B")
        )
        configs = simulator.configs(template, simulator.numbered("SIM", 10))
        with trio.fail_after(LIMIT_S), simulator.Ledger() as ledger:
            fleet = simulator.Fleet(configs, ledger=ledger, speed=4000, start=1_800_000_000)
            async with trio.open_nursery() as nursery:
                await nursery.start(fleet.run)
                await fleet.links["SIM-0001"].wait_until(lambda _: ledger.counts["stop"] >= 20)
                fleet.shut_down()
            assert ledger.unacknowledged() == []
            assert fleet.statistics.drops > len(configs)
            assert fleet.statistics.online == 0
        for name in fleet.links:
            _agree(ledger.of(name), [(action, call) for one, action, call in central.sent if one == name])


def _agree(entries: list[simulator.Entry], sent: list[tuple[str, dict[str, object]]]) -> None:
    """What the central system received, without repeats, is what the ledger says, in order."""
    stops = {(call["transactionId"], call["meterStop"]) for action, call in sent if action == "StopTransaction"}
    starts = list(dict.fromkeys(str(call["timestamp"]) for action, call in sent if action == "StartTransaction"))
    assert starts == [entry.started_at for entry in entries]
    assert stops == {(int(entry.transaction_id or 0), entry.meter_stop_wh) for entry in entries}
    for entry in entries:
        mine = [c for a, c in sent if a == "MeterValues" and str(c.get("transactionId")) == entry.transaction_id]
        assert len({str(call) for call in mine}) == entry.samples


async def test_a_fleet_that_cannot_deliver_ends_at_its_deadline() -> None:
    async with serving() as central:
        central.reject = lambda _path: 503
        configs = simulator.configs(_template(central.url, profile="manual"), simulator.numbered("SIM", 2))
        with trio.fail_after(LIMIT_S), simulator.Ledger() as ledger:
            fleet = simulator.Fleet(configs, ledger=ledger)
            async with trio.open_nursery() as nursery:
                await nursery.start(lambda task_status: fleet.run(drain=0.01, task_status=task_status))
                fleet.links["SIM-0001"].plug_in()
                fleet.links["SIM-0001"].present("TAG")
                fleet.shut_down()
            assert [entry.session for entry in ledger.unacknowledged()] == ["SIM-0001/1"]
