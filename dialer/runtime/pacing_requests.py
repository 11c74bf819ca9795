"""What people ask about a team's pacing: validated, kept on disk, audited, and in force at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from campaigns.store.rows import ControlRequest
from campaigns.store.store import Store
from dialer.engine.ids import TeamId
from dialer.errors import ServiceError
from dialer.pacing.settings import DialMode, PacingSettings, PreviewTimeout, Wall
from dialer.runtime.campaign_feed import CampaignFeed
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.instants import to_datetime
from dialer.runtime.pacing_limits import PacingLimits, limits_of

RATIO_MAX = 10.0
"""Lines for each ready agent; above this the wall, not the ratio, would be what decides."""
PREVIEW_SECONDS_MAX = 3600.0
"""Nobody reads a record for longer, and its number is kept from others meanwhile."""

Answer = dict[str, Any]


class PacingRequests:
    """Shows and sets how a team is paced."""

    def __init__(self, store: Store, driver: Driver, clock: Clock, feed: CampaignFeed) -> None:
        self._store = store
        self._driver = driver
        self._clock = clock
        self._feed = feed

    async def handle(self, request: ControlRequest) -> Answer:
        """Set what is named and leave the rest; with nothing named, only say what is so."""
        name = request.args.get("team")
        if not isinstance(name, str) or not name:
            raise ServiceError(f"The request {request.kind} needs 'team', the name of one.")
        team = await self._store.teams.get(name)
        team_id = TeamId(team.id)
        await self._feed.ensure_team(team_id, team.name, None)
        before = self._feed.pacing(team_id) or PacingSettings()
        if request.args.get("reset") is True:
            after = self._feed.pacing_of_files(team_id)
        else:
            after = changed(before, request.args)
            self._limits(team_id).check(before, after)
        now = to_datetime(self._clock.now())
        words: dict[str, Any] = {"before": as_data(before), "by": request.by, "now": now}
        if request.args.get("reset") is True:
            await self._store.team_pacing.reset(team_id, as_data(after), **words)
            self._feed.set_pacing(team_id, team.name, after, is_pinned=False)
        elif after != before:
            await self._store.team_pacing.set(team_id, as_data(after), **words)
            self._feed.set_pacing(team_id, team.name, after, is_pinned=True)
        return {
            "team": team.name,
            "is_set": self._feed.is_pinned(team_id),
            **as_data(after),
            "limits": self._limits(team_id).as_data(),
        }

    def _limits(self, team_id: TeamId) -> PacingLimits:
        snapshot = self._driver.snapshot()
        specs = [
            row.spec
            for one in self._feed.campaigns_of(team_id)
            if (row := self._feed.row(one)) is not None
        ]
        ours = [one for one in snapshot.campaigns if one.team_id == team_id]
        return limits_of(specs, ours)


def as_data(pacing: PacingSettings) -> dict[str, Any]:
    """The settings as plain JSON."""
    data: dict[str, Any] = msgspec.to_builtins(pacing)
    return data


def pacing_of(data: Mapping[str, Any]) -> PacingSettings:
    """Settings kept on disk; what an older version did not know has its default.

    Raises ServiceError when this version cannot take them.
    """
    try:
        return msgspec.convert(dict(data), PacingSettings)
    except msgspec.ValidationError as error:
        raise ServiceError(
            f"The pacing kept for a team cannot be read: {error}. Set it again with "
            "`dialer team pacing`, or go back to its campaigns' files with --reset."
        ) from error


def changed(before: PacingSettings, args: Mapping[str, Any]) -> PacingSettings:
    """`before` with what the request names. Raises ServiceError for a value that is none."""
    return replace(
        before,
        mode=_choice(args, "mode", DialMode, before.mode),
        ratio=_number(args, "ratio", before.ratio, 1.0, RATIO_MAX),
        target_ratio=_number(args, "target_ratio", before.target_ratio, 0.0, 1.0),
        wall=_choice(args, "wall", Wall, before.wall),
        preview_seconds_max=_number(
            args, "preview_seconds_max", before.preview_seconds_max, 1.0, PREVIEW_SECONDS_MAX
        ),
        preview_timeout=_choice(args, "preview_timeout", PreviewTimeout, before.preview_timeout),
    )


def _number(
    args: Mapping[str, Any], key: str, default: float, minimum: float, maximum: float
) -> float:
    value = args.get(key, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not minimum <= value <= maximum:
        raise ServiceError(f"{key} is {value!r}; it may be {minimum:g} to {maximum:g}.")
    return float(value)


_E = TypeVar("_E", DialMode, Wall, PreviewTimeout)


def _choice(args: Mapping[str, Any], key: str, kind: type[_E], default: _E) -> _E:
    value = args.get(key, str(default))
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(one.value for one in kind)
        raise ServiceError(f"{key} is {value!r}; it may be one of {allowed}.") from None
