r"""Texts with a shape: the patterns of the reference tables' fields, and how a person is told of them.

`$(?!\n)` because Python's `$` also matches before a last line feed; JSON Schema's readers understand it as well.
"""

EMAIL = r"^[^@\s]+@[^@\s]+$(?!\n)"
IDENTITY = r"^(?!\.{1,2}$|\s)[^\x00-\x1f\x7f/:?#]+(?<!\s)$(?!\n)"
"""Of a charger: the last segment of its URL, so neither `.` nor `..`."""
ID = r"^(?!\.{1,2}$)[A-Za-z0-9._-]+$(?!\n)"
SHA256 = r"^[0-9a-f]{64}$(?!\n)"
HTTPS = r"^https://[^\s/@?#]+([/?][^\s#]*)?$(?!\n)"

_MEANING = {
    EMAIL: "an email address such as asha@example.com",
    IDENTITY: "text that can end a URL: without / : ? # and control characters, no space at its ends, not . or ..",
    SHA256: "64 hex digits in lower case",
    HTTPS: "an https URL such as https://example.com/firmware.bin",
    ID: "letters, digits, dots, dashes and underscores, not . or ..",
}


def explained(problem: str) -> str:
    """msgspec's words about a value, in plain ones where it quotes one of these patterns."""
    return next((f"must be {said}" for pattern, said in _MEANING.items() if repr(pattern) in problem), problem)
