"""JSON text in and out, without losing what the charger wrote; used by every module of this package.

Fractions become Decimals, never floats. Reading raises JsonError and nothing else, whatever the text.
"""

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

MAX_DEPTH = 100
"""Levels of nesting; OCPP needs ten. What was read can then be validated, written and hashed without RecursionError."""

MANY_VALUES = 2**14
SPARSE = 12
"""Characters a value that there must be on average where there are MANY_VALUES; a meter's samples have 14 to 20.

What a text costs depends on its values: a megabyte of empty lists, or of fractions, would take a second from everybody.
"""


class JsonError(ValueError):
    """The text is no JSON that we can hold: broken, not UTF-8, too deep, too dense, or a number out of all bounds."""


class Number(Decimal):
    """A fraction that remembers how it was written ("1.50", "1e3"), which a Decimal alone does not."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "Number":
        """Read the text of a JSON number."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def _as_written(value: Any) -> msgspec.Raw:
    if isinstance(value, Number):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} has no JSON form")


_decoder = msgspec.json.Decoder(float_hook=Decimal)
_exact_decoder = msgspec.json.Decoder(float_hook=Number)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_as_written)
_canonical_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


def decode(text: str) -> Any:
    """The value of a JSON text, fractions as Decimal. Raises JsonError."""
    return _decode(_decoder, text)


def decode_exact(text: str) -> Any:
    """The same with fractions as Number: for mapping only, schema validators refuse the type. Raises JsonError."""
    return _decode(_exact_decoder, text)


def encode(value: Any) -> str:
    """The JSON text of a value; Decimals are written as numbers."""
    return _encoder.encode(value).decode()


def digest(value: Any) -> bytes:
    """Sixteen bytes of BLAKE2b over the canonical text: sorted keys, no spaces, fractions as written."""
    return hashlib.blake2b(_canonical_encoder.encode(value), digest_size=16).digest()


def plain(value: Any) -> Any:
    """The same value with fractions as floats, as any JSON reader and the log would have it. Raises JsonError."""
    try:
        read = msgspec.json.decode(_encoder.encode(value))
        msgspec.msgpack.encode(read)  # the log's form, which holds whole numbers of 64 bits
    except (ValueError, OverflowError) as error:
        raise JsonError("a number out of bounds") from error
    return read


def _decode(decoder: msgspec.json.Decoder[Any], text: str) -> Any:
    if len(text) > MANY_VALUES and _values(text) > max(MANY_VALUES, len(text) // SPARSE):
        raise JsonError("too many values")
    try:
        value = decoder.decode(text)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise JsonError(type(error).__name__) from error
    # Counting is cheap, and most frames have fewer brackets than levels are allowed.
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper(value, MAX_DEPTH):
        raise JsonError("nested too deeply")
    return value


def _values(text: str) -> int:
    """How many values there are at most; commas within strings count too."""
    return text.count(",") + text.count("[") + text.count("{")


def _deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        children = (outer.values() if isinstance(outer, dict) else outer for outer in layer)
        layer = [inner for inners in children for inner in inners if isinstance(inner, dict | list)]
        if not layer:
            return False
    return True
