"""A scorecard as a quality manager writes it: one TOML file, read into a `Scorecard` and back.

Every error names the file, the key, the value found and what is allowed there. A key that nobody
reads is an error too, with the nearest known one.
"""

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from campaigns.campaign_table import CampaignFileError, Table, read_toml, shown
from campaigns.dispositions import DispositionKind
from campaigns.quality.scorecards import (
    Fatal,
    Item,
    SampleRule,
    Scale,
    Scorecard,
    Section,
    Stratum,
)

TEXT_LENGTH_MAX = 300
ITEMS_MAX = 100
"""Nobody answers more about one call; the page would not end."""
WEIGHT_MAX = 1000
CALLS_PER_WEEK_MAX = 100
SECONDS_MAX = 3600
NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,31}")


class ScorecardFileError(ValueError):
    """A scorecard file that cannot be used; the text is one sentence for a person."""


def read_scorecard_file(path: Path) -> Scorecard:
    """Read a TOML file. Raises ScorecardFileError."""
    try:
        document = read_toml(path, what="a scorecard")
    except CampaignFileError as error:
        raise ScorecardFileError(str(error)) from error
    return parse_scorecard(document, source=str(path))


def parse_scorecard(document: Mapping[str, Any], *, source: str) -> Scorecard:
    """Read a document of the shape of a scorecard file (see docs/quality.md); `source` is named in
    errors. Raises ScorecardFileError."""
    top = Table(source, "", document)
    try:
        card = Scorecard(
            name=top.text(
                "name",
                allowed="1 to 64 of a-z 0-9 _ -, such as telesales",
                check=lambda text: NAME_PATTERN.fullmatch(text) is not None,
            ),
            client=top.text("client"),
            title=top.text("title"),
            pass_mark=_pass_mark(top),
            sections=_sections(top),
            sample=_sample(top.table("sample")),
        )
        top.refuse_unknown_keys()
    except CampaignFileError as error:
        raise ScorecardFileError(str(error)) from error
    return card


def scorecard_document(card: Scorecard) -> dict[str, Any]:
    """The document that `parse_scorecard` reads back as the same card; JSON can hold it."""
    return {
        "name": card.name,
        "client": card.client,
        "title": card.title,
        "pass_mark": int(card.pass_mark * 100),
        "sample": {
            "calls_per_week": card.sample.calls_per_week,
            "seconds_min": card.sample.seconds_min,
            "time_zone": card.sample.time_zone,
            "strata": [
                {"name": each.name, "kinds": list(each.kinds), "calls": each.calls}
                for each in card.sample.strata
            ],
        },
        "sections": [
            {"name": section.name, "items": [_item_document(item) for item in section.items]}
            for section in card.sections
        ],
    }


def _pass_mark(top: Table) -> Fraction:
    found = top.whole("pass_mark", low=0, high=100)
    if found is None:
        raise top.error("pass_mark", "is missing; it must be percent of the total, from 0 to 100")
    return Fraction(found, 100)


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "text": item.text,
        **({"hint": item.hint} if item.hint else {}),
        "scale": item.scale.value,
        "weight": item.weight,
        "fatal": item.fatal.value,
        "may_not_apply": item.may_not_apply,
    }


def _sections(top: Table) -> tuple[Section, ...]:
    sections = tuple(
        Section(name=table.text("name"), items=_items(table))
        for table in top.tables("sections") or []
    )
    items = [item for section in sections for item in section.items]
    if not items:
        raise top.error("sections", "has no items; write [[sections]] and [[sections.items]]")
    if len(items) > ITEMS_MAX:
        raise top.error("sections", f"has {len(items)} items; at most {ITEMS_MAX} are taken")
    for noun, names in (
        ("key", [item.key for item in items]),
        ("name", [section.name for section in sections]),
    ):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise top.error("sections", f"has the {noun} {shown(twice[0])} twice; use each once")
    if not any(item.weight for item in items):
        raise top.error("sections", "has weight 0 in every item; give one of them a weight")
    return sections


def _items(section: Table) -> tuple[Item, ...]:
    return tuple(
        Item(
            key=table.text(
                "key",
                allowed="1 to 32 of a-z 0-9 _, beginning with a letter, such as greeting",
                check=lambda text: KEY_PATTERN.fullmatch(text) is not None,
            ),
            text=_long_text(table, "text"),
            hint=_long_text(table, "hint", ""),
            scale=table.choice("scale", Scale, Scale.YES_NO),
            weight=_whole(table, "weight", 1, low=0, high=WEIGHT_MAX),
            fatal=table.choice("fatal", Fatal, Fatal.NO),
            may_not_apply=table.flag("may_not_apply") or False,
        )
        for table in section.tables("items") or []
    )


def _sample(table: Table) -> SampleRule:
    calls = _whole(table, "calls_per_week", 0, low=0, high=CALLS_PER_WEEK_MAX)
    rule = SampleRule(
        calls_per_week=calls,
        seconds_min=_whole(table, "seconds_min", 30, low=0, high=SECONDS_MAX),
        time_zone=table.text(
            "time_zone",
            "UTC",
            allowed="a time zone such as Europe/London",
            check=lambda text: text in available_timezones(),
        ),
        strata=tuple(_stratum(each) for each in table.tables("strata") or []),
    )
    wanted = sum(each.calls for each in rule.strata)
    if wanted > calls:
        raise table.error(
            "strata", f"want {wanted} calls together; calls_per_week is {calls}: raise it, or less"
        )
    names = [each.name for each in rule.strata]
    if len(set(names)) < len(names):
        raise table.error("strata", f"are named {shown(', '.join(names))}; name each differently")
    return rule


def _stratum(table: Table) -> Stratum:
    words = [kind.value for kind in DispositionKind]
    allowed = f"a list of kinds of dispositions: {', '.join(words)}"
    kinds = table.texts("kinds", allowed=allowed)
    if not kinds or not set(kinds) <= set(words):
        raise table.error("kinds", f"is {shown(list(kinds))}; it must be {allowed}")
    return Stratum(
        name=table.text("name"),
        kinds=kinds,
        calls=_whole(table, "calls", 1, low=1, high=CALLS_PER_WEEK_MAX),
    )


def _long_text(table: Table, key: str, default: str | None = None) -> str:
    return table.text(
        key,
        default,
        allowed=f"text of 1 to {TEXT_LENGTH_MAX} printable characters",
        check=lambda text: len(text) <= TEXT_LENGTH_MAX,
    )


def _whole(table: Table, key: str, default: int, *, low: int, high: int) -> int:
    found = table.whole(key, low=low, high=high)
    return default if found is None else found
