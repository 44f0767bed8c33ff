"""The charger's end of an OCPP-J conversation: one open call at a time, registration, retries, answers.

Owned by `charger`. It turns texts into texts and reads no socket: what is to be sent collects in `frames`, and
`hang_up` says that the link is to be closed, so the whole conversation can be tested without a network.
"""

from __future__ import annotations

import collections
import dataclasses
import logging
import random
import uuid
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from csms.simulator import dialect as dialects
from csms.simulator import messages
from csms.simulator.messages import Message, Payload

logger = logging.getLogger(__name__)

_NEVER = float("inf")
_BOOT_RETRY_S = 60.0
"""Wait before booting again when a boot got no usable answer or an interval of 0."""
_DEAD_AFTER = 2
"""Calls in a row without an answer after which the link counts as dead."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclasses.dataclass(slots=True)
class Retries:
    """How records that the central system failed to process are tried again (times in simulated seconds)."""

    attempts: int
    interval: float


class Exchange:
    """Calls out and answers in. `obey` answers the central system's calls; `boot` makes the boot message."""

    def __init__(
        self,
        *,
        now: Callable[[], float],
        rng: random.Random,
        response_timeout: float,
        boot: Callable[[], Message],
        obey: Callable[[str, Payload], Payload],
        retries: Callable[[], Retries],
        care: messages.Care = messages.Care(),  # noqa: B008 - frozen
        malformed: str = "FormationViolation",
        manner: Callable[[list[Any]], list[tuple[float, list[Any]]]] = lambda frame: [(0.0, frame)],
    ) -> None:
        self.outbox = messages.Outbox(care, rng.random)
        self.frames: collections.deque[str] = collections.deque()
        self.connected = False
        self.hang_up: Literal["close", "drop"] | None = None
        self.registration: str | None = None
        """Accepted, Pending or Rejected by the central system; None since the last start of the charger."""
        self.boot_at = 0.0
        self.calls = self.answers = self.errors = self.timeouts = 0
        self._now = now
        self._rng = rng
        self._timeout = response_timeout
        self._boot = boot
        self._obey = obey
        self._retries = retries
        self._malformed = malformed
        self._manner = manner
        self._late: list[tuple[float, list[Any]]] = []
        self._open: Message | None = None
        self._open_id = ""
        self._deadline = _NEVER
        self._silent = 0

    @property
    def registered(self) -> bool:
        """The last boot was accepted (it stays so when only the link is lost)."""
        return self.registration == "Accepted"

    @property
    def online(self) -> bool:
        """Connected and accepted: the central system can be asked."""
        return self.connected and self.registered

    @property
    def idle(self) -> bool:
        """Nothing is being sent or waits to be."""
        box = self.outbox
        return self._open is None and not (box.urgent or box.notices or box.records)

    @property
    def due(self) -> float:
        """When `advance` has something to do without anything else happening."""
        if not self.connected or self.hang_up is not None:
            return _NEVER
        return min(self._due_to_call, *(at for at, _ in self._late), _NEVER)

    @property
    def _due_to_call(self) -> float:
        if self._open is not None:
            return self._deadline
        if not self.registered:
            return self.boot_at
        return self.outbox.retry_at if self.outbox.records else _NEVER

    def restart(self) -> None:
        """The charger lost power: it must boot again before it may say anything else."""
        self.registration = None
        self.boot_at = 0.0

    def link_up(self) -> None:
        """A socket is open."""
        self.connected = True
        self.hang_up = None
        self._silent = 0
        self.pump()

    def link_down(self) -> None:
        """The socket is gone: the open call failed without having been refused."""
        self.connected = False
        self.frames.clear()
        self._late.clear()
        lost, self._open = self._open, None
        if lost is not None and not self.outbox.is_record(lost):
            lost.failed()
        self.outbox.link_lost()

    def registered_as(self, answer: dialects.Registered) -> None:
        """Take the answer to a boot."""
        self.registration = answer.status
        self.boot_at = self._now() + (answer.interval or _BOOT_RETRY_S)

    def boot_failed(self) -> None:
        """A boot got no usable answer."""
        self.boot_at = self._now() + _BOOT_RETRY_S

    def advance(self) -> None:
        """Give up a call that got no answer in time, and send what is due."""
        self._say_late()
        if self._open is not None and self._now() >= self._deadline:
            self.timeouts += 1
            self._silent += 1
            if self._silent >= _DEAD_AFTER:
                self.hang_up = "drop"
            self._fail()
        self.pump()

    def pump(self) -> None:
        """Send the next message if the last one is done with."""
        if self._open is not None or not self.connected or self.hang_up is not None:
            return
        message = self._next()
        if message is None:
            return
        self._open = message
        self._open_id = self._new_id()
        self._deadline = self._now() + self._timeout
        self.calls += 1
        self._send([2, self._open_id, message.action, message.build()])

    def say(self, action: str, payload: Payload) -> None:
        """2.1: say something that wants no answer, beside an open call or not; lost where nobody hears it."""
        if self.online and self.hang_up is None:
            self._send([6, self._new_id(), action, payload])

    def receive(self, text: str | bytes) -> None:
        """Take a frame of the central system; what is no OCPP frame is logged and dropped."""
        self._silent = 0
        match _array(text):
            case [2, str(message_id), str(action), dict(payload)]:
                self._answer(message_id, action, payload)
            case [2, str(message_id), *_]:
                self._send([4, message_id, self._malformed, "a call has an action and an object", {}])
            case [3, message_id, dict(payload)] if message_id == self._open_id:
                self._answered(payload)
            case [4, message_id, code, *_] if message_id == self._open_id and self._open is not None:
                logger.info("call_refused action=%s code=%s", self._open.action, code)
                self.errors += 1
                self._fail()
            case [5, _, code, *_]:
                logger.warning("answer_refused code=%s", code)
                self.errors += 1
            case _:
                logger.info("frame_ignored length=%d", len(text))
        self.pump()

    def _next(self) -> Message | None:
        if self.registered:
            return self.outbox.next(self._now())
        if self._now() >= self.boot_at:
            return self._boot()
        # Before it is accepted a charger sends only what it was asked for.
        return self.outbox.urgent.popleft() if self.registration == "Pending" and self.outbox.urgent else None

    def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        frame: list[Any]
        try:
            frame = [3, message_id, self._obey(action, payload)]
        except dialects.CallRefused as refusal:
            frame = [4, message_id, refusal.code, refusal.description[:255], {}]
        self._late += [(self._now() + delay, said) for delay, said in self._manner(frame)]
        self._say_late()

    def _say_late(self) -> None:
        now = self._now()
        for _, frame in (ready := [each for each in self._late if each[0] <= now]):
            self._send(frame)
        if ready:
            self._late = [each for each in self._late if each[0] > now]

    def _answered(self, payload: Payload) -> None:
        message, self._open, self._open_id = self._open, None, ""
        if message is None:
            return
        self.answers += 1
        record = self.outbox.is_record(message)
        try:
            message.answered(payload)
        except dialects.BadAnswer as bad:
            logger.warning("answer_unusable action=%s why=%s", message.action, bad)
            self.errors += 1
            self._failed(message)
        else:
            if record:
                self.outbox.settle()

    def _fail(self) -> None:
        message, self._open, self._open_id = self._open, None, ""
        if message is not None:
            self._failed(message)

    def _failed(self, message: Message) -> None:
        if self.outbox.is_record(message):
            retries = self._retries()
            self.outbox.refuse(self._now(), retries.attempts, retries.interval)
        else:
            message.failed()

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def _send(self, frame: list[Any]) -> None:
        self.frames.append(_encode(frame).decode())


def _array(text: str | bytes) -> Any:
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return None
