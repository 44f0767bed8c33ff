"""Writes a mail: subject, plain text and HTML, in the reader's language. Called when it is sent.

A template's first line is the subject. Each paragraph after it becomes one of the HTML as well, and one that is only a
link becomes a link, so that both say the same. Templates call `_(text, name=value)` for everything that is said.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache, partial
from importlib import resources
from typing import Any

import jinja2
from babel import Locale, dates

from csms.integrations.mail import translations

FIELDS: dict[str, frozenset[str]] = {
    "invitation": frozenset({"url", "until"}),
    "password_reset": frozenset({"url", "until"}),
    "verify_address": frozenset({"url", "until"}),
    "account_exists": frozenset({"url"}),
    "address_changed": frozenset(),
    "receipt": frozenset({"number", "amount", "currency", "issued_on", "place"}),
    "payment_failed": frozenset({"amount", "currency", "reason"}),
    "invoice": frozenset({"number", "amount", "currency", "due_on"}),
}
"""What each template is given: times and days as ISO 8601, amounts as decimals in text."""
_LINK = re.compile(r"https?://\S+")


class UnknownLetter(ValueError):
    """There is no such template, or it is not given what it needs; the program that queues it is wrong."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is read."""

    subject: str
    text: str
    html: str


def check(template: str, fields: Mapping[str, Any]) -> None:
    """Raises UnknownLetter unless there is this template and these are its fields."""
    if template not in FIELDS or FIELDS[template] != set(fields):
        wanted = ", ".join(sorted(FIELDS.get(template, ()))) or "one of " + ", ".join(sorted(FIELDS))
        raise UnknownLetter(f"mail {template} with {', '.join(sorted(fields))}: it takes {wanted}")


def write(template: str, fields: Mapping[str, Any], language: str, operator: str) -> Letter:
    """A letter of `operator` in a language, English where we do not have it."""
    known = translations.known(language)
    say = partial(_say, translations.translator(known))
    shared = {"_": say, "operator": operator, "day": partial(_day, known), "moment": partial(_moment, known)}
    source = _texts().get_template(f"{template}.txt")
    written = source.render(**shared, money=partial(money, known), **fields)
    subject, _, text = written.strip().partition("\n\n")
    paragraphs = [each.strip() for each in text.split("\n\n") if each.strip()]
    links = [bool(_LINK.fullmatch(each)) for each in paragraphs]
    html = (
        _pages()
        .get_template("layout.html")
        .render(subject=subject, language=known, paragraphs=list(zip(paragraphs, links, strict=True)))
    )
    return Letter(" ".join(subject.split()), "\n\n".join(paragraphs) + "\n", html)


def message(letter: Letter, *, sender: str, operator: str, to: str, id: str, at: datetime) -> EmailMessage:
    """The letter for the wire; the same `id` makes the same Message-ID. Raises ValueError for bad addresses."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(operator, addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = letter.subject
    made["Date"] = at
    made["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


def _say(translate: Any, text: str, **fields: str) -> str:
    said: str = translate(text)
    return said % fields if fields else said


def money(language: str, amount: str, currency: str) -> str:
    """An amount as the language writes it, with its own decimals: Babel's of a currency differ from ISO 4217's."""
    locale = Locale.parse(language)
    pattern = copy.copy(locale.currency_formats["standard"])
    decimals = len(amount.partition(".")[2])
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(Decimal(amount), locale, currency=currency, currency_digits=False))


def _day(language: str, text: str) -> str:
    return dates.format_date(date.fromisoformat(text), "long", locale=language)


def _moment(language: str, text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return dates.format_datetime(at, "long", tzinfo=UTC, locale=language)


@cache
def _texts() -> jinja2.Environment:
    return _environment(".txt", escape=False)


@cache
def _pages() -> jinja2.Environment:
    return _environment(".html", escape=True)


def _environment(ending: str, *, escape: bool) -> jinja2.Environment:
    folder = resources.files(__package__) / "templates"
    sources = {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(ending)}
    return jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=escape,  # noqa: S701 - plain text has nothing to escape
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
