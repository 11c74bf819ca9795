"""The words of the pages, and how figures are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.roles import LANGUAGES
from dialer.desk.formats import Formats
from dialer.desk.words import best_language, words_for, words_of_scripts


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("az-AZ,az;q=0.9,en;q=0.5", "az"),
        ("de,ka;q=0.3,ru;q=0.8", "ru"),
        ("en-GB", "en"),
        ("", "en"),
        ("xx;q=abc, \x00;;;,tr", "tr"),
    ],
)
def test_the_browsers_wish_is_met_as_far_as_it_is_spoken(accepted: str, language: str) -> None:
    assert best_language(accepted) == language


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_a_text_without_a_translation_is_shown_in_english(language: str) -> None:
    _ = words_for(language)
    assert _("no such %(thing)s anywhere", thing="text") == "no such text anywhere"
    assert _.ngettext("%(num)s odd fellow", "%(num)s odd fellows", 2) == "2 odd fellows"
    assert isinstance(words_of_scripts(language), dict)


def test_dates_and_numbers_are_written_as_the_place_does() -> None:
    at = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    ru, en, tr = (
        Formats(language, zone)
        for language, zone in (("ru", "Asia/Baku"), ("en", "UTC"), ("tr", "Europe/Istanbul"))
    )
    assert ru.moment(at) == "02.03.2026, 19:30"
    assert tr.time(at.timestamp()) == "18:30"
    assert en.day(date(2026, 3, 2)) == "Mar 2, 2026"
    assert ru.number(1234567.5) == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,5"
    assert (tr.percent(0.0281), en.percent(0.5, digits=0)) == ("%2,8", "50%")
    assert en.money(Decimal("1234.5"), "EUR") == "1,234.50\N{NO-BREAK SPACE}EUR"
    assert tr.money(Decimal("0.0125"), "AZN") == "0,0125\N{NO-BREAK SPACE}AZN"
    assert en.duration(11229) == "3:07:09" and en.duration(42) == "0:42"
    ends_at = at + timedelta(days=1)
    assert ru.begin_of(at, ends_at, length=timedelta(days=9)) == "2 мар."
    assert en.begin_of(at, ends_at, length=timedelta(hours=2)) == "3:30\N{NARROW NO-BREAK SPACE}PM"
    assert en.moment(None) == "\N{EN DASH}"
