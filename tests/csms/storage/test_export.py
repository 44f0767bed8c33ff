"""The log as JSON lines is complete: it reads back as the same events."""

import json
from pathlib import Path

from csms.storage import connection, export
from csms.storage.log import Log
from tests.csms.storage.support import Teller, noted


def test_an_exported_log_reads_back_the_same(log: Log, teller: Teller, directory: Path) -> None:
    teller.stay("s1")
    teller.say("CP-01", noted())
    conn = connection.reader(directory)
    lines = list(export.lines(conn))
    assert [export.parse(line) for line in lines] == list(log.read_all())
    assert list(export.lines(conn, after_seq=2)) == lines[2:]
    conn.close()


def test_a_line_can_be_read_by_any_program(log: Log, teller: Teller, directory: Path) -> None:
    teller.stay("s1")
    conn = connection.reader(directory)
    line = json.loads(list(export.lines(conn))[1])
    conn.close()
    assert (line["stream"], line["version"], line["type"]) == ("session:s1", 2, "MeterSampled")
    assert line["at"] == "2026-03-01T09:01:00Z"
    assert line["body"] == {"r": [{"t": "2026-03-01T09:01:00Z", "s": [{"v": "1500"}]}]}
    assert len(bytes.fromhex(line["hash"])) == 16


def test_an_event_that_this_program_does_not_know_is_exported_all_the_same(log: Log, teller: Teller) -> None:
    teller.stay("s1")
    log.connection.execute("DROP TRIGGER types_no_update")
    log.connection.execute("UPDATE types SET name = 'FromTheFuture' WHERE name = 'MeterSampled'")
    assert "FromTheFuture" in [json.loads(line)["type"] for line in export.lines(log.connection)]
