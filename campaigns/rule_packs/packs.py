"""All rule packs together, and the rules that apply to one call.

A pack applies where it names the country (or state) the called party may be in. A country without
a state stands for all its states, so the rules of every one of them apply. Countries no pack names
have the cautious default. Rules are only ever added by a further jurisdiction, never taken away:
the strictest wins.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from campaigns.campaign_spec import Purpose
from campaigns.jurisdictions import Jurisdiction, key, parse_key
from campaigns.number_plans import PhoneKind
from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.examples import Example
from campaigns.rule_packs.law_window import HoursUnder
from campaigns.rule_packs.pack import DEFAULT_PACK, Pack, PackError
from campaigns.rule_packs.public_holidays import has_calendar
from campaigns.rule_packs.reading import read_pack
from campaigns.rule_packs.rules import Hours, Rule

_DATA = Path(__file__).with_name("data")
_APPLIED_KEPT_MAX = 8_000
"""Pairs of states times purposes and kinds: what a wide centre needs in a day. Yesterday's go when
it is full; finding one anew takes a quarter of a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packs:
    """Every pack, by id."""

    by_id: Mapping[str, Pack]
    _applied: dict[tuple[str, str, str | None, date, tuple[str, ...]], Applied] = field(
        default_factory=dict
    )

    @property
    def rules(self) -> dict[str, Rule]:
        """Every rule of every pack by its id."""
        return {rule.id: rule for pack in self.by_id.values() for rule in pack.rules}

    @property
    def examples(self) -> tuple[Example, ...]:
        """Every example case of every pack."""
        return tuple(each for pack in self.by_id.values() for each in pack.examples)

    def applicable(
        self,
        jurisdictions: Iterable[Jurisdiction] | str,
        *,
        purpose: Purpose | str,
        number_kind: PhoneKind | str | None,
        on: date,
        extra: tuple[str, ...] = (),
    ) -> Applied:
        """The rules for a call to somebody who may be in `jurisdictions` (or their key).

        `on` is the day in UTC that decides which rules hold; for calling hours the local date of
        the instant asked about does. `number_kind` None is unknown: rules of every kind apply. No
        jurisdictions at all is nowhere in particular: every pack applies. `extra` are ids of packs
        that apply whatever the number says. Raises PackError for an id that no pack has.
        """
        where = jurisdictions if isinstance(jurisdictions, str) else key(jurisdictions)
        cached = self._applied.get((where, purpose, number_kind, on, extra))
        if cached is None:
            if len(self._applied) >= _APPLIED_KEPT_MAX:
                self._applied.clear()
            cached = self._applied[where, purpose, number_kind, on, extra] = self._find(
                parse_key(where),
                Purpose(purpose),
                None if number_kind is None else PhoneKind(number_kind),
                on,
                extra,
            )
        return cached

    def _find(
        self,
        places: tuple[Jurisdiction, ...],
        purpose: Purpose,
        kind: PhoneKind | None,
        on: date,
        extra: tuple[str, ...],
    ) -> Applied:
        rules: list[Rule] = []
        hours: list[HoursUnder] = []
        for pack in self._packs_of(places, extra):
            for rule in pack.rules:
                whole = pack.id in extra or not places
                if not ((whole or _is_here(rule, places)) and _is_for(rule, purpose, kind)):
                    continue
                if rule.holds_on(on):
                    rules.append(rule)
                if isinstance(rule, Hours):
                    # Kept whatever its dates: the window asks on the local date of each instant.
                    hours.append(HoursUnder(rule=rule, calendars=_calendars(rule, places)))
        return Applied(
            jurisdictions=places,
            purpose=purpose,
            number_kind=kind,
            on=on,
            rules=tuple(rules),
            hours=tuple(hours),
        )

    def _packs_of(self, places: tuple[Jurisdiction, ...], extra: tuple[str, ...]) -> Iterator[Pack]:
        unknown = [each for each in extra if each not in self.by_id]
        if unknown:
            raise PackError(
                f'there is no rule pack "{unknown[0]}"; the packs are {", ".join(self.by_id)}'
            )
        named = {country for pack in self.by_id.values() for country in pack.countries}
        is_unnamed = any(place.country not in named for place in places)
        for pack in self.by_id.values():
            if (
                not places
                or pack.id in extra
                or pack.is_everywhere
                or (pack.id == DEFAULT_PACK and is_unnamed)
                or any(place.country in pack.countries for place in places)
            ):
                yield pack


@functools.cache
def load_packs(directory: Path = _DATA) -> Packs:
    """Read and check every pack file of a directory, once. Raises PackError."""
    files = sorted(directory.glob("*.toml"))
    if not files:
        raise PackError(f"{directory}: holds no rule packs (*.toml)")
    return packs_from([read_pack(path.read_text(encoding="utf-8"), path.name) for path in files])


def packs_from(packs: Sequence[Pack]) -> Packs:
    """Packs that fit together: no id twice, every example naming rules that exist."""
    by_id: dict[str, Pack] = {}
    rules: dict[str, str] = {}
    for pack in packs:
        if pack.id in by_id:
            raise PackError(f'{pack.file}: id "{pack.id}" is used by another pack too')
        by_id[pack.id] = pack
        for rule in pack.rules:
            if rule.id in rules:
                raise PackError(f'{pack.file}: rule "{rule.id}" is in {rules[rule.id]} too')
            rules[rule.id] = pack.file
    for pack in packs:
        for number, example in enumerate(pack.examples, start=1):
            if example.reason is not None and example.reason not in rules:
                raise PackError(
                    f'{pack.file}: example {number} names the rule "{example.reason}", which no '
                    "pack has"
                )
    return Packs(by_id=by_id)


def _is_here(rule: Rule, places: tuple[Jurisdiction, ...]) -> bool:
    return not rule.jurisdictions or any(
        _covers(each, place) for each in rule.jurisdictions for place in places
    )


def _covers(rule_place: Jurisdiction, place: Jurisdiction) -> bool:
    """True when somebody who may be in `place` may be in `rule_place`."""
    return rule_place.country == place.country and (
        rule_place.subdivision is None
        or place.subdivision is None
        or rule_place.subdivision == place.subdivision
    )


def _is_for(rule: Rule, purpose: Purpose, kind: PhoneKind | None) -> bool:
    if purpose not in rule.purposes and purpose not in rule.purposes_starred:
        return False
    if kind is None or kind in rule.number_kinds:
        return True
    # A range that does not tell the two apart may be either.
    return kind is PhoneKind.FIXED_OR_MOBILE and bool(
        rule.number_kinds & {PhoneKind.FIXED, PhoneKind.MOBILE}
    )


def _calendars(rule: Hours, places: tuple[Jurisdiction, ...]) -> tuple[str, ...]:
    """The calendars whose holidays count; a country the library lacks has none to offer."""
    if not rule.is_closed_on_holidays:
        return ()
    if rule.holiday_calendars:
        return rule.holiday_calendars
    return tuple(
        dict.fromkeys(
            name for place in places for name in (str(place), place.country) if has_calendar(name)
        )
    )
