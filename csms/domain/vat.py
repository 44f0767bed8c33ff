"""VAT numbers: whether one can exist, by the published format and check digits of its country.

Used for chargers that ask (VatNumberValidation) and for receipts to companies. Pure: it asks no register, so a good
number may belong to nobody. Known are the European Union and XI by their VIES prefixes, GB, CH (CHE), NO, and India's
GSTIN, which has no prefix.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Literal, TypeAlias

import msgspec

Reason: TypeAlias = Literal["", "unknown_country", "format", "check_digits"]
Check: TypeAlias = Callable[[str], bool]

_SEPARATORS = re.compile(r"[\s./-]")


class Verdict(msgspec.Struct, frozen=True):
    """What is to be said of a number; `reason` is "" for a good one, `country` ISO 3166 (or XI) where it is known."""

    valid: bool
    country: str | None = None
    reason: Reason = ""


def check(number: str) -> Verdict:
    """Whether a number has its country's form and check digits; spaces, dots, slashes and hyphens do not matter."""
    text = _SEPARATORS.sub("", number).upper()
    prefix, rest = ("IN", text) if text[:2].isdigit() else (text[:2], text[2:])
    known = _COUNTRIES.get(prefix) if text.isascii() else None
    if known is None:
        return Verdict(False, None, "unknown_country")
    country = "GR" if prefix == "EL" else prefix
    form, digits = known
    if form.fullmatch(rest) is None:
        return Verdict(False, country, "format")
    return Verdict(True, country) if digits(rest) else Verdict(False, country, "check_digits")


# -- What check digits are made of -------------------------------------------------------------------------------------


def _sum(text: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))


def _multiple(of: int, *weights: int, rest: int = 0) -> Check:
    return lambda text: _sum(text, weights) % of == rest


