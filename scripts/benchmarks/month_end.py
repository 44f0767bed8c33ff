"""Month end: many sessions are priced at once, billing makes a document of each, and a fleet gets one long invoice.

In a real node: how long the follower takes, how long the journal's thread is held by one change, and how long somebody
else waits for a commit meanwhile, beside what the same commits take when nothing is billed. Then the invoice: the
longest hold while it is drafted, listed and issued, and the time and size of its JSON, CSV and PDF.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from actors import tree
from actors.business import printing
from actors.recording import journal, readers
from csms import config
from csms.domain import events, session
from csms.domain.tariff import bill, model
from csms.storage import connection
from csms.storage.billing import invoices, papers, statements
from csms.storage.log import Append, Entry, Log, New
from csms.storage.reference import accounts, counters, tokens

T = TypeVar("T")

START = datetime(2026, 3, 1, tzinfo=UTC)
TARIFF = model.Tariff(
    id="city",
    currency="INR",
    tax_included=True,
    elements=(model.Element(price_components=(model.PriceComponent(type="ENERGY", price=Decimal(18)),)),),
)
BATCH = 20
BESIDE_S = 0.02
"""How often somebody else wants something committed."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000, help="of drivers, and as many of one fleet")
    parser.add_argument("--quick", action="store_true", help="300 sessions")
    given = parser.parse_args()
    count = 300 if given.quick else given.sessions
    with tempfile.TemporaryDirectory() as folder:
        trio.run(measure, Path(folder), count)


async def measure(folder: Path, count: int) -> None:
    """One month of `count` drivers' sessions and as many of a fleet."""
    settings = config.load({"data": str(folder / "data"), "http_port": "0", "ocpp_port": "0"}, {}, None)
    with Log.open(settings.data) as log:
        fleet = log.write(_fleet)
        reads = readers.Readers(connection.database(settings.data))
        async with tree.Node(settings, log, reads).running() as node:
            _, _, quiet = await beside(node, partial(trio.sleep, 2))
            print(f"{told(quiet)} for a commit when nothing is billed")
            for name, token in (("receipts of drivers", None), ("charges of a fleet", fleet)):
                with holding(log) as held:
                    _, took, waited = await beside(node, partial(billed, node, count, token))
                print(f"{count} {name}: {took:.1f} s, {count / took:.0f} a second")
                print(f"  longest hold of the writer {max(held) * 1000:.0f} ms; {told(waited)} for others")
            await invoiced(node, log)
        reads.close()


async def billed(node: tree.Node, count: int, token: str | None) -> None:
    """Record that so many sessions are over and priced, and wait until all are billed."""
    kind = "receipt" if token is None else "charge"
    for first in range(0, count, BATCH):
        stays = [stay(f"{kind}-{number}", token) for number in range(first, min(first + BATCH, count))]
        async with trio.open_nursery() as nursery:
            for each in stays:
                nursery.start_soon(journal.append, node.services.journal, each)
    table = "documents" if token is None else "charges"
    while (await node.read(_count, table)) < count:
        await node.services.news.since(node.services.news.count)


async def invoiced(node: tree.Node, log: Log) -> None:
    """The fleet's month on one invoice."""
    at = START + timedelta(days=31)
    with holding(log) as held:
        drafts, _, _ = await beside(node, lambda: node.write(invoices.draft, START.strftime("%Y-%m")))
        ready, _, _ = await beside(node, lambda: node.read(invoices.ready, drafts[0], at))
        issued, took, waited = await beside(node, lambda: node.write(invoices.issue, drafts[0], at, ready))
    print(f"invoice of {len(issued.lines)} lines issued in {took:.2f} s")
    print(f"  longest hold of the writer {max(held) * 1000:.0f} ms; {told(waited)} for others")
    paper, took, waited = await beside(node, lambda: node.read(papers.one, issued.number))
    print(f"JSON: {took:.2f} s, {len(msgspec.json.encode(paper)) / 1e6:.1f} MB; {told(waited)} for others")
    span = date(2026, 1, 1), date(2027, 1, 1)
    charged, took, waited = await beside(node, lambda: node.read(statements.charged, "fleet", *span))
    table = statements.as_csv(charged, charged[0])
    print(f"CSV: {took:.2f} s, {len(table) / 1e6:.1f} MB; {told(waited)} for others")
    printed, took, waited = await beside(node, lambda: printing.printed(node.services, paper, "en"))
    print(f"PDF: {took:.2f} s, {len(printed) / 1e6:.1f} MB; {told(waited)} for others")
    apart = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"memory {memory_mb()} MB at most, and {apart} MB in the process that sets the PDF")


