"""QR codes that count once, where nothing else does."""

import dataclasses
from datetime import timedelta

import httpx
import pytest

from api import server
from api.resources import pay_codes
from csms import config
from csms.config.kinds import AdHoc
from csms.simulator.v21 import payments
from tests.api.answers import converted, problem
from tests.api.station import Station
from tests.api.test_only_2_1 import charging, running
from tests.api.web.test_pay_here import HERE, begun, payable

CODES = "/api/v1/chargers/CP-01/connectors/1/pay-codes"


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    return dataclasses.replace(settings, ad_hoc=AdHoc.CODE)


async def test_a_code_counts_once_for_its_connector_and_for_a_time(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station, serving: server.Serving
) -> None:
    await payable(admin)
    assert "Scan the code on the charger" in (await anonymous.get(HERE)).text
    assert (await anonymous.post(HERE, data={})).status_code == 409

    code = converted(await admin.post(CODES, json={"seconds": 60}), pay_codes.PayCode)
    assert (code.charger_id, code.connector_id) == ("CP-01", 1)
    path = httpx.URL(code.url).path
    assert "Pay and charge" in (await anonymous.get(path)).text
    await begun(anonymous, path)
    assert (await anonymous.get(path)).status_code == (await anonymous.post(path, data={})).status_code == 404

    late = converted(await admin.post(CODES, json={"seconds": 60}), pay_codes.PayCode)
    path = httpx.URL(late.url).path
    serving.node.services.now = lambda: late.expires_at + timedelta(milliseconds=1)
    gone = await anonymous.get(path)
    assert gone.status_code == 404 and "This code is over" in gone.text
    problem(await admin.post(CODES.replace("/1/", "/2/"), json={}), 404)


async def test_a_2_1_charger_keeps_the_evse_for_who_pays_with_its_code(settings: config.Settings) -> None:
    async with running(settings) as site, charging(site) as (_, station):
        await payable(site.admin)
        code = converted(await site.admin.post(CODES.replace("/1/", "/2/"), json={}), pay_codes.PayCode)
        async with httpx.AsyncClient(base_url=site.serving.http, verify=False, timeout=30) as payer:
            await begun(payer, httpx.URL(code.url).path)
        assert [*station.own(payments.WebPayments).until] == [2]
