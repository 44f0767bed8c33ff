"""What `csms doctor` says of mail."""

import sqlite3
from pathlib import Path
from typing import Any

from api.cli.checks import mail
from csms import config
from csms.storage.log import Log
from csms.storage.reference import mails


def test_without_a_relay_it_says_what_waits_and_how_to_set_one(tmp_path: Path) -> None:
    settings = config.Settings(data=tmp_path / "data")
    [finding] = mail.relay(settings)
    assert (finding.level, finding.found) == ("warning", "no relay is set")
    fields = {"url": "https://x", "until": "2026-03-02T09:00:00Z"}
    with Log.open(settings.data) as log:

        def change(conn: sqlite3.Connection) -> None:
            mails.queue(conn, to="a@example.com", template="invitation", fields=fields)

        log.change(change, "test")
    [finding] = mail.relay(settings)
    assert finding.found == "no relay is set, and 1 wait to be sent"
    assert "CSMS_SMTP_URL" in finding.advice


def test_with_one_all_is_well(tmp_path: Path) -> None:
    sent: dict[str, Any] = {"smtp_url": "smtp://me:secret@mx.example.com", "mail_from": "a@example.com"}
    [finding] = mail.relay(config.Settings(data=tmp_path, public_url="https://charge.example.com", **sent))
    assert (finding.level, "secret" in finding.found) == ("ok", False)
    _, finding = mail.relay(config.Settings(data=tmp_path, **sent))
    assert (finding.level, "CSMS_PUBLIC_URL" in finding.advice) == ("warning", True)
