"""Scripts that play people."""

from csms.simulator import drivers
from csms.simulator.drivers import Script, Wait


def test_a_script_acts_when_its_time_has_come() -> None:
    done: list[str] = []

    def script() -> Script:
        done.append("first")
        yield Wait(10)
        done.append("second")

    driver = drivers.Driver(script(), 0)
    driver.step(0)
    assert (done, driver.due) == (["first"], 10)
    assert not driver.step(9)
    driver.step(10)
    assert done == ["first", "second"]
    assert driver.due == float("inf")
    assert not driver.step(1e9)


def test_a_script_goes_on_early_when_what_it_waits_for_happens() -> None:
    ready: list[int] = []

    def script() -> Script:
        yield Wait(1000, until=lambda: bool(ready))

    driver = drivers.Driver(script(), 0)
    driver.step(0)
    assert not driver.step(1)
    ready.append(1)
    assert driver.step(2)
