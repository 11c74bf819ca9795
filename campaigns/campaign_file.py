"""A campaign as a manager writes it: one TOML file, read into a `CampaignSpec` and back.

Every error names the file, the key, the value found and what is allowed there. A key nobody reads
is an error too, with the nearest known key suggested: a misspelt limit must not silently become the
default.

Ceilings that are law are refused here and cited; the dated rule packs of single countries come on
top.
"""

import difflib
import enum
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from campaigns.calling_hours import DEFAULT_CALLING_HOURS, BadCallingHours, CallingHours
from campaigns.campaign_spec import (
    LIMIT_RATIO_MAX,
    CampaignSpec,
    Duplicates,
    LeadOrder,
    OnAbandon,
    PacingMode,
    Purpose,
    Wall,
)
from campaigns.dispositions import (
    ALWAYS_FINAL_KINDS,
    CODE_PATTERN,
    DEFAULT_DISPOSITIONS,
    FINAL_KINDS,
    LABEL_LENGTH_MAX,
    Disposition,
    DispositionKind,
)
from campaigns.outcomes import Outcome
from campaigns.phone_numbers import BadNumber, is_region, parse
from campaigns.retry_rules import (
    DEFAULT_DISPOSITION_WAITS,
    DEFAULT_OUTCOME_WAITS,
    RetryRules,
    Wait,
    format_wait,
    parse_wait,
)

__all__ = [
    "CampaignFileError",
    "CampaignSpec",
    "campaign_document",
    "parse_campaign",
    "read_campaign_file",
]

