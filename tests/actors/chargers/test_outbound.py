"""The queue of calls to one charger."""

from actors.chargers.outbound import LIMIT, Outbound, Pending
from csms.domain import commands
from csms.protocol.versions import Order


def pending(command_id: str) -> Pending:
    return Pending(command_id, commands.ClearCache(), Order("ClearCache", {}), None)


def test_rule_1_one_call_at_a_time() -> None:
    queue = Outbound()
    first, second = pending("a"), pending("b")
    queue.add(first)
    queue.add(second)
    assert queue.next() is first
    assert queue.next() is None
    assert queue.take("a") is first
    assert queue.next() is second


def test_rule_3_a_late_answer_is_never_matched_to_the_next_call() -> None:
    queue = Outbound()
    queue.add(pending("a"))
    queue.add(pending("b"))
    queue.next()
    assert queue.drop("a") is not None
    current = queue.next()
    assert current is not None
    assert queue.take("a") is None
    assert queue.current is current


def test_an_answered_call_keeps_its_slot_until_it_is_taken() -> None:
    queue = Outbound()
    queue.add(pending("a"))
    queue.add(pending("b"))
    first = queue.next()
    assert queue.sent("a") is first
    assert queue.sent("b") is None
    assert queue.next() is None
    assert queue.take("a") is first
    assert queue.sent("a") is None


def test_a_waiting_call_can_be_dropped() -> None:
    queue = Outbound()
    queue.add(pending("a"))
    queue.add(pending("b"))
    queue.next()
    assert queue.drop("b") is not None
    assert len(queue) == 1
    assert queue.drop("b") is None


def test_rule_3_a_lost_link_gives_all_calls_back() -> None:
    queue = Outbound()
    queue.add(pending("a"))
    queue.add(pending("b"))
    queue.next()
    assert [each.command_id for each in queue.clear()] == ["a", "b"]
    assert len(queue) == 0
    assert queue.next() is None


def test_the_queue_is_bounded() -> None:
    queue = Outbound()
    for number in range(LIMIT):
        assert not queue.full
        queue.add(pending(str(number)))
    assert queue.full


def test_an_order_of_several_calls_has_a_message_id_for_each_and_one_answer() -> None:
    last = Order("GetVariables", {"part": 2})
    whole = Pending("a", commands.GetConfiguration(), Order("GetVariables", {"part": 1}, (last,)), None)
    queue = Outbound()
    queue.add(whole)
    assert queue.next() is whole
    whole.advance({"found": [1], "status": "Accepted"})
    assert whole.order == last
    assert queue.sent("a") is None, "an answer to the first call that comes again is late"
    assert queue.sent("a.1") is whole
    assert whole.whole({"found": [2, 3], "status": "Rejected"}) == {"found": [1, 2, 3], "status": "Rejected"}
    assert queue.take("a.1") is whole
