"""Battery swaps: one goes in, another comes out, as long as there is one."""

from tests.csms.simulator.world import World

TOKEN = {"idToken": "TAG", "type": "ISO14443"}


def test_one_battery_goes_in_and_another_comes_out() -> None:
    world = World(protocol="2.1", connectors=2)
    assert world.order("RequestBatterySwap", requestId=7, idToken=TOKEN) == {"status": "Accepted"}
    world.run(6)
    [inserted] = world.calls("BatterySwap")
    assert (inserted["eventType"], inserted["requestId"], inserted["idToken"]) == ("BatteryIn", 7, TOKEN)
    assert [battery["evseId"] for battery in inserted["batteryData"]] == [2]
    world.run(6)
    _, taken = world.calls("BatterySwap")
    assert (taken["eventType"], taken["batteryData"][0]["serialNumber"]) == ("BatteryOut", "CP-1-1")


def test_without_a_battery_there_is_no_swap() -> None:
    world = World(protocol="2.1", connectors=1)
    assert world.order("RequestBatterySwap", requestId=7, idToken=TOKEN)["status"] == "Rejected"
