"""How numbers, amounts and days are written where a document is read: by its language and the seller's country."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from babel import Locale, dates, localedata, numbers

_PLAIN: Final = {"en": "en_GB"}
"""What is meant by a language of a country that nobody writes it in."""


class Forms:
    """One language (ISO 639) in one country (ISO 3166 alpha-2, or None)."""

    def __init__(self, language: str, country: str | None) -> None:
        self.language = language
        self._locale = _locale(language, country)

    def amount(self, shown: dict[str, str] | None) -> str | None:
        """An amount with its currency; it keeps its decimals."""
        return None if shown is None else f"{self.money(shown['amount'])} {shown['currency']}"

    def money(self, text: str | Decimal) -> str:
        """An amount without its currency."""
        return self.number(Decimal(text), max(0, -int(Decimal(text).as_tuple().exponent)))

    def kwh(self, wh: Any) -> str:
        """Watt-hours as kilowatt-hours to the Wh; nothing where nobody knows."""
        return "" if wh is None else f"{self.number(Decimal(str(wh)) / 1000, 3)} kWh"

    def percent(self, value: Any) -> str:
        """A rate of a tax."""
        exact = Decimal(str(value)).normalize()
        return f"{self.number(exact, max(0, -int(exact.as_tuple().exponent)))} %"

    def number(self, value: Decimal, decimals: int) -> str:
        """A number with so many decimals."""
        found: str = _pattern(self._locale, decimals).apply(value, self._locale)
        return found

    def country(self, code: str | None) -> str | None:
        """The name of a country."""
        return None if code is None else self._locale.territories.get(code, code)

    def day(self, text: str | None) -> str | None:
        """A day of JSON."""
        return None if text is None else dates.format_date(date.fromisoformat(text), "medium", locale=self._locale)

    def moment(self, at: datetime | None) -> str:
        """A time by the clock of its place."""
        if at is None:
            return ""
        return f"{dates.format_date(at, 'medium', locale=self._locale)}, {at:%H:%M:%S}"


@cache
def _locale(language: str, country: str | None) -> Locale:
    tags = (f"{language}_{country}", _PLAIN.get(language, language), _PLAIN["en"])
    return Locale.parse(next(tag for tag in tags if localedata.exists(tag)))


@cache
def _pattern(locale: Locale, decimals: int) -> numbers.NumberPattern:
    grouped = locale.decimal_formats[None].pattern.split(".")[0]
    return numbers.parse_pattern(grouped + ("." + "0" * decimals if decimals else ""))
