"""The reply cache of one connection (rule 11)."""

from csms.protocol import frames, replies

STOP = frames.Call("7", "StopTransaction", {"transactionId": 1, "meterStop": 5})


def test_rule_11_a_repeated_call_gets_the_same_reply() -> None:
    cache = replies.ReplyCache()
    cache.keep(STOP, "reply")
    again = frames.Call("7", "StopTransaction", {"meterStop": 5, "transactionId": 1})
    assert cache.find(again) == "reply"


def test_rule_11_another_payload_or_action_with_the_same_id_is_never_answered_from_it() -> None:
    cache = replies.ReplyCache()
    cache.keep(STOP, "reply")
    assert cache.find(frames.Call("7", "StopTransaction", {"transactionId": 1, "meterStop": 6})) is None
    assert cache.find(frames.Call("7", "Heartbeat", STOP.payload)) is None
    assert cache.find(frames.Call("8", "StopTransaction", STOP.payload)) is None


def test_rule_11_the_newest_call_of_an_id_counts() -> None:
    cache = replies.ReplyCache()
    beat = frames.Call("7", "Heartbeat", {})
    cache.keep(STOP, "reply")
    cache.keep(beat, "time")
    assert cache.find(beat) == "time"
    assert cache.find(STOP) is None


def test_it_holds_no_more_than_its_capacity() -> None:
    cache = replies.ReplyCache(capacity=2)
    calls = [frames.Call(str(number), "Heartbeat", {}) for number in range(3)]
    for call in calls:
        cache.keep(call, call.message_id)
    assert [cache.find(call) for call in calls] == [None, "1", "2"]


def test_an_answer_is_found_by_its_id_and_one_that_is_not_given_again_until_the_next() -> None:
    cache = replies.ReplyCache()
    beat, meter = frames.Call("7", "Heartbeat", {}), frames.Call("8", "MeterValues", {})
    cache.keep(STOP, "reply")
    cache.note(meter, "[3]")
    assert cache.of(STOP.message_id) == ("StopTransaction", "reply")
    assert cache.of("8") == ("MeterValues", "[3]")
    assert cache.find(meter) is None
    cache.keep(beat, "time")
    assert cache.of("7") == ("Heartbeat", "time")
    assert cache.of("8") is None


def test_an_unreadable_payload_can_be_repeated_too() -> None:
    cache = replies.ReplyCache()
    broken = frames.Call("7", "StopTransaction", None)
    cache.keep(broken, "reply")
    assert cache.find(broken) == "reply"
