"""The conversation: one call at a time, registration, retries, and calls that come the other way."""

import json
import random
from typing import Any

from csms.simulator import dialect, exchange
from csms.simulator.messages import Message, Payload


class Talk:
    """An exchange and a clock."""

    def __init__(self, *, registered: bool = True) -> None:
        self.now = 0.0
        self.boots: list[Payload] = []
        self.exchange = exchange.Exchange(
            now=lambda: self.now,
            rng=random.Random(1),
            response_timeout=30,
            boot=self._boot,
            obey=self._obey,
            retries=lambda: exchange.Retries(3, 60),
        )
        if registered:
            self.exchange.registered_as(dialect.Registered("Accepted", 300))
        self.exchange.link_up()

    def sent(self) -> list[Any]:
        frames = [json.loads(text) for text in self.exchange.frames]
        self.exchange.frames.clear()
        return frames

    def receive(self, *frame: Any) -> None:
        self.exchange.receive(json.dumps(frame))

    def at(self, now: float) -> list[Any]:
        self.now = now
        self.exchange.advance()
        return self.sent()

    def _boot(self) -> Message:
        return Message("BootNotification", {}, answered=self._booted, failed=self.exchange.boot_failed)

    def _booted(self, answer: Payload) -> None:
        self.exchange.registered_as(dialect.Registered(answer["status"], answer["interval"]))

    def _obey(self, action: str, payload: Payload) -> Payload:
        if action == "Unknown":
            raise dialect.CallRefused("NotImplemented", "no such action")
        return {"status": "Accepted"}


def _record(name: str, answers: list[Payload] | None = None, lost: list[str] | None = None) -> Message:
    return Message(
        name,
        {"n": name},
        answered=lambda payload: answers.append(payload) if answers is not None else None,
        failed=lambda: lost.append(name) if lost is not None else None,
    )


def test_one_call_at_a_time() -> None:
    talk = Talk()
    talk.exchange.outbox.add_record(_record("a"))
    talk.exchange.outbox.add_record(_record("b"))
    talk.exchange.pump()
    talk.exchange.pump()
    [first] = talk.sent()
    talk.receive(3, first[1], {})
    [second] = talk.sent()
    assert (first[2], second[2]) == ("a", "b")
    assert first[1] != second[1]


def test_the_central_system_is_answered_while_an_own_call_waits() -> None:
    talk = Talk()
    talk.exchange.outbox.add_record(_record("a"))
    talk.exchange.pump()
    talk.sent()
    talk.receive(2, "x", "Reset", {})
    assert talk.sent() == [[3, "x", {"status": "Accepted"}]]


def test_a_call_that_cannot_be_obeyed_gets_its_error() -> None:
    talk = Talk()
    talk.receive(2, "x", "Unknown", {})
    talk.receive(2, "y", "Reset", [])
    assert talk.sent() == [
        [4, "x", "NotImplemented", "no such action", {}],
        [4, "y", "FormationViolation", "a call has an action and an object", {}],
    ]


def test_a_record_without_an_answer_goes_again_with_another_id_and_the_same_payload() -> None:
    talk, answers = Talk(), list[Payload]()
    talk.exchange.outbox.add_record(_record("a", answers))
    talk.exchange.pump()
    [first] = talk.sent()
    assert talk.at(30) == []
    assert talk.at(89) == []
    [again] = talk.at(90)
    assert again[2:] == first[2:]
    assert again[1] != first[1]
    talk.receive(3, first[1], {"late": True})
    assert answers == []
    talk.receive(3, again[1], {"late": False})
    assert answers == [{"late": False}]


def test_a_refused_record_is_tried_again_and_given_up_in_the_end() -> None:
    talk, lost = Talk(), list[str]()
    talk.exchange.outbox.add_record(_record("a", lost=lost))
    talk.exchange.outbox.add_record(_record("b"))
    talk.exchange.pump()
    for now in (0, 60, 180):
        [frame] = talk.at(now) if now else talk.sent()
        assert frame[2] == "a"
        talk.receive(4, frame[1], "InternalError", "", {})
    assert lost == ["a"]
    assert [frame[2] for frame in talk.sent()] == ["b"]


def test_an_answer_of_the_wrong_form_counts_as_none() -> None:
    talk = Talk()

    def complain(payload: Payload) -> None:
        raise dialect.BadAnswer("no transactionId")

    talk.exchange.outbox.add_record(Message("a", {}, answered=complain))
    talk.exchange.pump()
    [frame] = talk.sent()
    talk.receive(3, frame[1], {})
    assert talk.exchange.outbox.records
    assert [again[2] for again in talk.at(60)] == ["a"]


def test_a_lost_link_does_not_count_as_an_attempt() -> None:
    talk = Talk()
    record = _record("a")
    talk.exchange.outbox.add_record(record)
    for _ in range(5):
        talk.exchange.link_up()
        assert [frame[2] for frame in talk.sent()] == ["a"]
        talk.exchange.link_down()
    assert record.attempts == 0


def test_two_calls_without_any_sign_of_life_cut_the_link() -> None:
    talk = Talk()
    talk.exchange.outbox.add_urgent(_record("a"))
    talk.exchange.outbox.add_urgent(_record("b"))
    talk.exchange.pump()
    talk.at(30)
    assert talk.exchange.hang_up is None
    talk.at(60)
    assert talk.exchange.hang_up == "drop"


def test_nothing_is_said_before_the_boot_is_accepted() -> None:
    talk = Talk(registered=False)
    talk.exchange.outbox.add_record(_record("a"))
    [boot] = talk.sent()
    assert boot[2] == "BootNotification"
    talk.receive(3, boot[1], {"status": "Rejected", "interval": 90})
    talk.exchange.outbox.add_urgent(_record("status"))
    assert talk.at(89) == []
    [boot] = talk.at(90)
    assert boot[2] == "BootNotification"
    talk.receive(3, boot[1], {"status": "Accepted", "interval": 90})
    assert [frame[2] for frame in talk.sent()] == ["status"]


def test_pending_lets_out_what_was_asked_for_and_boots_again_after_the_interval() -> None:
    talk = Talk(registered=False)
    [boot] = talk.sent()
    talk.receive(3, boot[1], {"status": "Pending", "interval": 20})
    talk.exchange.outbox.add_record(_record("a"))
    talk.exchange.outbox.add_urgent(_record("triggered"))
    [triggered] = talk.at(1)
    assert triggered[2] == "triggered"
    talk.receive(3, triggered[1], {})
    assert talk.sent() == []
    assert [frame[2] for frame in talk.at(20)] == ["BootNotification"]


def test_a_boot_without_a_usable_answer_is_repeated_after_a_while() -> None:
    talk = Talk(registered=False)
    [boot] = talk.sent()
    talk.receive(4, boot[1], "InternalError", "", {})
    assert talk.at(59) == []
    assert [frame[2] for frame in talk.at(60)] == ["BootNotification"]


def test_what_is_no_frame_is_ignored() -> None:
    talk = Talk()
    for text in ("", "{", "{}", "[]", "[9]", '[3,"unknown",{}]', '[4,"unknown"]', '[2,1,"Reset",{}]'):
        talk.exchange.receive(text)
    assert talk.sent() == []
