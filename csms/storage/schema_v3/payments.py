"""Payments and the ledger: both follow from events. Amounts are in the smallest unit of their currency."""

READ_MODELS = """
CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    status TEXT NOT NULL,
    gateway TEXT NOT NULL,
    flow TEXT NOT NULL,
    charger_id TEXT NOT NULL,
    connector_id INTEGER,
    evse_id INTEGER,
    station_id TEXT,
    token TEXT NOT NULL,
    driver_id TEXT,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    authorised INTEGER NOT NULL DEFAULT 0,
    captured INTEGER NOT NULL DEFAULT 0,
    refunded INTEGER NOT NULL DEFAULT 0,
    refunding INTEGER NOT NULL DEFAULT 0,
    reference TEXT,
    url TEXT,
    session_id TEXT,
    document TEXT,
    reason TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_seq ON payments (seq);
CREATE INDEX payments_gateway ON payments (gateway, created_at);
CREATE INDEX payments_reference ON payments (reference) WHERE reference IS NOT NULL;
CREATE INDEX payments_session ON payments (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX payments_driver ON payments (driver_id) WHERE driver_id IS NOT NULL;
CREATE INDEX payments_open ON payments (seq)
    WHERE status NOT IN ('captured', 'partially_refunded', 'refunded', 'canceled', 'failed') OR refunding > 0;
CREATE TABLE ledger (
    seq INTEGER NOT NULL,
    line INTEGER NOT NULL,
    booked_on TEXT NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    document TEXT,
    payment_id TEXT,
    seller_id TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (seq, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_day ON ledger (booked_on);
CREATE INDEX ledger_document ON ledger (document);
"""
"""ledger: debits are positive, credits negative; the lines of one event (seq) add up to 0."""

TABLES = """
CREATE TABLE payment_notices (
    gateway TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (gateway, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE payers (
    payment_id TEXT PRIMARY KEY,
    secret TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,
    email TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE payment_methods (
    id TEXT PRIMARY KEY,
    driver_id TEXT NOT NULL,
    gateway TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    label TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    customer TEXT,
    token TEXT,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_methods_driver ON payment_methods (driver_id);
CREATE TABLE pay_codes (
    digest BLOB PRIMARY KEY,
    charger_id TEXT NOT NULL,
    connector_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""payment_notices: messages of providers that were acted on. payers: who pays without an account, as long as the page
is kept; payment_methods: what drivers pay with, by the provider's tokens; pay_codes: what a QR code that counts once
says."""
