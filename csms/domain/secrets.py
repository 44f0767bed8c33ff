"""Which settings and fields hold what nobody may be shown: passwords, keys, and data of persons. Pure.

Used where configuration is kept or shown (charger.py), by traces, templates and the rotation of passwords.
"""

import re
from collections.abc import Mapping
from typing import Any

SIGN_IN = frozenset({"authorizationkey", "basicauthpassword"})
"""The settings that hold what a charger signs in with: 1.6's and 2.x's. Those are rotated, others only masked."""
HINTS = ("authorizationkey", "password", "passwd", "passphrase", "secret", "psk", "simpin", "vpnkey", "privatekey")
"""In whatever case. A name that ends so is a secret's: also those that vendors made up, such as ApnPassword in 1.6."""
PERSONS = frozenset({"customeridentifier", "vatnumber", "vatcompany", "pspref", "signedmeterdata"})
"""Fields about a customer or a card, in whatever case; what is kept of them is kept elsewhere, and can be erased."""
MASK = "********"
_USER = re.compile(r"://[^\s/?#\"<>]*@")
_WORD = re.compile(r"[^\s\"<>]+")
_SECRET = re.compile(rf".*(?:{'|'.join(HINTS)})", re.IGNORECASE | re.DOTALL)


def is_secret(name: str) -> bool:
    """Whether what a setting, variable or field of this name (without component) holds must be shown to nobody."""
    return _SECRET.fullmatch(name) is not None


def is_sign_in(name: str) -> bool:
    """Whether a setting of this name is what a charger signs in with."""
    return name.casefold() in SIGN_IN


def of_person(fields: Mapping[str, Any]) -> frozenset[str]:
    """The fields, among these of one object, that tell of a customer or a card."""
    found = {name for name in fields if name.casefold() in PERSONS}
    if "vatNumber" in fields:
        found.add("company")  # in the answer to VatNumberValidation
    if fields.get("format") == "SignedData":
        found.add("value")  # 1.6: a signed value holds the card that it was measured for
    return frozenset(found)


def shown(text: str) -> str:
    """A text as anybody may read it: every URL without its user and password, and without its query.

    Either may be all that somebody needs to fetch what lies there.
    """
    if "://" not in text:
        return text
    without_users = _USER.sub(f"://{MASK}@", text)
    return _WORD.sub(_without_query, without_users) if "?" in without_users else without_users


def _without_query(word: re.Match[str]) -> str:
    scheme, separator, rest = word[0].partition("://")
    where, mark, query = rest.partition("?")
    if not separator or not mark:
        return word[0]
    _, *fragment = query.partition("#")
    return "".join((scheme, separator, where, mark, MASK, *fragment))
