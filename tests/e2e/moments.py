"""Times as texts, compared as what they mean."""

from datetime import datetime


def moment(text: str) -> datetime:
    """The moment that an RFC 3339 text names; one without an offset is an error."""
    parsed = datetime.fromisoformat(text)
    assert parsed.tzinfo is not None, text
    return parsed
