"""Events to bytes and back, for every type and for years."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import events, facts, inventory
from csms.domain.tariff import bill, model
from csms.storage import codec, errors, upcast
from tests.csms.storage.support import NOW, sampled

_TIMES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=3)


@pytest.mark.parametrize("name", sorted(codec.TYPES))
@given(data=st.data())
def test_every_event_reads_back_as_it_was(name: str, data: st.DataObject) -> None:
    event = data.draw(_some(codec.TYPES[name]))
    assert codec.decode(name, codec.schema(name), codec.encode(event)) == event


def _some(kind: type[Any]) -> st.SearchStrategy[Any]:
    st.register_type_strategy(datetime, _TIMES)
    st.register_type_strategy(Decimal, _DECIMALS)
    fields = {field.name: _value(field) for field in msgspec.structs.fields(kind)}
    return st.fixed_dictionaries(fields).map(lambda given: kind(**given))


def _value(field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    if field.type == dict[str, Any]:
        return st.dictionaries(st.text(), st.one_of(st.none(), st.integers(0, 9), st.text(), st.lists(st.text())))
    if field.type == tuple[inventory.Change, ...]:
        bodies = st.dictionaries(st.text(), st.dictionaries(st.text(), st.none() | st.text()))
        texts = st.lists(st.text()).map(tuple)
        return st.tuples(st.builds(inventory.Change, kind=st.text(), drop=texts, put=bodies, merge=bodies))
    if field.type == tuple[facts.Reading, ...]:
        values = st.builds(facts.Sampled, st.text(), unit=st.none() | st.text())
        return st.tuples(st.builds(facts.Reading, st.none() | _TIMES, st.tuples(values)))
    if field.type is model.Tariff:
        part = st.builds(model.PriceComponent, type=st.just("TIME"), price=_DECIMALS, step_size=st.integers(1, 99))
        limits = st.builds(model.Restrictions, start_date=st.dates(), day_of_week=st.just(("MONDAY",)))
        element = st.builds(model.Element, price_components=st.tuples(part), restrictions=st.none() | limits)
        return st.builds(model.Tariff, currency=st.text(), elements=st.tuples(element), valid_to=st.none() | _TIMES)
    if field.type == tuple[bill.Line, ...]:
        told = {"dimension": st.just("TIME"), "unit": st.just("s"), "reason": st.text(), "from_at": st.none() | _TIMES}
        amounts = dict.fromkeys(("quantity", "price", "vat", "amount_excl", "amount_incl"), _DECIMALS)
        return st.tuples(st.builds(bill.Line, **told, **amounts))
    return st.from_type(field.type).filter(lambda value: not isinstance(value, int) or abs(value) < 2**63)


def test_a_body_is_plain_msgpack_without_defaults() -> None:
    body = codec.encode(sampled(1500))
    read = msgpack.unpackb(body, timestamp=3)
    assert read == {"r": [{"t": datetime(2026, 3, 1, 9, 1, tzinfo=UTC), "s": [{"v": "1500"}]}]}


def test_times_of_any_zone_are_stored_as_the_same_moment() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert codec.milliseconds(local) == codec.milliseconds(NOW)
    assert codec.moment(codec.milliseconds(local)) == NOW


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        codec.milliseconds(NOW.replace(tzinfo=None))


@given(at=_TIMES)
def test_whole_is_what_the_log_gives_back(at: datetime) -> None:
    whole = codec.whole(at)
    assert abs(whole - at) <= timedelta(milliseconds=1)
    assert codec.whole(whole) == whole == codec.moment(codec.milliseconds(at))


@pytest.mark.parametrize(
    ("type", "schema", "body"), [("Unheard", 1, b"\x80"), ("Notified", 1, b"\x80"), ("Notified", 1, b"")]
)
def test_what_cannot_be_read_says_why(type: str, schema: int, body: bytes) -> None:
    with pytest.raises(errors.UndecodableEvent) as refused:
        codec.decode(type, schema, body)
    assert (refused.value.type, refused.value.schema) == (type, schema)


def test_an_event_of_a_newer_schema_is_refused() -> None:
    with pytest.raises(errors.UndecodableEvent, match="newer version"):
        codec.decode("Notified", 2, codec.encode(events.Notified(action="a", payload="b")))


def test_an_old_body_is_brought_up_one_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(events.SCHEMA, "Notified", 3)
    monkeypatch.setitem(upcast.STEPS, ("Notified", 1), lambda body: {"name": body["n"], "payload": body["p"]})
    monkeypatch.setitem(
        upcast.STEPS, ("Notified", 2), lambda body: {"action": body["name"], "payload": body["payload"]}
    )
    old = msgspec.msgpack.encode({"n": "Note", "p": "text"})
    assert codec.decode("Notified", 1, old) == events.Notified(action="Note", payload="text")


def test_a_missing_step_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(events.SCHEMA, "Notified", 2)
    with pytest.raises(errors.UndecodableEvent, match="from 1 to 2"):
        codec.decode("Notified", 1, b"\x80")


@pytest.mark.parametrize("schema", [1, 2])
@pytest.mark.parametrize(
    "payload",
    [b"\xa2\xff\xfe", b"\x91" * 100_000 + b"\xc0", b"\xc7\x0c\xff" + b"\xff" * 12],
    ids=["text that is no UTF-8", "endless nesting", "a time beyond all calendars"],
)
def test_a_damaged_body_is_undecodable_whatever_the_damage(
    schema: int, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(events.SCHEMA, "Notified", 2)
    monkeypatch.setitem(upcast.STEPS, ("Notified", 1), lambda body: body)
    body = b"\x82\xa6action\xa1a\xa7payload" + payload
    with pytest.raises(errors.UndecodableEvent, match="does not fit"):
        codec.decode("Notified", schema, body)
