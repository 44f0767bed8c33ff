"""How we speak to payers, who have told us nothing but what their browser says: language, and how it writes numbers.

Used by the pages of those who pay without an account. Texts are in api/web/locales; what is missing is English.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from babel import Locale, numbers, units

from csms.integrations.mail import letters, translations

LOCALES = __package__


class Speech:
    """One language of ours."""

    def __init__(self, language: str) -> None:
        self.language = translations.known(language)
        self.locale = Locale.parse(self.language)
        self.translate: Callable[[str], str] = translations.translator(self.language, LOCALES)

    def say(self, text: str, **fields: Any) -> str:
        """An English text in this language, with its fields."""
        said = self.translate(text)
        return said % fields if fields else said

    def money(self, amount: str, currency: str) -> str:
        """An amount with as many decimals as it is given."""
        return letters.money(self.language, amount, currency)

    def number(self, value: Decimal | float, least: int = 0, most: int = 3) -> str:
        """A number with so many decimals."""
        pattern = "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")
        return str(numbers.format_decimal(Decimal(str(value)), pattern, locale=self.locale))

    def energy(self, wh: Decimal | float | None) -> str:
        """Wh as kWh."""
        return "–" if wh is None else f"{self.number(Decimal(str(wh)) / 1000, 2, 2)} kWh"

    def power(self, watts: Decimal | float | None) -> str:
        """W as kW."""
        return "–" if watts is None else f"{self.number(Decimal(str(watts)) / 1000, 1, 1)} kW"

    def duration(self, seconds: float | None) -> str:
        """Hours and minutes; seconds where it is less than a minute."""
        if seconds is None:
            return "–"
        hours, rest = divmod(int(seconds), 3600)
        minutes, left = divmod(rest, 60)
        told = [(hours, "hour"), (minutes, "minute")] if hours or minutes else [(left, "second")]
        return " ".join(self._unit(value, name) for value, name in told if value or len(told) == 1)

    def _unit(self, value: int, name: str) -> str:
        return str(units.format_unit(value, f"duration-{name}", "short", locale=self.locale))
