"""Texts in other languages: from .po files, which translators edit; those of mails and bills are beside this module.

Nothing is compiled. A text that a language does not have is shown in English.
"""

from collections.abc import Callable
from functools import cache
from importlib import resources

from babel.messages import pofile

LANGUAGES = ("en", "hi", "de")
DEFAULT = "en"


def known(tag: str) -> str:
    """The language of a BCP 47 tag such as hi-IN, or English where we do not have it."""
    language = tag.partition("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT


def translator(language: str, package: str = __package__) -> Callable[[str], str]:
    """From English texts to those of a language; one that we do not have is English."""
    texts = {} if (ours := known(language)) == DEFAULT else catalogue(ours, package)
    return lambda text: texts.get(text, text)


@cache
def catalogue(language: str, package: str = __package__) -> dict[str, str]:
    """English text -> its translation; `package` has a folder locales."""
    source = resources.files(package) / "locales" / f"{language}.po"
    with source.open("rb") as opened:
        read = pofile.read_po(opened, locale=language)
    return {str(message.id): str(message.string) for message in read if message.id and message.string}
