"""A pack file, read strictly: TOML in, a Pack out, or a sentence saying what is wrong where.

A key nobody reads is an error, so is a rule without a citation: data that decides who is called
must not be half understood. The file form is described in docs/rule-packs.md.
"""

import enum
import tomllib
from datetime import date, datetime
from typing import NoReturn, TypeVar, get_args

from campaigns.attempt_limits import After
from campaigns.campaign_spec import Purpose
from campaigns.campaign_table import CampaignFileError, Table
from campaigns.jurisdictions import Jurisdiction
from campaigns.number_plans import PhoneKind
from campaigns.rule_packs.examples import Example, Expect
from campaigns.rule_packs.pack import DEFAULT_PACK, Pack, PackError
from campaigns.rule_packs.reading_rules import RULE_KINDS
from campaigns.rule_packs.rules import Mark, Rule

_E = TypeVar("_E", bound=enum.StrEnum)
_ALWAYS = date(1900, 1, 1)
"""For rules whose beginning does not matter any more."""
_TEXT_LENGTH_MAX = 1000
_ID_LENGTH_MAX = 60


def read_pack(text: str, file: str) -> Pack:
    """Read one pack. `file` is named in errors. Raises PackError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{file}: is not valid TOML: {error}") from error
    top = Table(file, "", document)
    try:
        pack = _pack(top, file)
        top.refuse_unknown_keys()
    except CampaignFileError as error:
        raise PackError(str(error)) from error
    return pack


def _pack(top: Table, file: str) -> Pack:
    pack_id = _id(top)
    places = _jurisdictions(top, ())
    is_everywhere = bool(top.flag("everywhere"))
    if not places and not is_everywhere and pack_id != DEFAULT_PACK:
        raise top.error("jurisdictions", 'is missing; name countries or states: ["GB"]')
    return Pack(
        id=pack_id,
        title=_text(top, "title"),
        file=file,
        checked_on=_checked_on(top),
        note=_text(top, "note", ""),
        jurisdictions=places,
        is_everywhere=is_everywhere,
        rules=tuple(_rule(table, pack_id, places) for table in top.tables("rules") or ()),
        examples=tuple(_example(table, pack_id, places) for table in top.tables("examples") or ()),
    )


def _rule(table: Table, pack: str, places: tuple[Jurisdiction, ...]) -> Rule:
    kind = table.text("kind")
    reader = RULE_KINDS.get(kind)
    if reader is None:
        raise table.error("kind", f'is "{kind}"; it must be one of {", ".join(RULE_KINDS)}')
    starred = _words(table, "purposes_starred", Purpose, frozenset())
    purposes = _words(table, "purposes", Purpose, frozenset(Purpose) - starred)
    begin = _date(table, "effective_from") or _ALWAYS
    end = _date(table, "effective_to")
    if end is not None and end < begin:
        raise table.error("effective_to", f"is {end}, before the rule begins on {begin}")
    if purposes & starred:
        raise table.error("purposes_starred", "repeats a purpose of purposes")
    if not table.has("mark"):
        _missing(table, "mark", f"one of {', '.join(Mark)}")
    common = {
        "id": _id(table),
        "pack": pack,
        "summary": _text(table, "summary"),
        "citation": _text(table, "citation"),
        "source": _text(table, "source", ""),
        "mark": table.choice("mark", Mark, Mark.STARRED),
        "jurisdictions": _jurisdictions(table, places),
        "purposes": purposes,
        "purposes_starred": starred,
        "number_kinds": _words(table, "number_kinds", PhoneKind, frozenset(PhoneKind)),
        "effective_from": begin,
        "effective_to": end,
    }
    return reader(table, common)


def _example(table: Table, pack: str, places: tuple[Jurisdiction, ...]) -> Example:
    kind = table.text("number_kind", "")
    after = table.text("after", "")
    if after not in ("", *get_args(After)):
        raise table.error("after", f'is "{after}"; it must be one of {", ".join(get_args(After))}')
    if kind not in ("", *PhoneKind):
        raise table.error("number_kind", f'is "{kind}"; it must be one of {", ".join(PhoneKind)}')
    if not table.has("expect"):
        _missing(table, "expect", f"one of {', '.join(Expect)}")
    if not places and not table.has("jurisdictions"):
        _missing(table, "jurisdictions", 'a list such as ["US-FL"]')
    return Example(
        pack=pack,
        at=_instant(table, "at", table.take("at")),
        zones=table.texts("zones", allowed='a list of time zones such as ["Europe/Paris"]'),
        jurisdictions=_jurisdictions(table, places[:1]),
        purpose=table.choice("purpose", Purpose, Purpose.MARKETING),
        number_kind=PhoneKind(kind) if kind else None,
        expect=table.choice("expect", Expect, Expect.OPEN),
        reason=_id(table, "reason") if table.has("reason") else None,
        because=_text(table, "because"),
        past=tuple(_instant(table, "past", each) for each in table.take("past") or ()),
        after=next((word for word in get_args(After) if word == after), None),
    )


def _id(table: Table, key: str = "id") -> str:
    return table.text(
        key,
        allowed="small letters, digits and dashes, such as us-hours",
        check=lambda text: (
            len(text) <= _ID_LENGTH_MAX
            and text.isascii()
            and text.replace("-", "").isalnum()
            and text == text.lower()
        ),
    )


def _text(table: Table, key: str, default: str | None = None) -> str:
    if default == "" and not table.has(key):
        return ""
    return table.text(
        key,
        allowed=f"text of 1 to {_TEXT_LENGTH_MAX} characters on one line",
        check=lambda text: len(text) <= _TEXT_LENGTH_MAX,
    )


def _jurisdictions(table: Table, default: tuple[Jurisdiction, ...]) -> tuple[Jurisdiction, ...]:
    if not table.has("jurisdictions"):
        table.take("jurisdictions")
        return default
    texts = table.texts("jurisdictions", allowed='a list such as ["GB"] or ["US-FL", "US-OK"]')
    try:
        return tuple(Jurisdiction.parse(text) for text in texts)
    except ValueError as error:
        raise table.error("jurisdictions", str(error)) from error


def _words(table: Table, key: str, words: type[_E], default: frozenset[_E]) -> frozenset[_E]:
    allowed = f"a list of {', '.join(words)}"
    texts = table.texts(key, allowed=allowed)
    if not table.has(key):
        return default
    for text in texts:
        if text not in list(words):
            raise table.error(key, f'holds "{text}"; it must be {allowed}')
    return frozenset(words(text) for text in texts)


def _date(table: Table, key: str) -> date | None:
    value = table.take(key)
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise table.error(key, f"is {value}; it must be a date without quotes, such as 2026-08-11")
    return value


def _checked_on(top: Table) -> date:
    found = _date(top, "checked_on")
    if found is None:
        _missing(top, "checked_on", "the date the pack was last compared with its sources")
    return found


def _instant(table: Table, key: str, value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise table.error(
            key, f"is {value}; it must be an instant with its offset: 2026-07-14T11:00:00+02:00"
        )
    return value


def _missing(table: Table, key: str, allowed: str) -> NoReturn:
    raise table.error(key, f"is missing; it must be {allowed}")
