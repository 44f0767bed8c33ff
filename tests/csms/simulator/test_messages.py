"""The outbox: which message goes next."""

from csms.simulator import messages


def _message(name: str, given_up: list[str] | None = None) -> messages.Message:
    lost = [] if given_up is None else given_up
    return messages.Message(name, {}, failed=lambda: lost.append(name))


def _drain(box: messages.Outbox, now: float = 0.0) -> list[str]:
    names = []
    while (message := box.next(now)) is not None:
        names.append(message.action)
        if box.is_record(message):
            box.settle()
    return names


def test_what_a_person_waits_for_goes_first_and_the_rest_in_order() -> None:
    box = messages.Outbox()
    box.add_record(_message("start"))
    box.add_notice(_message("charging"))
    box.add_record(_message("sample"))
    box.add_urgent(_message("authorize"))
    assert _drain(box) == ["authorize", "start", "charging", "sample"]


def test_a_record_stays_until_it_is_settled() -> None:
    box = messages.Outbox()
    box.add_record(_message("start"))
    assert box.next(0) is box.next(0)


def test_a_refused_record_waits_longer_each_time_and_holds_back_only_records() -> None:
    box = messages.Outbox()
    box.add_record(_message("start"))
    box.refuse(now=100, attempts=3, interval=60)
    box.add_notice(_message("status"))
    assert _drain(box, now=159) == ["status"]
    assert box.next(160) is not None
    box.refuse(now=160, attempts=3, interval=60)
    assert box.next(279) is None
    assert box.next(280) is not None


def test_a_record_is_given_up_after_its_last_attempt_and_the_next_one_goes() -> None:
    box, lost = messages.Outbox(), list[str]()
    box.add_record(_message("start", lost))
    box.add_record(_message("stop", lost))
    for _ in range(3):
        box.refuse(now=0, attempts=3, interval=60)
    assert lost == ["start"]
    assert _drain(box) == ["stop"]


def test_a_lost_link_loses_everything_but_the_records() -> None:
    box, lost = messages.Outbox(), list[str]()
    box.add_record(_message("start", lost))
    box.add_notice(_message("status", lost))
    box.add_urgent(_message("authorize", lost))
    box.refuse(now=0, attempts=3, interval=60)
    box.link_lost()
    assert lost == ["authorize", "status"]
    assert _drain(box) == ["start"]


def test_a_careless_charger_says_records_again_but_counts_their_answers_once() -> None:
    answers, chances = list[messages.Payload](), iter([0.1, 0.9])
    box = messages.Outbox(messages.Care(repeated=0.5), lambda: next(chances))
    box.add_record(messages.Message("a", {}, answered=answers.append))
    for _ in range(2):
        record = box.next(0)
        assert record is not None
        record.answered({})
        box.settle()
    assert box.next(0) is None
    assert answers == [{}]


def test_a_careless_charger_loses_samples() -> None:
    chances = iter([0.1, 0.9])
    box = messages.Outbox(messages.Care(lost=0.5), lambda: next(chances))
    assert [box.loses(), box.loses(), messages.Outbox(messages.Care(), lambda: 0.0).loses()] == [True, False, False]


def test_a_careless_charger_mixes_up_what_waits_but_not_what_is_on_its_way() -> None:
    box = messages.Outbox(messages.Care(swapped=0.5), lambda: 0.0)
    for action in "abc":
        box.add_record(messages.Message(action, {}))
    assert [record.action for record in box.records] == ["a", "c", "b"]
