"""A charger's own ping interval, and its password set by somebody while it is being changed."""

import httpx
import pytest

from api.server import Serving
from csms.domain import rotation
from csms.storage.reference import chargers

CHARGERS = "/api/v1/chargers"


async def test_rule_16_a_charger_may_have_its_own_ping_interval(admin: httpx.AsyncClient) -> None:
    made = (await admin.post(CHARGERS, json={"id": "CP-01", "ping_interval_s": 0})).json()
    assert made["ping_interval_s"] == 0
    for interval in (45, None):
        changed = await admin.patch(f"{CHARGERS}/CP-01", json={"ping_interval_s": interval})
        assert changed.json()["ping_interval_s"] == interval
    assert (await admin.patch(f"{CHARGERS}/CP-01", json={"ping_interval_s": -1})).status_code == 400


async def test_rule_8_a_password_that_somebody_sets_counts_alone(admin: httpx.AsyncClient, serving: Serving) -> None:
    await admin.post(CHARGERS, json={"id": "CP-01", "security_profile": 1})
    await serving.node.write(chargers.rotate, "CP-01", lambda known: rotation.offered(known, "on its way"))
    await admin.patch(f"{CHARGERS}/CP-01", json={"password": "chosen by somebody"})
    assert len((await serving.node.read(chargers.get, "CP-01")).credentials.good) == 1


@pytest.mark.parametrize(("length", "status"), [(7, 400), (8, 201), (64, 201), (65, 400)])
async def test_the_api_takes_the_passwords_that_the_command_line_takes(
    admin: httpx.AsyncClient, length: int, status: int
) -> None:
    body = {"id": "CP-01", "security_profile": 1, "password": "p" * length}
    assert (await admin.post(CHARGERS, json=body)).status_code == status
