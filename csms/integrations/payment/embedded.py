"""The embedded gateway: a payment provider in the process, so that everything runs without an account.

It stands for another company: what it knows is in a file of its own, DATA/test-gateway.db, which no crash of ours takes
along and no backup of ours holds. How it behaves is asked for by the name of the method:

    test-ok         holds, captures, refunds
    test-declined   says no
    test-3ds        wants the payer to confirm first
    test-lost       does everything, and loses its first answer to each call
    test-slow       lets each first call time out without doing anything
    test-lapsed     holds, and has lost the hold when it comes to capturing
    test-failing    holds, and is out of order for the first calls of everything that follows
    hosted          lets the payer choose one of the others on its page
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec
import trio

from csms.domain import money
from csms.integrations.payment import HOSTED, Forged, Held, Notice, Order, Page, Refused, Setup, Unavailable

T = TypeVar("T")

NAME = "embedded"
FILE = "test-gateway.db"
METHODS = ("test-ok", "test-declined", "test-3ds", "test-lost", "test-slow", "test-lapsed", "test-failing")
FAILURES = 3
"""How often test-failing fails."""
URL = "/pay/test/{reference}"
"""The page where a payer confirms, on this server."""
SIGNATURE = "x-signature"
SETUP = "test_set_"
"""How references of methods begin that were set up; they are the tokens, too."""
SETUP_URL = "/pay/test/methods/{reference}"
DECLINED = ("card_declined", "The card was declined.")
PAGE = 100
"""Holds that are listed at a time."""

_TABLES = """
CREATE TABLE IF NOT EXISTS holds (reference TEXT PRIMARY KEY, method TEXT NOT NULL, made_at INTEGER NOT NULL,
    held TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, attempts INTEGER NOT NULL, answer TEXT);
