"""The language that a caller wants to read: the one of ours that Accept-Language prefers."""

from csms.integrations.mail import translations


def preferred(header: str | None) -> str | None:
    """The best of ours in an Accept-Language header (RFC 9110, section 12.5.4); None where it names none of them."""
    wanted = [(quality, tag) for quality, tag in map(_ranked, (header or "").split(",")) if quality > 0]
    ours = [(quality, tag) for quality, tag in wanted if tag in translations.LANGUAGES]
    return max(ours, key=lambda each: each[0])[1] if ours else None


def _ranked(item: str) -> tuple[float, str]:
    tag, _, parameters = item.partition(";")
    name, _, value = parameters.strip().partition("=")
    try:
        quality = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        quality = 0.0
    return quality, tag.strip().partition("-")[0].lower()
