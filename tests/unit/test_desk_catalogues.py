"""Every text that a page can show stands in every catalogue, translated and with its values."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from campaigns.roles import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
DESK = ROOT / "dialer" / "desk"
SPOKEN = [language for language in LANGUAGES if language != "en"]
# The same as `make words` says to pybabel.
KEYWORDS = DEFAULT_KEYWORDS | {"N_": None, "t": None, "ngettext": (1, 2)}
_VALUES = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]*\}|%%")

Text = str | tuple[str, ...]


@pytest.fixture(scope="module")
def shown() -> set[Text]:
    """The English texts of the pages, their scripts and what Python says on them."""
    with (DESK / "locale" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: set[Text] = {
        text
        for _, _, text, _, _ in extract_from_dir(
            DESK, method_map=methods, options_map=options, keywords=KEYWORDS
        )
    }
    limits = ROOT / "dialer" / "pacing" / "limit_words.py"
    found |= {text for _, text, _, _ in extract_from_file("python", limits, keywords=KEYWORDS)}
    assert len(found) > 500, "the extraction sees nearly nothing"
    return found


def messages(language: str) -> list[Message]:
    """What the catalogue of a language holds, without its head."""
    path = DESK / "locale" / language / "LC_MESSAGES" / "desk.po"
    with path.open("rb") as file:
        return [each for each in read_po(file, locale=language) if each.id]


@pytest.mark.parametrize("language", SPOKEN)
def test_every_text_is_translated_and_none_is_left_over(language: str, shown: set[Text]) -> None:
    said = {each.id: each for each in messages(language)}
    empty = [text for text, each in said.items() if not each.string or each.fuzzy]
    assert (shown - said.keys(), said.keys() - shown, empty) == (set(), set(), [])


@pytest.mark.parametrize("language", SPOKEN)
def test_a_translation_names_the_values_of_its_text(language: str) -> None:
    wrong = []
    for each in messages(language):
        english = each.id if isinstance(each.id, str) else each.id[-1]
        forms = [each.string] if isinstance(each.string, str) else each.string
        wanted = Counter(_VALUES.findall(english))
        wrong += [form for form in forms if Counter(_VALUES.findall(form)) != wanted]
    assert wrong == []
