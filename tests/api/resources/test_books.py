"""The books over HTTP: comparing with the provider, closing a month, and what the accountant gets."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import trio

from api import cli, server
from api.permissions import Role
from api.resources import payments, periods, reconciliations
from csms.integrations.payment import embedded
from tests.api.answers import converted, problem
from tests.api.resources.test_payments import paid

__all__ = ["paid"]

V1 = "/api/v1"


@pytest.fixture
async def finance(
    paid: payments.Payment,
    keys: dict[Role, str],
    client_for: Callable[..., httpx.AsyncClient],
) -> Any:
    async with client_for(keys[Role.FINANCE]) as client:
        yield client


def this_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}"


async def ended(client: httpx.AsyncClient, begun: httpx.Response) -> reconciliations.Reconciliation:
    """The reconciliation, when it is done."""
    assert begun.status_code == 202, begun.text
    [run] = begun.json()["items"]
    with trio.fail_after(10):
        while True:
            found = converted(await client.get(f"{V1}/reconciliations/{run['id']}"), reconciliations.Reconciliation)
            if found.status == "done":
                return found


async def test_finance_compares_with_the_provider_and_is_told_what_differs_and_what_to_do(
    finance: httpx.AsyncClient, serving: server.Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await ended(finance, await finance.post(f"{V1}/reconciliations"))
    assert (first.listed, first.compared, first.different) == (1, 1, 0)
    gateway = serving.node.services.payment_gateway(embedded.NAME)
    [held] = (await gateway.page(serving.node.started_at)).holds
    await gateway.refund(held.reference, held.captured / 4, held.currency, "by hand")
    asked = {"since": "2026-01-01T00:00:00Z"}
    assert (await ended(finance, await finance.post(f"{V1}/reconciliations", json=asked))).different == 1
    [found] = (await finance.get(f"{V1}/differences")).json()["items"]
    assert (found["kind"], found["payment_id"]) == ("amount", found["subject"])
    assert "refunded 99.00 by embedded's" in found["detail"] and "credit note" in found["advice"]
    data = str(serving.node.settings.data)
    code = await trio.to_thread.run_sync(cli.main, ["ledger", "reconcile", "--data", data])
    assert code == 1 and "credit note" in capsys.readouterr().out
    assert len((await finance.get(f"{V1}/reconciliations")).json()["items"]) == 3
    problem(await finance.post(f"{V1}/reconciliations", json={"since": "2026-01-01T00:00:00"}), 422)


async def test_a_month_is_shown_exported_and_not_closed_before_it_is_over(
    finance: httpx.AsyncClient, serving: server.Serving, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    month = this_month()
    found = converted(await finance.get(f"{V1}/periods/{month}"), periods.Period)
    assert (found.status, found.lines, found.open) == ("open", 4, [])
    assert {each.account: each.amount for each in found.totals} == {
        "provider:embedded": "396.00",
        "receivables": "0.00",
        "revenue": "-396.00",
    }
    [listed] = (await finance.get(f"{V1}/periods")).json()["items"]
    assert listed["period"] == month
    problem(await finance.post(f"{V1}/periods/{month}/close"), 409, "period_not_closable")
    problem(await finance.get(f"{V1}/periods/2026-3"), 404)
    file = await finance.get(f"{V1}/periods/{month}/export", params={"format": "datev"})
    assert file.content.startswith(b'"EXTF";700;21;"Buchungsstapel";13;')
    assert "EXTF_Buchungsstapel_default" in file.headers["Content-Disposition"]
    for form, currency in itertools.product(
        ("csv", "datev", "tally"), ("\r\nSet-Cookie: x=1", "€", '";x', "eur", "XAU")
    ):
        asked = {"format": form, "currency": currency}
        problem(await finance.get(f"{V1}/periods/{month}/export", params=asked), 422, "invalid")
    data = str(serving.node.settings.data)
    await trio.to_thread.run_sync(cli.main, ["ledger", "export", month, "--format", "tally", "--data", data])
    assert b"<VCHTYPE" not in capfdbinary.readouterr().out


async def test_a_month_that_is_over_is_closed_unless_something_of_it_is_open(
    finance: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    closed = converted(await finance.post(f"{V1}/periods/2020-01/close", json={"seller_id": "default"}), periods.Period)
    assert (closed.status, closed.lines, closed.totals) == ("closed", 0, [])
    again = problem(await finance.post(f"{V1}/periods/2020-01/close"), 409, "period_not_closable")
    assert "correct it in an open month" in again["detail"]


async def test_the_accountant_says_what_our_accounts_are_called(finance: httpx.AsyncClient) -> None:
    url = f"{V1}/sellers/default/chart"
    assert converted(await finance.get(url), periods.Chart).accounts["revenue"].number == "8200"
    body = {"accounts": {"revenue": {"number": "4200", "name": "Erlöse"}}, "datev": {"consultant": 29098}}
    chart = converted(await finance.put(url, json=body), periods.Chart)
    assert (chart.accounts["revenue"].name, chart.datev.consultant) == ("Erlöse", 29098)
    file = await finance.get(f"{V1}/periods/{this_month()}/export")
    assert "4200,Erlöse" in file.text
    assert (await finance.put(url, json={"accounts": {"cash": {"number": "1", "name": "x"}}})).status_code in (400, 422)
    problem(await finance.get(f"{V1}/sellers/nobody/chart"), 404)


async def test_nobody_else_keeps_the_books(
    keys: dict[Role, str], client_for: Callable[..., httpx.AsyncClient], serving: server.Serving
) -> None:
    async with client_for(keys[Role.OPERATIONS]) as client:
        problem(await client.post(f"{V1}/periods/2020-01/close"), 403)
        problem(await client.get(f"{V1}/periods/2020-01/export"), 403)
        problem(await client.get(f"{V1}/differences"), 403)
