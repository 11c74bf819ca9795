"""The words of the pages, in five languages.

English is the source: `_("Sign in")` in templates and Python, `t("Sign in")` in JavaScript. The
catalogues are `locale/LANGUAGE/LC_MESSAGES/desk.po`, read once at the start; nothing is compiled
beforehand. `make words` extracts new words into them. A text without a translation is shown in
English.
"""

import functools
import gettext
import io
from pathlib import Path

from babel import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from campaigns.roles import LANGUAGES

SOURCE = "en"
_CATALOGUES = Path(__file__).parent / "locale"


class Words:
    """One language. Call it with the English text; `%(name)s` in it is filled from the values."""

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self.translations = translations

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in this language. Without values nothing is filled in."""
        said = self.translations.gettext(text)
        return said % values if values else said

    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The text for this many; `%(num)s` in it is the count."""
        return self.translations.ngettext(one, many, count) % ({"num": count} | values)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text that is translated where it is shown, not where it stands."""
    return text


@functools.cache
def words_for(language: str) -> Words:
    """The words of that language; English for one that is not spoken here."""
    catalogue = _catalogue(language)
    if catalogue is None:
        return Words(SOURCE, gettext.NullTranslations())
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled))


@functools.cache
def words_of_scripts(language: str) -> dict[str, str]:
    """English text -> translation, for the pages' JavaScript alone."""
    catalogue = _catalogue(language)
    if catalogue is None:
        return {}
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.id
        and message.string
        and not message.fuzzy
        and any(place.endswith(".js") for place, _ in message.locations)
    }


def best_language(accepted: str) -> str:
    """The language for a header Accept-Language; English when none of its is spoken here."""
    wanted: list[tuple[float, int, str]] = []
    for part in accepted[:1000].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), len(wanted), name.strip().replace("-", "_")))
        except ValueError:
            continue
    return negotiate_locale([name for *_, name in sorted(wanted)], list(LANGUAGES)) or SOURCE


@functools.cache
def _catalogue(language: str) -> Catalog | None:
    if language == SOURCE or language not in LANGUAGES:
        return None
    file = _CATALOGUES / language / "LC_MESSAGES" / "desk.po"
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return read_po(stream, locale=language)
