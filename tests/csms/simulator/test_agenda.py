"""Intentions and their times."""

from csms.simulator import agenda


def test_things_happen_in_the_order_of_their_times() -> None:
    done: list[str] = []
    book = agenda.Agenda()
    for when, name in ((3.0, "c"), (1.0, "a"), (1.0, "b"), (9.0, "later")):
        book.at(when, lambda name=name: done.append(name))  # type: ignore[misc]
    assert book.due == 1.0
    book.run(3.0)
    assert done == ["a", "b", "c"]
    assert book.due == 9.0


def test_what_is_cancelled_does_not_happen() -> None:
    done: list[str] = []
    book = agenda.Agenda()
    book.at(1.0, lambda: done.append("x")).cancel()
    assert book.due == float("inf")
    book.run(2.0)
    assert done == []


def test_an_action_may_plan_the_next() -> None:
    done: list[float] = []
    book = agenda.Agenda()

    def again() -> None:
        done.append(book.due)
        if len(done) < 3:
            book.at(len(done) + 1.0, again)

    book.at(1.0, again)
    book.run(10.0)
    assert len(done) == 3