FILE_BYTES_MAX = 1_000_000
"""A campaign file is a page or two; anything of this size is another file by mistake."""
RING_SECONDS_MIN = 15.0
"""47 CFR 64.1200(a)(6) and 16 CFR 310.4(b)(4)(ii): 15 seconds or four rings; Ofcom practice: 15."""
TOLERANCE_SECONDS_MAX = 2.0
"""16 CFR 310.4(b)(1)(iv): an agent within two seconds of the completed greeting."""
ABANDONED_WAIT_MIN_GB = timedelta(hours=72)
"""Ofcom's practice; a campaign for the United Kingdom may not shorten it."""
NAME_LENGTH_MAX = 80
LINES_PER_AGENT_MAX = 10.0
_TRUNK_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The name of a FreeSWITCH gateway; it ends up in a dial string, so nothing else is let through."""
_MESSAGE_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_E = TypeVar("_E", bound=enum.StrEnum)


class CampaignFileError(ValueError):
    """A campaign file that cannot be used; the text is one sentence for a person."""


def read_campaign_file(path: Path) -> CampaignSpec:
    """Read a TOML campaign file. Raises CampaignFileError."""
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise CampaignFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > FILE_BYTES_MAX:
        raise CampaignFileError(
            f"{path}: larger than {FILE_BYTES_MAX:,} bytes; not a campaign file"
        )
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CampaignFileError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CampaignFileError(f"{path}: is not valid TOML: {error}") from error
    return parse_campaign(document, source=str(path))


def parse_campaign(document: Mapping[str, Any], *, source: str) -> CampaignSpec:
    """Read a document of the shape of a campaign file (see docs/campaign-file.md).

    `source` is named in errors. Raises CampaignFileError.
    """
    top = _Table(source, "", document)
    region = top.text(
        "region", allowed="a two-letter country code such as US, GB or AZ", check=is_region
    )
    spec = CampaignSpec(
        name=top.text("name"),
        client=top.text("client"),
        team=top.text("team"),
        region=region,
        caller_id=_caller_id(top, region),
        trunks=_trunks(top),
        purpose=top.choice("purpose", Purpose, Purpose.MARKETING),
        weight=top.number("weight", 1.0, low=0.01, high=100.0),
        calling_hours=_calling_hours(top),
        retry=_retry(top.table("retry"), region),
        **_calls(top.table("calls")),
        **_pacing(top.table("pacing")),
        **_leads(top.table("leads")),
        dispositions=_dispositions(top),
    )
    top.refuse_unknown_keys()
    return spec


def campaign_document(spec: CampaignSpec) -> dict[str, Any]:
    """The document `parse_campaign` reads back as the same spec; JSON and TOML can both hold it."""
    waits: dict[str, Wait] = {
        **{outcome.value: wait for outcome, wait in spec.retry.outcome_waits.items()},
        **{f"disposed_{kind.value}": w for kind, w in spec.retry.disposition_waits.items()},
    }
    return {
        "name": spec.name,
        "client": spec.client,
        "team": spec.team,
        "region": spec.region,
        "caller_id": spec.caller_id,
        "trunks": list(spec.trunks),
        "purpose": spec.purpose.value,
        "weight": spec.weight,
        "calling_hours": list(spec.calling_hours.format()),
        "calls": {
            "ring_seconds": spec.ring_seconds,
            "answer_tolerance_seconds": spec.answer_tolerance_seconds,
            "wrap_up_seconds_max": spec.wrap_up_seconds_max,
            "on_abandon": spec.on_abandon.value,
            "message": spec.message,
        },
        "pacing": {
            "mode": spec.pacing_mode.value,
            "ratio": spec.pacing_ratio,
            "target_ratio": spec.target_ratio,
            "limit_ratio": spec.limit_ratio,
            "wall": spec.wall.value,
        },
        "leads": {"duplicates": spec.duplicates.value, "order": spec.order.value},
        "retry": {
            "attempts_max": spec.retry.attempts_max,
            **{key: format_wait(wait) for key, wait in waits.items()},
        },
        "dispositions": [
            {
                "code": each.code,
                "label": each.label,
                "kind": each.kind.value,
                "final": each.is_final,
            }
            for each in spec.dispositions
        ],
    }


class _Table:
    """One TOML table, remembering which of its keys were read."""

    def __init__(self, source: str, name: str, values: Mapping[str, Any]) -> None:
        self._source = source
        self._name = name
        self._values = values
        self._read: set[str] = set()
        self._tables: list[_Table] = []

    def error(self, key: str, message: str) -> CampaignFileError:
        """An error about `key`, naming the file and the full key."""
        return CampaignFileError(f"{self._source}: {self._name}{key}: {message}")

    def has(self, key: str) -> bool:
        """True when the file gives `key`."""
        return key in self._values

    def take(self, key: str) -> Any:
        """The raw value, or None when absent; the key counts as known."""
        self._read.add(key)
        return self._values.get(key)

    def table(self, key: str) -> "_Table":
        """The table under `key`, empty when absent."""
        value = self.take(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.error(key, f"is {_shown(value)}; it must be a table, written [{key}]")
        table = _Table(self._source, f"{self._name}{key}.", value or {})
        self._tables.append(table)
        return table

    def tables(self, key: str) -> "list[_Table] | None":
        """The array of tables under `key`; None when absent."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self.error(key, f"is {_shown(value)}; write each one as a table, [[{key}]]")
        found = [
            _Table(self._source, f"{self._name}{key}[{index}].", each)
            for index, each in enumerate(value, start=1)
        ]
        self._tables.extend(found)
        return found

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        allowed: str = f"text of 1 to {NAME_LENGTH_MAX} printable characters",
        check: Callable[[str], bool] = lambda text: len(text) <= NAME_LENGTH_MAX,
    ) -> str:
        """A text without control characters that passes `check`; required without a default."""
        value = self.take(key)
        if value is None:
            if default is not None:
                return default
            raise self.error(key, f"is missing; it must be {allowed}")
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.error(key, f"is {_shown(value)}; it must be {allowed}")
        if not check(value.strip()):
            raise self.error(key, f"is {_shown(value)}; it must be {allowed}")
        return value.strip()

    def number(self, key: str, default: float, *, low: float, high: float, why: str = "") -> float:
        """A number from `low` to `high`, both included; `why` is the source of the limits."""
        value = self.take(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            reason = f" ({why})" if why else ""
            raise self.error(
                key, f"is {_shown(value)}; it must be from {low:g} to {high:g}{reason}"
            )
        return float(value)

    def choice(self, key: str, words: type[_E], default: _E) -> _E:
        """One of the words of an enum."""
        value = self.take(key)
        if value is None:
            return default
        allowed = [word.value for word in words]
        words_text = ", ".join(allowed)
        if not isinstance(value, str) or value not in allowed:
            raise self.error(
                key,
                f"is {_shown(value)}; it must be one of {words_text}{_near(value, allowed)}",
            )
        return words(value)

    def refuse_unknown_keys(self) -> None:
        """Raise for the first key nobody asked for, here or in a table below."""
        for key in self._values:
            if key not in self._read:
                hint = _near(key, self._read)
                known = ", ".join(sorted(self._read))
                raise self.error(key, f"is not a known key{hint}; the keys here are {known}")
        for table in self._tables:
            table.refuse_unknown_keys()


def _caller_id(top: _Table, region: str) -> str:
    text = top.text("caller_id", allowed="a telephone number such as +12025550100")
    try:
        return parse(text, region).e164
    except BadNumber as error:
        raise top.error(
            "caller_id", f'is "{text}", which {error}; it must be a number that can be called back'
        ) from error


def _trunks(top: _Table) -> tuple[str, ...]:
    value = top.take("trunks")
    allowed = 'a list of gateway names, such as ["main", "reserve"]; letters, digits, - and _ only'
    if value is None:
        raise top.error("trunks", f"is missing; it must be {allowed}")
    if not isinstance(value, list) or not value or len(set(map(str, value))) != len(value):
        raise top.error("trunks", f"is {_shown(value)}; it must be {allowed}")
    for each in value:
        if not isinstance(each, str) or _TRUNK_PATTERN.fullmatch(each) is None:
            raise top.error("trunks", f"holds {_shown(each)}; it must be {allowed}")
    return tuple(value)


def _calling_hours(top: _Table) -> CallingHours:
    value = top.take("calling_hours")
    if value is None:
        return DEFAULT_CALLING_HOURS
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise top.error(
            "calling_hours", f'is {_shown(value)}; it must be lines such as ["mon-sat 09:00-20:00"]'
        )
    try:
        return CallingHours.parse(lines)
    except BadCallingHours as error:
        raise top.error("calling_hours", str(error)) from error


def _calls(calls: _Table) -> dict[str, Any]:
    return {
        "ring_seconds": calls.number(
            "ring_seconds",
            24.0,
            low=RING_SECONDS_MIN,
            high=120.0,
            why="the floor is 47 CFR 64.1200(a)(6), 15 seconds or four rings, and Ofcom practice",
        ),
        "answer_tolerance_seconds": calls.number(
            "answer_tolerance_seconds",
            2.0,
            low=0.5,
            high=TOLERANCE_SECONDS_MAX,
            why="the ceiling is 16 CFR 310.4(b)(1)(iv), two seconds",
        ),
        "wrap_up_seconds_max": calls.number("wrap_up_seconds_max", 30.0, low=0.0, high=3600.0),
        "on_abandon": calls.choice("on_abandon", OnAbandon, OnAbandon.MESSAGE),
        "message": calls.text(
            "message",
            "abandoned",
            allowed="the id of a recording: small letters, digits, - and _, not a path",
            check=lambda text: _MESSAGE_PATTERN.fullmatch(text) is not None,
        ),
    }


def _pacing(pacing: _Table) -> dict[str, Any]:
    limit = pacing.number(
        "limit_ratio",
        LIMIT_RATIO_MAX,
        low=0.0,
        high=LIMIT_RATIO_MAX,
        why="a share, not per cent; the ceiling is 16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7)",
    )
    return {
        "pacing_mode": pacing.choice("mode", PacingMode, PacingMode.PREDICTIVE),
        "pacing_ratio": pacing.number("ratio", 1.5, low=1.0, high=LINES_PER_AGENT_MAX),
        "target_ratio": pacing.number(
            "target_ratio", min(0.028, limit), low=0.0, high=limit, why="not above limit_ratio"
        ),
        "limit_ratio": limit,
        "wall": pacing.choice("wall", Wall, Wall.FORECAST),
    }


def _leads(leads: _Table) -> dict[str, Any]:
    return {
        "duplicates": leads.choice("duplicates", Duplicates, Duplicates.MERGE),
        "order": leads.choice("order", LeadOrder, LeadOrder.LIST),
    }


def _retry(retry: _Table, region: str) -> RetryRules:
    attempts = retry.take("attempts_max")
    if attempts is None:
        attempts = RetryRules().attempts_max
    if not isinstance(attempts, int) or isinstance(attempts, bool) or not 1 <= attempts <= 100:
        raise retry.error(
            "attempts_max", f"is {_shown(attempts)}; it must be a whole number from 1 to 100"
        )
    outcome_waits = dict(DEFAULT_OUTCOME_WAITS)
    for outcome in DEFAULT_OUTCOME_WAITS:
        if retry.has(outcome.value):
            outcome_waits[outcome] = _wait(retry, outcome.value)
        retry.take(outcome.value)
    disposition_waits = dict(DEFAULT_DISPOSITION_WAITS)
    for kind in DEFAULT_DISPOSITION_WAITS:
        key = f"disposed_{kind.value}"
        if retry.has(key):
            wait = _wait(retry, key)
            if not isinstance(wait, timedelta):
                raise retry.error(key, 'is "never"; say final = true at the disposition instead')
            disposition_waits[kind] = wait
        retry.take(key)
    abandoned = outcome_waits[Outcome.ABANDONED]
    if region == "GB" and isinstance(abandoned, timedelta) and abandoned < ABANDONED_WAIT_MIN_GB:
        raise retry.error(
            Outcome.ABANDONED.value,
            f'is "{format_wait(abandoned)}"; region GB needs at least "72h" (Ofcom practice)',
        )
    return RetryRules(
        attempts_max=attempts, outcome_waits=outcome_waits, disposition_waits=disposition_waits
    )


def _wait(retry: _Table, key: str) -> Wait:
    value = retry.take(key)
    try:
        if not isinstance(value, str):
            raise ValueError('a time such as "10m", "4h" or "3d", or "never"')
        return parse_wait(value)
    except ValueError as error:
        raise retry.error(key, f"is {_shown(value)}; it must be {error}") from error


def _dispositions(top: _Table) -> tuple[Disposition, ...]:
    tables = top.tables("dispositions")
    if tables is None:
        return DEFAULT_DISPOSITIONS
    found: dict[str, Disposition] = {}
    for table in tables:
        disposition = _disposition(table)
        if disposition.code in found:
            raise table.error("code", f'is "{disposition.code}", which is there already')
        found[disposition.code] = disposition
    if not any(each.kind is DispositionKind.DO_NOT_CALL for each in found.values()):
        raise top.error(
            "dispositions",
            "holds none of kind do_not_call; agents must be able to record that wish at once "
            "(47 CFR 64.1200(d))",
        )
    return tuple(found.values())


def _disposition(table: _Table) -> Disposition:
    code = table.text(
        "code",
        allowed="small letters, digits and _, such as no_interest",
        check=lambda text: CODE_PATTERN.fullmatch(text) is not None,
    )
    label = table.text(
        "label",
        allowed=f"text of 1 to {LABEL_LENGTH_MAX} characters",
        check=lambda text: len(text) <= LABEL_LENGTH_MAX,
    )
    kind = table.choice("kind", DispositionKind, DispositionKind.OTHER)
    is_final = table.take("final")
    if is_final is None:
        is_final = kind in FINAL_KINDS
    if not isinstance(is_final, bool):
        raise table.error("final", f"is {_shown(is_final)}; it must be true or false")
    if kind in ALWAYS_FINAL_KINDS and not is_final:
        raise table.error("final", f"is false; a disposition of kind {kind} always ends the lead")
    return Disposition(code=code, label=label, kind=kind, is_final=is_final)


def _near(value: object, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(value), list(words), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def _shown(value: object) -> str:
    """A value as it may be put in a sentence: short, and text in quotation marks."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}..."
