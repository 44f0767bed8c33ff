"""Readers: read-only questions to the database, asked from actors and the API, answered in threads.

Each thread has its own connection, made when first needed. What was acknowledged is visible in the next read. A thread
goes on with the next question as long as there is one: a change of threads costs more than most answers, and when a
fleet comes back it took half of the server's time.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

import trio

from csms.storage import connection as connections

P = ParamSpec("P")
R = TypeVar("R")


class Question:
    """What a task wants to know; `answer` or `error` is set before it wakes."""

    __slots__ = ("answer", "ask", "error", "task")

    def __init__(self, ask: Callable[[sqlite3.Connection], Any]) -> None:
        self.ask = ask
        self.task = trio.lowlevel.current_task()
        self.answer: Any = None
        self.error: BaseException | None = None


class Readers:
    """Questions to one database file, `size` at a time.

    A thread may keep answers until it has `together` of them or nothing more to answer: where answers take
    microseconds, waking the event loop for each costs more than they do.
    """

    def __init__(self, path: Path, size: int = 4, together: int = 1) -> None:
        self._path = path
        self._size = size
        self._together = together
        self._threads = 0
        self._questions: deque[Question] = deque()
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(connection, ...)` in a thread; it must only read. Raises what the query raises."""
        await trio.lowlevel.checkpoint_if_cancelled()
        question = Question(lambda connection: query(connection, *args, **kwargs))
        self._questions.append(question)
        self._start()
        await trio.lowlevel.wait_task_rescheduled(partial(self._withdraw, question))
        if question.error is not None:
            try:
                raise question.error
            finally:
                del question  # or the error, its frames and the question would hold each other
        answer: R = question.answer
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _withdraw(self, question: Question, _raise_cancel: object) -> trio.lowlevel.Abort:
        """Cancelled: nobody waits for what nobody has begun to answer; what was begun is waited for."""
        try:
            self._questions.remove(question)
        except ValueError:
            return trio.lowlevel.Abort.FAILED
        return trio.lowlevel.Abort.SUCCEEDED

    def _start(self) -> None:
        if self._questions and self._threads < self._size:
            self._threads += 1
            token = trio.lowlevel.current_trio_token()
            trio.lowlevel.start_thread_soon(partial(self._answer_all, token), partial(self._over, token))

    # -- In a thread ---------------------------------------------------------------------------------------------------

    def _answer_all(self, token: trio.lowlevel.TrioToken) -> None:
        answered: list[Question] = []
        while True:
            if answered and (len(answered) >= self._together or not self._questions):
                token.run_sync_soon(_wake, answered)
                answered = []
            try:
                question = self._questions.popleft()
            except IndexError:
                if not answered:
                    return
                continue  # the one that was left has been withdrawn
            try:
                question.answer = self._with_connection(question.ask)
            except BaseException as error:  # noqa: BLE001 - raised where it was asked
                question.error = error
            answered.append(question)

    def _over(self, token: trio.lowlevel.TrioToken, _outcome: object) -> None:
        try:
            token.run_sync_soon(self._ended)
        except trio.RunFinishedError:  # everybody has an answer and is gone
            self._threads -= 1

    def _ended(self) -> None:
        self._threads -= 1
        self._start()  # what was asked after its last look

    def _with_connection(self, ask: Callable[[sqlite3.Connection], R]) -> R:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = connections.reader(self._path)
        try:
            answer = ask(connection)
        except BaseException:
            connection.close()  # what it left open would show an old state to whoever comes next
            raise
        self._idle.put(connection)
        return answer


def _wake(answered: list[Question]) -> None:
    for question in answered:
        trio.lowlevel.reschedule(question.task)
