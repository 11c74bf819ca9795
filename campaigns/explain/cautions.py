"""What a person should look at before the start of a campaign, besides the counts of its leads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.demands import MessageMust, Unmet
from campaigns.explain.causes import Cause
from campaigns.explain.preflight import Preflight
from campaigns.explain.words import clock, listed, many
from campaigns.rule_packs.recording import RecordingMode, RecordingPolicy

_SOON = timedelta(days=3)
"""A list that goes stale within a weekend would stop Monday's dialling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """A do-not-call list that holds for the campaign."""

    name: str
    kind: str
    imported_at: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What there is beside the leads."""

    trunks: Sequence[str]
    settings_trunks: Sequence[str]
    team: str
    agents: int
    """Agents of the team, logged in or not."""
    lists: Sequence[ListState]
    missing_lists: Sequence[str]
    """Named by the campaign, and not there."""
    message_file: str | None
    """A recording the campaign plays and that is not there; None when it is, or cannot be seen."""
    is_service_running: bool
    unmet: Sequence[Unmet] = ()
    """Settings that the law over the leads forbids."""
    message_musts: Sequence[MessageMust] = ()
    """What the recorded message has to say by that law."""
    recording: RecordingPolicy | None = None
    """What that law leaves of recording the calls; None when nothing is to be said of it."""


def cautions(ready: Readiness, leads: Preflight) -> list[Cause]:
    """The warnings of a preflight, what stops all calls first."""
    found = [
        *_of_law(ready),
        *_of_calls(ready),
        *_of_lists(ready, leads.as_of),
        *_of_leads(leads),
    ]
    return sorted(found, key=lambda each: not each.is_blocking)


def _of_law(ready: Readiness) -> Iterator[Cause]:
    for each in ready.unmet:
        yield Cause(
            code=each.code,
            text=f"{each.text} ({each.citation})",
            fix="Mend the campaign's file, then: dialer campaign create FILE --replace",
        )
    for must in ready.message_musts:
        never = f"; it must not have: {', '.join(must.must_not_have)}" if must.must_not_have else ""
        yield Cause(
            code="message_contents",
            text=f"The message for abandoned calls must say: {', '.join(must.must_have)}{never} "
            f"({must.citation}).",
            fix="Listen to the recording once; no program can.",
            is_blocking=False,
        )
    if ready.recording is not None and ready.recording.mode is not RecordingMode.NOTICE:
        cited = f" ({'; '.join(ready.recording.citations)})" if ready.recording.citations else ""
        yield Cause(
            code="recording",
            text=f"Recordings: {ready.recording.text}{cited}",
            fix="Nothing must be mended while calls are not recorded.",
            is_blocking=False,
        )


def _of_calls(ready: Readiness) -> Iterator[Cause]:
    missing = [name for name in ready.trunks if name not in ready.settings_trunks]
    if missing:
        yield Cause(
            code="trunk_unknown",
            text=f"Trunk {listed(missing)} of the campaign is not in the settings.",
            fix="Add it as [[trunks]], or correct `trunks` in the campaign's file.",
            is_blocking=len(missing) == len(ready.trunks),
        )
    if ready.agents == 0:
        yield Cause(
            code="no_agents",
            text=f"Team '{ready.team}' has no agents.",
            fix=f"dialer agents add NAME --team {ready.team} --extension EXTENSION",
        )
    if ready.message_file is not None:
        yield Cause(
            code="message_missing",
            text=f"The message for abandoned calls is not there: {ready.message_file}",
            fix="Record it, or set files.sounds to the folder it is in.",
            is_blocking=False,
        )
    if not ready.is_service_running:
        yield Cause(
            code="no_service",
            text="No service runs, so nothing will be dialled yet.",
            fix="dialer run",
            is_blocking=False,
        )


def _of_lists(ready: Readiness, now: datetime) -> Iterator[Cause]:
    for name in ready.missing_lists:
        yield Cause(
            code="list_missing",
            text=f"The campaign names the do-not-call list '{name}', and there is none.",
            fix=f"dialer dnc import FILE --list {name}",
        )
    for each in ready.lists:
        if each.valid_until is None:
            continue
        if each.valid_until <= now:
            yield Cause(
                code="list_stale",
                text=f"Do-not-call list '{each.name}' has been stale since "
                f"{clock(each.valid_until)}.",
                fix=f"Bring in the newest file: dialer dnc import FILE --list {each.name}",
            )
        elif each.valid_until <= now + _SOON:
            yield Cause(
                code="list_soon_stale",
                text=f"Do-not-call list '{each.name}' goes stale at {clock(each.valid_until)}.",
                fix=f"Bring in the newest file: dialer dnc import FILE --list {each.name}",
                is_blocking=False,
            )


def _of_leads(leads: Preflight) -> Iterator[Cause]:
    if leads.total == 0:
        yield Cause(
            code="no_leads",
            text="The campaign has no leads.",
            fix=f"dialer leads import {leads.campaign} FILE",
        )
    elif leads.first_opens_at is None:
        yield Cause(
            code="never_callable",
            text="No lead is callable now, and none will become so by itself.",
            fix="See the reasons above.",
        )
    stale = leads.count("list_stale")
    if stale:
        details = next(each for each in leads.reasons if each.code == "list_stale").details
        yield Cause(
            code="required_list_stale",
            text=f"{many(stale, 'lead')} cannot be called for want of a fresh national list: "
            + "; ".join(each.text for each in details),
            fix="dialer dnc import FILE --list LIST --kind national --region COUNTRY --date DAY",
        )
    for each in leads.covered_only:
        yield Cause(
            code="covered_only",
            text=f"{many(each.count, 'lead')} may be called only while a free agent covers the "
            f"call: {each.text}. They are, whatever the pacing mode, so it is slower than for the "
            "others.",
            fix="Nothing must be mended. A consent on record lifts it: dialer consents import FILE",
            is_blocking=False,
        )
    if leads.unknown_zone:
        yield Cause(
            code="unknown_zone",
            text=f"{many(leads.unknown_zone, 'lead')} could be in several time zones: they are "
            "called only while all of those allow it.",
            fix="Import a column of postal codes, states or time zones.",
            is_blocking=False,
        )