CREATE TABLE IF NOT EXISTS secrets (secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS backs (reference TEXT PRIMARY KEY, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setups (reference TEXT PRIMARY KEY, method TEXT, forgotten INTEGER NOT NULL DEFAULT 0);
"""


class Embedded:
    """The gateway on a data directory. `down`: as if the provider could not be reached."""

    name = NAME

    def __init__(self, data: Path) -> None:
        self._file = data / FILE
        self._limiter = trio.CapacityLimiter(1)
        self.down = False

    # -- PaymentGateway ------------------------------------------------------------------------------------------------

    async def authorise(self, order: Order, key: str) -> Held:
        """Hold, decline, or ask for a confirmation, as the method says."""
        if order.method.startswith(SETUP):
            order = msgspec.structs.replace(order, method=await self._run(lambda conn: _stored(conn, order.method)))
        if order.method not in (*METHODS, HOSTED):
            raise Refused("unknown_method", f"there is no {order.method}: choose one of {', '.join(METHODS)}")

        def act(conn: sqlite3.Connection) -> Held:
            held = _begun(order)
            row = (held.reference, order.method, _now(), _json(held))
            conn.execute("INSERT INTO holds VALUES (?, ?, ?, ?)", row)
            if order.back is not None:
                conn.execute("INSERT INTO backs VALUES (?, ?)", (held.reference, order.back))
            return held

        return await self._done(key, order.method, act)

    async def look(self, reference: str) -> Held:
        """The hold as it is now."""
        return await self._run(lambda conn: _held(conn, reference)[1])

    async def capture(self, reference: str, amount: Decimal, currency: str, key: str) -> Held:
        """Take so much of the hold."""

        def act(conn: sqlite3.Connection) -> Held:
            method, held = _held(conn, reference)
            if method == "test-lapsed":
                return _put(conn, msgspec.structs.replace(held, status="canceled", code="hold_lapsed"))
            if held.status != "authorised" or amount > held.amount or currency != held.currency:
                raise Refused("not_capturable", f"the hold is {held.status}, {held.amount} {held.currency}")
            return _put(conn, msgspec.structs.replace(held, status="captured", captured=amount))

        held = await self._done(key, await self._method(reference), act)
        if held.status == "canceled":
            raise Refused("hold_lapsed", "the hold has lapsed")
        return held

    async def cancel(self, reference: str, key: str) -> Held:
        """Release the hold."""

        def act(conn: sqlite3.Connection) -> Held:
            held = _held(conn, reference)[1]
            if held.status == "captured":
                raise Refused("captured", "what was captured can only be refunded")
            return _put(conn, msgspec.structs.replace(held, status="canceled"))

        return await self._done(key, await self._method(reference), act)

    async def refund(self, reference: str, amount: Decimal, currency: str, key: str) -> None:
        """Give back so much."""

        def act(conn: sqlite3.Connection) -> Held:
            held = _held(conn, reference)[1]
            if held.refunded + amount > held.captured or currency != held.currency:
                raise Refused("not_refundable", f"{held.captured - held.refunded} {held.currency} are left")
            return _put(conn, msgspec.structs.replace(held, refunded=held.refunded + amount))

        await self._done(key, await self._method(reference), act)

    async def set_up(self, driver_id: str, customer: str | None, key: str) -> Setup:
        """Let the driver choose on its page which method it is to be."""
        reference = SETUP + hashlib.sha256(key.encode()).hexdigest()[:16]

        def act(conn: sqlite3.Connection) -> Setup:
            conn.execute("INSERT OR IGNORE INTO setups (reference) VALUES (?)", (reference,))
            return _setup(conn, reference)

        return await self._run(act)

    async def look_at_setup(self, reference: str) -> Setup:
        """Whether it is chosen."""
        return await self._run(lambda conn: _setup(conn, reference))

    async def forget(self, token: str) -> None:
        """It pays no more."""
        await self._run(lambda conn: conn.execute("UPDATE setups SET forgotten = 1 WHERE reference = ?", (token,)))

    async def page(self, since: datetime, after: str | None = None) -> Page:
        """Some of the holds made since then, in the order in which they were made."""
        begin, position = int(since.timestamp() * 1000), int(after or 0)

        def query(conn: sqlite3.Connection) -> Page:
            wanted = "SELECT rowid, held FROM holds WHERE made_at >= ? AND rowid > ? ORDER BY rowid LIMIT ?"
            rows = conn.execute(wanted, (begin, position, PAGE + 1)).fetchall()
            more = str(rows[PAGE - 1][0]) if len(rows) > PAGE else None
            return Page(tuple(_read(row[1]) for row in rows[:PAGE]), more)

        return await self._run(query)

    async def close(self) -> None:
        """Nothing is kept open."""

    def notice(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """A message signed with this gateway's own secret."""
        with closing(self._open()) as conn:
            row = conn.execute("SELECT secret FROM secrets").fetchone()
        given = headers.get(SIGNATURE, "")
        if row is None or not hmac.compare_digest(given, signature(row[0], raw)):
            raise Forged("the signature is not that of the embedded gateway")
        try:
            return msgspec.json.decode(raw, type=Notice)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Forged(f"the message cannot be read: {error}") from error

    # -- What its other side does --------------------------------------------------------------------------------------

    async def confirm(self, reference: str, *, agreed: bool, method: str | None = None) -> Held:
        """The payer said yes or no to a hold that requires it, or chose what pays. Raises Refused."""

        def act(conn: sqlite3.Connection) -> Held:
            chosen, held = _held(conn, reference)
            if held.status != "requires_action":
                raise Refused("not_waiting", f"the hold is {held.status}")
            if chosen == HOSTED and agreed:
                chosen = method if method in METHODS else METHODS[0]
                conn.execute("UPDATE holds SET method = ? WHERE reference = ?", (chosen, reference))
            if not agreed:
                return _put(conn, _not_held(held, "not_confirmed", "The payer did not confirm it."))
            if chosen == "test-declined":
                return _put(conn, _not_held(held, *DECLINED))
            return _put(conn, msgspec.structs.replace(held, status="authorised", url=None))

        return await self._run(act)

    async def choose(self, reference: str, method: str) -> Setup:
        """The driver says which method it is to be. Raises Refused."""

        def act(conn: sqlite3.Connection) -> Setup:
            chosen = method if method in METHODS else METHODS[0]
            change = "UPDATE setups SET method = coalesce(method, ?) WHERE reference = ?"
            conn.execute(change, (chosen, reference))
            return _setup(conn, reference)

        return await self._run(act)

    async def asks(self, reference: str) -> tuple[bool, str | None]:
        """Whether the payer has to choose what pays, and where to send the payer then. Raises Refused."""

        def query(conn: sqlite3.Connection) -> tuple[bool, str | None]:
            method, _ = _held(conn, reference)
            row = conn.execute("SELECT url FROM backs WHERE reference = ?", (reference,)).fetchone()
            return method == HOSTED, None if row is None else row[0]

        return await self._run(query)

    # -- Inside --------------------------------------------------------------------------------------------------------

    async def _method(self, reference: str) -> str:
        return await self._run(lambda conn: _held(conn, reference)[0])

    async def _done(self, key: str, method: str, act: Callable[[sqlite3.Connection], Held]) -> Held:
        """Act once per key; every later call with it is answered as the first one was."""
        attempt = await self._run(lambda conn: _attempt(conn, key))
        if method == "test-slow" and attempt == 1:
            await trio.sleep_forever()
        if method == "test-failing" and attempt <= FAILURES and not key.endswith(":authorise"):
            raise Unavailable("the gateway is out of order (test-failing)")
        held = await self._run(lambda conn: _once(conn, key, act))
        if method == "test-lost" and attempt == 1:
            raise Unavailable("the answer was lost (test-lost)")
        return held

    async def _run(self, act: Callable[[sqlite3.Connection], T]) -> T:
        if self.down:
            raise Unavailable("the gateway cannot be reached")
        return await trio.to_thread.run_sync(self._in_transaction, act, limiter=self._limiter)

    def _in_transaction(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with closing(self._open()) as conn, conn:
            return act(conn)

    def _open(self) -> sqlite3.Connection:
        conn = sqlite3.connect(self._file, timeout=30)
        conn.executescript(_TABLES)
        return conn


def signature(secret: str, raw: bytes) -> str:
    """What a message of the embedded gateway carries in X-Signature."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def _begun(order: Order) -> Held:
    reference = "test_" + hashlib.sha256(order.payment_id.encode()).hexdigest()[:16]
    amount = money.rounded(order.amount, order.currency)
    held = Held(
        reference=reference,
        status="authorised",
        amount=amount,
        currency=order.currency,
        payment_id=order.payment_id,
    )
    if order.method == "test-declined":
        return _not_held(held, *DECLINED)
    if order.method in ("test-3ds", HOSTED):
        return msgspec.structs.replace(held, status="requires_action", url=URL.format(reference=reference))
    return held


def _not_held(held: Held, code: str, reason: str) -> Held:
    return msgspec.structs.replace(held, status="failed", code=code, reason=reason, url=None)


def _setup(conn: sqlite3.Connection, reference: str) -> Setup:
    row = conn.execute("SELECT method FROM setups WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        raise Refused("unknown_reference", f"there is no {reference}")
    if row[0] is None:
        return Setup(reference=reference, status="requires_action", url=SETUP_URL.format(reference=reference))
    return Setup(reference=reference, status="ready", customer="test", token=reference, label=f"test •••• {row[0]}")


def _stored(conn: sqlite3.Connection, token: str) -> str:
    row = conn.execute("SELECT method, forgotten FROM setups WHERE reference = ?", (token,)).fetchone()
    if row is None or row[0] is None or row[1]:
        raise Refused("unknown_method", "this method was not set up, or is gone")
    return str(row[0])


def _attempt(conn: sqlite3.Connection, key: str) -> int:
    query = (
        "INSERT INTO calls VALUES (?, 1, NULL) ON CONFLICT (key) DO UPDATE SET attempts = attempts + 1"
        " RETURNING attempts"
    )
    return int(conn.execute(query, (key,)).fetchone()[0])


def _once(conn: sqlite3.Connection, key: str, act: Callable[[sqlite3.Connection], Held]) -> Held:
    (known,) = conn.execute("SELECT answer FROM calls WHERE key = ?", (key,)).fetchone()
    if known is not None:
        return _read(known)
    held = act(conn)
    conn.execute("UPDATE calls SET answer = ? WHERE key = ?", (_json(held), key))
    return held


def _held(conn: sqlite3.Connection, reference: str) -> tuple[str, Held]:
    row = conn.execute("SELECT method, held FROM holds WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        raise Refused("unknown_reference", f"there is no hold {reference}")
    return row[0], _read(row[1])


def _put(conn: sqlite3.Connection, held: Held) -> Held:
    conn.execute("UPDATE holds SET held = ? WHERE reference = ?", (_json(held), held.reference))
    return held


def _read(text: str) -> Held:
    return msgspec.json.decode(text, type=Held)


def _json(held: Held) -> str:
    return msgspec.json.encode(held).decode()


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
