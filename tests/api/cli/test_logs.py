"""What the server's log looks like: one line a record, whatever is in it."""

import logging
import sys

import pytest

from api.cli import logs


def line(message: str, *args: object, error: bool = False) -> str:
    record = logging.LogRecord("api", logging.INFO, __file__, 1, message, args, sys.exc_info() if error else None)
    record.created, record.msecs = 1_772_355_600.0, 7.0
    return logs.OneLine().format(record)


def test_a_record_is_a_line_with_its_time_in_utc() -> None:
    assert (
        line("charger_added charger=%s", "CP-01") == "2026-03-01T09:00:00.007Z INFO    api charger_added charger=CP-01"
    )


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\u2028", "\x85", "\x1b[2K", "\x00", "\x0b"])
def test_what_a_charger_says_forges_no_line(breaks: str) -> None:
    told = line("late_answer_ignored message_id=%.36s", f"x{breaks}2026-03-01T09:00:01.000Z INFO all is well")
    assert len(told.splitlines()) == 1
    assert breaks not in told


def test_words_of_other_languages_stay_as_they_are() -> None:
    assert line("%s", "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber").endswith(
        "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber"
    )


@pytest.mark.parametrize("path", ["/uploads/5eC7e7/a.log", "/downloads/5eC7e7"])
def test_a_url_that_is_a_permission_is_masked_in_the_line_and_in_its_traceback(path: str) -> None:
    try:
        raise ValueError(f"cannot store {path}")
    except ValueError:
        told = line("request_failed path=%s", path, error=True)
    assert "Traceback" in told
    assert "5eC7e7" not in told
    assert told.count("********") == 2