async def beside(node: tree.Node, act: Callable[[], Awaitable[T]]) -> tuple[T, float, list[float]]:
    """What is answered, in how many seconds, and how long others waited for each of their commits meanwhile."""
    waited: list[float] = []

    async def others() -> None:
        while True:
            before = time.perf_counter()
            with trio.CancelScope(shield=True):  # the last one counts, too
                await node.write(counters.touch)
            waited.append(time.perf_counter() - before)
            await trio.sleep(BESIDE_S)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(others)
        before = time.perf_counter()
        answer = await act()
        took = time.perf_counter() - before
        nursery.cancel_scope.cancel()
    return answer, took, sorted(waited)


@contextmanager
def holding(log: Log) -> Iterator[list[float]]:
    """The seconds that each change and each batch of appends keeps the writer."""
    held: list[float] = []

    def watched(act: Callable[..., T]) -> Callable[..., T]:
        def run(*args: Any) -> T:
            before = time.perf_counter()
            try:
                return act(*args)
            finally:
                held.append(time.perf_counter() - before)

        return run

    log.change, log.append_batch = watched(log.change), watched(log.append_batch)  # type: ignore[method-assign]
    try:
        yield held
    finally:
        del log.change, log.append_batch


def told(waited: list[float]) -> str:
    """p50, p99 and the worst of waiting times."""
    p50, p99 = statistics.median(waited), waited[len(waited) * 99 // 100]
    return f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, at most {waited[-1] * 1000:.0f} ms"


def memory_mb() -> int:
    """The most that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def stay(session_id: str, token: str | None) -> Append:
    """A session of a quarter of an hour that cost 396.00, with tax."""
    line = bill.Line(
        dimension="ENERGY",
        quantity=Decimal(22000),
        unit="Wh",
        price=Decimal(18),
        vat=Decimal(18),
        amount_excl=Decimal("335.59"),
        amount_incl=Decimal("396.00"),
        reason="22 kWh at 18.00 INR",
    )
    priced = events.SessionPriced(
        currency="INR",
        total_excl=Decimal("335.59"),
        total_incl=Decimal("396.00"),
        lines=(line,),
        taxes=(bill.Tax(vat=Decimal(18), excl=Decimal("335.59"), amount=Decimal("60.41")),),
        arithmetic=1,
        revision=1,
        covers=(session_id,),
    )
    end = START + timedelta(minutes=15)
    happened: list[events.AnyEvent] = [
        events.SessionStarted(
            charger_id="BENCH-1", connector_id=1, started_at=START, meter_start_wh=Decimal(0), token=token,
            start_key=session_id,
        ),
        events.TariffApplied(
            tariff_id="city", version=1, tariff=TARIFF, time_zone="UTC", idle_priced=False, by="network"
        ),
        events.SessionStopped(stopped_at=end, energy_wh=Decimal(22000), meter_stop_wh=Decimal(22000)),
        events.SessionCompleted(completed_at=end, cause="available"),
        priced,
    ]  # fmt: skip
    state: session.Session | None = None
    for event in happened:
        state = session.evolve(state, session_id, event, end)
    assert state is not None, "it began"
    entry = Entry(events.session_stream(session_id), 0, tuple(map(New, happened)))
    return Append(entries=(entry,), at=end, state=(state,))


def _fleet(conn: Any) -> str:
    """A fleet of one card; the card's id."""
    accounts.add(conn, {"id": "fleet", "name": "Blue Cabs"})
    ref = tokens.add(conn, {"id_token": "FLEET"}).ref
    accounts.add_member(conn, "fleet", {"token": ref, "cost_centre": "north"})
    return ref


def _count(conn: Any, table: str) -> int:
    found: int = conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


if __name__ == "__main__":
    main()
