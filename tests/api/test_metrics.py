"""What the node says of itself, in Prometheus' words."""

import httpx
import trio

from api import server


async def numbers(client: httpx.AsyncClient) -> dict[str, float]:
    """The samples of GET /metrics, by name and labels."""
    lines = (await client.get("/metrics")).raise_for_status().text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def test_it_tells_what_runs_and_what_the_process_uses(admin: httpx.AsyncClient, nursery: trio.Nursery) -> None:
    before = await numbers(admin)
    for _ in range(100):
        nursery.start_soon(trio.sleep_forever)
    after = await numbers(admin)
    assert after["csms_tasks"] >= before["csms_tasks"] + 90  # some of the server's own come and go
    assert after['csms_actors{state="running"}'] > 5
    assert after["process_open_fds"] <= after["process_max_fds"]


async def test_sends_that_nobody_may_be_told_were_bad_are_counted(
    admin: httpx.AsyncClient, serving: server.Serving
) -> None:
    serving.node.services.unusable["FormatViolation"] += 2
    assert (await numbers(admin))['csms_sends_unusable_total{code="FormatViolation"}'] == 2
