"""Reading a payload's fields with a forgiving eye; used by the version tables.

A schema fault was noticed before this; here the value that was meant is found, or said to be unreadable. Nothing of the
payload is ever in an error's text.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from csms.domain import metering
from csms.protocol import jsontext, schemas, times

INT32 = 2**31 - 1
INT64 = 2**63 - 1


class FieldError(Exception):
    """A field that the report cannot do without is missing or makes no sense."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: missing or unreadable")
        self.name = name


class Fields:
    """One payload under the reader's eye; `suspect` collects what was odd."""

    __slots__ = ("_reasons", "_sent", "payload", "valid")

    def __init__(self, payload: dict[str, Any], sent: dict[str, Any], reasons: tuple[str, ...], valid: bool) -> None:
        self.payload = payload
        self.valid = valid
        """Whether the schema found nothing at all: then values may be taken without a second look."""
        self._sent = sent
        self._reasons = dict.fromkeys(reasons)

    @property
    def suspect(self) -> tuple[str, ...]:
        """What was odd so far, each reason once."""
        return tuple(self._reasons)

    def doubt(self, reason: str) -> None:
        """Add a reason."""
        self._reasons[reason] = None

    def digest(self) -> bytes:
        """The content hash of the payload as sent."""
        return jsontext.digest(self._sent)

    def part(self, name: str) -> "Fields | None":
        """An object within this one, under the same eye; None when there is none."""
        value = self.payload.get(name)
        return self.inside(value) if isinstance(value, dict) else None

    def parts(self, name: str) -> "tuple[Fields, ...]":
        """The objects of a list, under the same eye; () when there is none."""
        value = self.payload.get(name)
        return tuple(self.inside(each) for each in value if isinstance(each, dict)) if isinstance(value, list) else ()

    def inside(self, payload: dict[str, Any]) -> "Fields":
        """An object of this payload in hand, under the same eye."""
        inner = Fields(payload, payload, (), self.valid)
        inner._reasons = self._reasons
        return inner

    def whole(self, name: str) -> "Fields":
        """Like part(), but it must be there. Raises FieldError."""
        found = self.part(name)
        if found is None:
            raise FieldError(name)
        return found

    def text(self, name: str) -> str | None:
        """A string; None when absent or empty."""
        value = self.payload.get(name)
        return value if isinstance(value, str) and value else None

    def words(self, name: str) -> str:
        """A string that must be there, perhaps empty. Raises FieldError."""
        value = self.payload.get(name)
        if not isinstance(value, str):
            raise FieldError(name)
        return value

    def integer(self, name: str, low: int = -INT64, high: int = INT64) -> int | None:
        """A whole number within the bounds, also when written as "7" or 7.0; None when there is none."""
        value = self.payload.get(name)
        if type(value) is int and low <= value <= high:
            return value
        number = self.decimal(name)
        if number is None or not low <= number <= high or number != int(number):
            return None
        return int(number)

    def number(self, name: str, low: int = -INT64, high: int = INT64) -> int:
        """Like integer(), but it must be there. Raises FieldError."""
        found = self.integer(name, low, high)
        if found is None:
            raise FieldError(name)
        return found

    def decimal(self, name: str) -> Decimal | None:
        """A number within 64 bits, also when written as a string; None when there is none, doubted if unreadable."""
        value = self.payload.get(name)
        if value is None:
            return None
        number = _decimal(value)
        if number is None or not -INT64 <= number <= INT64:
            self.doubt(f"{schemas.snake(name)}_unreadable")
            return None
        return number

    def time(self, name: str) -> datetime | None:
        """An aware time; what is wrong with it is doubted as "timestamp_naive" and the like."""
        return self.moment(self.payload.get(name))

    def moment(self, value: Any) -> datetime | None:
        """Like time(), for a value in hand."""
        if not isinstance(value, str):
            return None
        moment, reason = times.read(value)
        if reason is not None:
            self.doubt(f"timestamp_{reason}")
        return moment


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return number if number.adjusted() >= metering.SMALLEST_EXPONENT else Decimal(0)
