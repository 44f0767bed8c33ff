"""Which seqNos of a 2.x transaction have come, and what its charging states say in their order (rules 25, 42).

Used by transaction.py. What comes in order is taken at once. What comes ahead of a gap shows at once too, and is kept
until the gap is filled: then the idle time is what it would have been in order.
"""

from bisect import bisect
from datetime import datetime

import msgspec

from csms.domain import clock

ENDED = "Ended"
"""Beside OCPP's charging states: the transaction is over and the cable still in."""
LIMIT = 64
"""Runs that are kept ahead of a gap; before there are more of them the first gap is given up."""
_WORDS = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})


class Stand(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The connector as the transaction tells it, in 1.6 words, since `at`; `idle_s` are whole seconds up to then."""

    status: str | None = None
    at: datetime | None = None
    charged: bool = False
    idle_since: datetime | None = None
    idle_s: int = 0


class Run(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Events `first` to `last`, all of which came; the charging state that the first one told, if it told any."""

    first: int
    last: int
    state: str | None
    at: datetime


class Sequence(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """`due` is the seqNo that comes next, None before the Started; `ahead` what came beyond a gap, in order."""

    due: int | None = None
    ahead: tuple[Run, ...] = ()
    settled: Stand | None = None
    """The stand before what is ahead; None = nothing is."""
    lost: bool = False
    """A gap was given up."""

    @property
    def gaps(self) -> bool:
        """Whether events are missing."""
        return bool(self.ahead) or self.lost


def take(
    sequence: Sequence, stand: Stand, seq_no: int | None, state: str | None, at: datetime, *, first: bool = False
) -> tuple[Sequence, Stand]:
    """After the event `seq_no`, which told this charging state at this time; `first` = it began the transaction."""
    if first and sequence.due is None and seq_no is not None:
        sequence = msgspec.structs.replace(sequence, due=seq_no)
    if seq_no is None or _known(sequence, seq_no):
        return sequence, _by_time(stand, state, at)
    if seq_no == sequence.due and not sequence.ahead:
        return msgspec.structs.replace(sequence, due=seq_no + 1), after(stand, state, at)
    settled = stand if sequence.settled is None else sequence.settled
    return _settle(sequence, settled, _inserted(sequence.ahead, Run(seq_no, seq_no, state, at)))


def after(stand: Stand, state: str | None, at: datetime) -> Stand:
    """The stand after the next charging state; None says nothing new."""
    if state is None:
        return stand
    charged = stand.charged or state == "Charging"
    word = state if state in _WORDS else "Finishing" if charged or state == ENDED else "Preparing"
    if word == stand.status:
        return stand
    idle = word == "Finishing" or (word == "SuspendedEV" and charged)
    since = (stand.idle_since or at) if idle else None
    idle_s = stand.idle_s if idle or stand.idle_since is None else stand.idle_s + clock.seconds(stand.idle_since, at)
    return Stand(word, at, charged, since, idle_s)


def _by_time(stand: Stand, state: str | None, at: datetime) -> Stand:
    """For clients whose numbers say nothing (0, 0, 0): a state that is older than the known one says nothing either."""
    return stand if stand.at is not None and at < stand.at else after(stand, state, at)


def _known(sequence: Sequence, seq_no: int) -> bool:
    if sequence.due is not None and seq_no < sequence.due:
        return True
    return any(run.first <= seq_no <= run.last for run in sequence.ahead)


def _inserted(ahead: tuple[Run, ...], new: Run) -> tuple[Run, ...]:
    """With one more event; neighbours become one run where the later one tells nothing new."""
    place = bisect(ahead, new.first, key=lambda run: run.first)
    runs = [*ahead[:place], new, *ahead[place:]]
    for index in (place - 1, place - 1, place):  # the one before may take in the new one and the next
        if 0 <= index < len(runs) - 1 and _joins(runs[index], runs[index + 1]):
            one, other = runs[index], runs[index + 1]
            runs[index : index + 2] = [Run(one.first, other.last, one.state, one.at)]
    return tuple(runs)


def _joins(one: Run, other: Run) -> bool:
    return one.last + 1 == other.first and other.state in (None, one.state)


def _settle(sequence: Sequence, settled: Stand, ahead: tuple[Run, ...]) -> tuple[Sequence, Stand]:
    """Take what is not beyond a gap any more; the rest is only shown."""
    due, lost = sequence.due, sequence.lost
    while ahead and (len(ahead) > LIMIT or (due is not None and ahead[0].first <= due)):
        lost = lost or due is None or ahead[0].first > due
        settled, due, ahead = after(settled, ahead[0].state, ahead[0].at), ahead[0].last + 1, ahead[1:]
    shown = settled
    for run in ahead:
        shown = after(shown, run.state, run.at)
    return Sequence(due=due, ahead=ahead, settled=settled if ahead else None, lost=lost), shown
