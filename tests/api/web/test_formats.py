"""How values read on a page."""

import pytest

from api.web import formats


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("4711", "4711"), ("123456789012", "123456789012"), ("986d0501-7b31-52f5-aa41-fc92ca3a5cdd", "986d0501…")],
)
def test_a_long_transaction_id_is_cut_for_a_table(sent: str, shown: str) -> None:
    assert formats.number(sent) == shown


def test_a_flag_that_has_no_words_of_its_own_is_shown_by_its_name() -> None:
    assert [formats.flag(name) for name in ("gaps", "something_odd")] == ["Records missing", "Something odd"]