def _luhn(text: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def _mod_11_10(text: str) -> bool:
    """ISO 7064."""
    carry = 5
    for digit in text:
        carry = ((carry or 10) * 2 % 11 + int(digit)) % 10
    return carry == 1


def _date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


# -- By country --------------------------------------------------------------------------------------------------------


def _austria(text: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(text[1:8]))
    return (6 - sum(value - 9 * (value > 9) for value in doubled)) % 10 == int(text[8])


def _bulgaria(text: str) -> bool:
    """A company by nine digits; a person, a foreigner, or another by ten. Months say the century by 20 or 40 more."""
    if len(text) == 9:
        total = _sum(text, range(1, 9)) % 11
        return (total if total != 10 else _sum(text, range(3, 11)) % 11) % 10 == int(text[8])
    other = (11 - _sum(text, (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    foreigner = _sum(text, (21, 19, 17, 13, 11, 9, 7, 3, 1)) % 10
    person = _sum(text, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    century, month = {0: (1900, 0), 1: (1900, 0), 2: (1800, 20), 3: (1800, 20)}.get(int(text[2]), (2000, 40))
    born = _date(century + int(text[:2]), int(text[2:4]) - month, int(text[4:6]))
    return int(text[9]) in (other, foreigner) or (born and int(text[9]) == person)


def _cyprus(text: str) -> bool:
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    total = sum(int(digit) if place % 2 else odd[int(digit)] for place, digit in enumerate(text[:8]))
    return text[8] == chr(ord("A") + total % 26)


def _czechia(text: str) -> bool:
    if len(text) == 8:
        return ((11 - _sum(text[:7], range(8, 1, -1))) % 11 or 1) % 10 == int(text[7])
    if len(text) == 9 and text[0] == "6":  # a person without a birth number
        return (8 - (10 - _sum(text[1:8], range(8, 1, -1)) % 11) % 11) % 10 == int(text[8])
    return _czech_birth_number(text)


def _czech_birth_number(text: str) -> bool:
    """Months of women have 50 more, and 20 more where a day's numbers ran out; check digits are of 1954 and later."""
    year, short = 1900 + int(text[:2]), len(text) == 9
    if short:
        year -= 100 * (year >= 1980)
    elif year < 1954:
        year += 100
    born = _date(year, int(text[2:4]) % 50 % 20, int(text[4:6])) and not (short and year > 1953)
    return born and (short or int(text[:9]) % 11 % 10 == int(text[9]))


def _spain(text: str) -> bool:
    """A person by a letter for the number, an organisation by a digit or a letter for Luhn's digit."""
    first = {"X": "0", "Y": "1", "Z": "2", "K": "0", "L": "0", "M": "0"}.get(text[0], text[0])
    if first.isdigit():
        return text[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[int(first + text[1:8]) % 23]
    digit = text[8] if text[8].isdigit() else str("JABCDEFGHI".find(text[8]))
    return len(digit) == 1 and _luhn(text[1:8] + digit)


def _france(text: str) -> bool:
    """The company's number has Luhn's digit (Monaco's has none), the two characters before it are made of it."""
    key, company = text[:2], text[2:]
    if company[:3] != "000" and not _luhn(company):
        return False
    if key.isdigit():
        return int(company + "12") % 97 == int(key)
    letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    first, second = letters.index(key[0]), letters.index(key[1])
    told = first * 24 + second - 10 if key[0].isdigit() else first * 34 + second - 100
    return (int(company) + 1 + told // 11) % 11 == told % 11


def _greece(text: str) -> bool:
    return _sum(text[:8], (2**power for power in range(8, 0, -1))) % 11 % 10 == int(text[8])


def _ireland(text: str) -> bool:
    letters = "WABCDEFGHIJKLMNOPQRSTUV"
    if not text[1].isdigit():  # the form of before 2013
        text = f"0{text[2:7]}{text[0]}{text[7]}"
    extra = 9 * letters.index(text[8]) if text[8:] else 0
    return text[7] == letters[(_sum(text[:7], range(8, 1, -1)) + extra) % 23]


def _italy(text: str) -> bool:
    office = int(text[7:10])
    return (1 <= office <= 100 or office in (120, 121, 888, 999)) and int(text[:7]) > 0 and _luhn(text)


def _latvia(text: str) -> bool:
    """A company's begins with 4 or more; a person's with the date of birth, or with 32 since 2017."""
    if text[0] > "3":
        return _sum(text, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3
    born = _date(1800 + 100 * int(text[6]) + int(text[4:6]), int(text[2:4]), int(text[:2])) or text[:2] == "32"
    return born and (1 + _sum(text, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10 == int(text[10])


def _lithuania(text: str) -> bool:
    body = text[:-1]
    total = _sum(body, (1 + place % 9 for place in range(11))) % 11
    if total == 10:
        total = _sum(body, (1 + (place + 2) % 9 for place in range(11))) % 11
    return total % 10 == int(text[-1])


def _netherlands(text: str) -> bool:
    """A company's by the sum over its digits, a person's by ISO 7064 over all characters."""
    spelt = "".join(str(int(character, 36)) for character in "NL" + text)
    return _multiple(11, 9, 8, 7, 6, 5, 4, 3, 2, -1)(text[:9]) or int(spelt) % 97 == 1


def _portugal(text: str) -> bool:
    return (11 - _sum(text[:8], range(9, 1, -1)) % 11) % 11 % 10 == int(text[8])


def _romania(text: str) -> bool:
    return 10 * _sum(text[:-1].rjust(9, "0"), (7, 5, 3, 2, 1, 7, 5, 3, 2)) % 11 % 10 == int(text[-1])


def _slovenia(text: str) -> bool:
    digit = 11 - _sum(text[:7], range(8, 1, -1)) % 11
    return (0 if digit == 10 else digit) == int(text[7])


def _britain(text: str) -> bool:
    if text[:2] in ("GD", "HA"):  # government departments and health authorities
        return (text[:2] == "HA") == (int(text[2:]) >= 500)
    total = _sum(text[:9], (8, 7, 6, 5, 4, 3, 2, 10, 1)) % 97
    return total == 0 or (total in (42, 55) and int(text[:3]) >= 100)


def _india(text: str) -> bool:
    values = [int(character, 36) * (1 + place % 2) for place, character in enumerate(text)]
    return sum(value // 36 + value % 36 for value in values) % 36 == 0


_BRITISH = r"\d{9}|\d{12}|(?:GD|HA)\d{3}"

_TABLE: Mapping[str, tuple[str, Check]] = {
    "AT": (r"U\d{8}", _austria),
    "BE": (r"[01]?\d{9}", lambda text: 97 - int(text[:-2]) % 97 == int(text[-2:])),
    "BG": (r"\d{9,10}", _bulgaria),
    "CH": (r"E\d{9}(?:MWST|TVA|IVA|TPV)?", lambda text: _multiple(11, 5, 4, 3, 2, 7, 6, 5, 4, 1)(text[1:10])),
    "CY": (r"(?!12)\d{8}[A-Z]", _cyprus),
    "CZ": (r"(?!9)\d{8}|\d{9,10}", _czechia),
    "DE": (r"[1-9]\d{8}", _mod_11_10),
    "DK": (r"[1-9]\d{7}", _multiple(11, 2, 7, 6, 5, 4, 3, 2, 1)),
    "EE": (r"\d{9}", _multiple(10, 3, 7, 1, 3, 7, 1, 3, 7, 1)),
    "EL": (r"\d{9}", _greece),
    "ES": (r"[0-9XYZKLM]\d{7}[A-Z]|[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]", _spain),
    "FI": (r"\d{8}", _multiple(11, 7, 9, 10, 5, 8, 4, 2, 1)),
    "FR": (r"[0-9A-HJ-NP-Z]{2}\d{9}", _france),
    "GB": (_BRITISH, _britain),
    "HR": (r"\d{11}", _mod_11_10),
    "HU": (r"\d{8}", _multiple(10, 9, 7, 3, 1, 9, 7, 3, 1)),
    "IE": (r"\d{7}[A-W][A-W]?|\d[A-Z+*]\d{5}[A-W]", _ireland),
    "IN": (r"(?:0[1-9]|[12]\d|3[0-8]|97|99)[A-Z]{3}[ABCFGHJKLPT][A-Z](?!0000)\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", _india),
    "IT": (r"\d{11}", _italy),
    "LT": (r"\d{7}1\d|\d{10}1\d", _lithuania),
    "LU": (r"\d{8}", lambda text: int(text[:6]) % 89 == int(text[6:])),
    "LV": (r"\d{11}", _latvia),
    "MT": (r"[1-9]\d{7}", _multiple(37, 3, 4, 6, 7, 8, 9, 10, 1)),
    "NL": (r"\d{9}B(?!00)\d{2}", _netherlands),
    "NO": (r"\d{9}(?:MVA)?", _multiple(11, 3, 2, 7, 6, 5, 4, 3, 2, 1)),
    "PL": (r"\d{10}", _multiple(11, 6, 5, 7, 2, 3, 4, 5, 6, 7, -1)),
    "PT": (r"[1-9]\d{8}", _portugal),
    "RO": (r"[1-9]\d{1,9}", _romania),
    "SE": (r"\d{10}01", lambda text: _luhn(text[:10])),
    "SI": (r"[1-9]\d{7}", _slovenia),
    "SK": (r"[1-9]\d[234789]\d{7}", lambda text: int(text) % 11 == 0),
    "XI": (_BRITISH, _britain),
}
"""Prefix -> what follows it, and its check digits; EL is Greece's."""

_COUNTRIES = {prefix: (re.compile(form), digits) for prefix, (form, digits) in _TABLE.items()}
