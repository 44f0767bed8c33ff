"""Bills: documents and what fleets owe follow from events; people write sellers, buyers, accounts and drafts."""

READ_MODELS = """
CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    series TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    buyer_ref TEXT,
    currency TEXT NOT NULL,
    total_excl TEXT NOT NULL,
    total_incl TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    due_on TEXT,
    corrects TEXT,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_issued ON documents (issued_on);
CREATE INDEX documents_kind ON documents (kind, issued_on);
CREATE INDEX documents_series ON documents (series, issued_on);
CREATE INDEX documents_seller ON documents (seller_id, issued_on);
CREATE INDEX documents_buyer ON documents (buyer_ref, issued_on);
CREATE INDEX documents_corrects ON documents (corrects) WHERE corrects IS NOT NULL;
CREATE TABLE document_sessions (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_sessions_seq ON document_sessions (seq);
CREATE TABLE charges (
    seq INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    internal INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX charges_account ON charges (account_id, ended_at);
CREATE TABLE charge_sessions (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (session_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE invoice_payments (
    seq INTEGER PRIMARY KEY,
    number TEXT NOT NULL,
    account_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    received_on TEXT NOT NULL,
    reference TEXT NOT NULL
) STRICT;
CREATE INDEX invoice_payments_number ON invoice_payments (number);
"""
"""Rows are added only, so that the order of streams makes no difference: what is open or corrected, queries find."""

TABLES = """
CREATE TABLE sellers (id TEXT PRIMARY KEY, details TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE seller_series (series TEXT PRIMARY KEY, seller_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE seller_stations (station_id TEXT PRIMARY KEY, seller_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE buyers (id TEXT PRIMARY KEY, details TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE account_members (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    driver_id TEXT UNIQUE,
    token TEXT UNIQUE,
    cost_centre TEXT
) STRICT;
CREATE INDEX account_members_account ON account_members (account_id);
CREATE TABLE document_parties (
    number TEXT PRIMARY KEY,
    buyer_ref TEXT,
    seller TEXT NOT NULL,
    buyer TEXT
) STRICT;
CREATE INDEX document_parties_buyer ON document_parties (buyer_ref) WHERE buyer_ref IS NOT NULL;
CREATE TABLE invoices (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    seller_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    month TEXT NOT NULL,
    number TEXT UNIQUE,
    revision INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invoices_draft ON invoices (account_id, seller_id, currency, month) WHERE number IS NULL;
CREATE INDEX invoices_account ON invoices (account_id);
CREATE TABLE billing_waits (session_id TEXT PRIMARY KEY, due_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO sellers VALUES ('default', '{"name":"Charging network","series":"CN"}', 1);
INSERT INTO seller_series VALUES ('CN', 'default');
"""
"""document_parties: who sold and bought as it was when the document was issued; what is in `buyer` can be erased."""
