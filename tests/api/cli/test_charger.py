"""`csms charger add|list|import`."""

from pathlib import Path

import pytest

from csms import credentials
from csms.storage import connection
from csms.storage.reference import chargers
from tests.api.cli.support import Csms


def stored(data: Path, charger_id: str) -> chargers.Charger:
    conn = connection.reader(data)
    try:
        return chargers.get(conn, charger_id)
    finally:
        conn.close()


def test_a_charger_is_added_with_its_connectors(csms: Csms, data: Path) -> None:
    csms("charger", "add", "CP-01", "--connectors", "2", "--type", "IEC_62196_T2", "--max-power", "22000")
    added = stored(data, "CP-01")
    assert added.connector_ids == (1, 2)
    assert {each.connectors[0].standard for each in added.evses} == {"IEC_62196_T2"}


def test_it_tells_where_the_charger_connects_to(csms: Csms) -> None:
    assert "ws://HOST:9000/ocpp/CP-01\n" in csms("charger", "add", "CP-01").out
    assert "ws://HOST:9000/ocpp/CP%2002\n" in csms("charger", "add", "CP 02").out


def test_it_is_listed_as_offline_before_it_ever_connected(csms: Csms) -> None:
    csms("station", "add", "Depot", "--id", "d")
    csms("charger", "add", "CP-01", "--station", "d", "--registration", "pending")
    (listed,) = csms("charger", "list", "--json").json
    assert (listed["id"], listed["station_id"], listed["registration"], listed["online"]) == (
        "CP-01",
        "d",
        "pending",
        False,
    )
    assert "offline" in csms("charger", "list").out


def test_a_profile_that_needs_a_password_gets_one_that_is_shown_once(csms: Csms, data: Path) -> None:
    added = csms("charger", "add", "CP-01", "--security-profile", "1", "--json").json
    assert credentials.verify_key(stored(data, "CP-01").credential or "", added["password"])
    assert added["password"] not in csms("charger", "list", "--json").out


def test_a_password_of_ones_own_is_not_shown(csms: Csms, data: Path) -> None:
    ran = csms("charger", "add", "CP-01", "--security-profile", "1", "--password", "a good password")
    assert "a good password" not in ran.out
    assert credentials.verify(stored(data, "CP-01").credential or "", "a good password")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["CP-01" * 30], "id"),
        (["CP-01", "--station", "nowhere"], "there is no station nowhere"),
        (["CP-01", "--password", "short"], "8 to 64"),
    ],
)
def test_a_charger_that_cannot_be_is_refused(csms: Csms, arguments: list[str], told: str) -> None:
    ran = csms.tried("charger", "add", *arguments)
    assert ran.code == 1
    assert told in ran.err


def test_no_charger_has_a_thousand_connectors(csms: Csms) -> None:
    assert csms.tried("charger", "add", "CP-01", "--connectors", "1000").code == 2


# -- import ------------------------------------------------------------------------------------------------------------


def imported(csms: Csms, tmp_path: Path, text: str) -> tuple[int, str, str]:
    file = tmp_path / "chargers.csv"
    file.write_text(text, encoding="utf-8-sig")
    return csms.tried("charger", "import", str(file))


def test_a_csv_file_brings_many(csms: Csms, tmp_path: Path, data: Path) -> None:
    text = "id,name,connectors,max_power_w,connector_type,security_profile\nA,First,2,22000,IEC_62196_T2,0\nB,,,,,1\n"
    code, out, _ = imported(csms, tmp_path, text)
    assert code == 0
    assert stored(data, "A").connector_ids == (1, 2)
    assert stored(data, "B").connector_ids == (1,)
    assert "Added 2 chargers" in out
    assert "\nB  " in out, "the password that was made is shown"


def test_a_bad_row_is_named_and_nothing_is_imported(csms: Csms, tmp_path: Path) -> None:
    code, _, err = imported(csms, tmp_path, "id,station_id\nA,\nB,nowhere\n")
    assert code == 1
    assert "row 2 (B)" in err
    assert "nothing was imported" in err
    assert csms("charger", "list", "--json").json == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,colour\nA,red\n", "colour"),
        ("id,connectors\nA,two\n", "line 2"),
        ("id\nA,B\n", "columns"),
        ("name\nFirst\n", "id"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(csms: Csms, tmp_path: Path, text: str, told: str) -> None:
    code, _, err = imported(csms, tmp_path, text)
    assert code in (1, 2)
    assert told in err


def test_a_file_that_is_not_there_is_told(csms: Csms) -> None:
    assert "nothing.csv" in csms.tried("charger", "import", "nothing.csv").err


@pytest.mark.parametrize(
    ("content", "words"), [("", "no column id"), ("name\nA\n", "no column id"), ("id;name\nA;B\n", "commas between")]
)
def test_a_file_without_the_right_columns_is_refused(csms: Csms, tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "chargers.csv"
    file.write_text(content)
    ran = csms.tried("charger", "import", str(file))
    assert ran.code == 2
    assert words in ran.err


@pytest.mark.parametrize("count", ["0", "-1", "101"])
def test_a_number_of_connectors_that_no_charger_has_is_wrong_usage(csms: Csms, count: str) -> None:
    assert csms.tried("charger", "add", "CP-01", "--connectors", count).code == 2


def test_a_charger_of_profile_3_connects_with_tls(csms: Csms) -> None:
    added = csms("charger", "add", "CP-03", "--security-profile", "3", "--serial-number", "SN-1").out
    assert "wss://HOST:PORT/ocpp/CP-03" in added
    assert "password" not in added
    assert csms("charger", "list", "--json").json[0]["serial_number"] == "SN-1"
