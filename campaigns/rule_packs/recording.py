"""How a call may be recorded, by the rules of every place its person may be in.

The strictest wins: where one of them wants an agreement, a notice is not enough; where one wants a
limit on how long recordings are kept and the campaign sets none, nothing is recorded at all.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.rule_packs.applied import Applied


@enum.unique
class RecordingMode(enum.StrEnum):
    """What a recording may be. From the freest to the strictest."""

    NOTICE = "notice"
    """Begins only after the person was told."""
    CONSENT = "consent"
    """Begins only after the person was told and agreed."""
    OFF = "off"
    """May not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPolicy:
    """The word on one call, or on all calls of a campaign."""

    mode: RecordingMode
    text: str
    """One sentence why."""
    citations: tuple[str, ...]
    """Of the rules that make it so; empty where no rule was read, and the notice is a policy."""


_FREEST = RecordingPolicy(
    mode=RecordingMode.NOTICE,
    text="No rule for recordings was read for this place; people are told as a policy.",
    citations=(),
)


def recording_policy(applied: Applied, *, has_retention_limit: bool) -> RecordingPolicy:
    """What the rules that apply to a call leave of recording it.

    `has_retention_limit`: the campaign says after how many days its calls' records are removed.
    """
    limits = [rule for rule in applied.recordings if rule.is_retention_limit_required]
    if limits and not has_retention_limit:
        return _policy(
            RecordingMode.OFF,
            "Recordings need a limit on how long they are kept, and the campaign has none "
            "(retention.attempts_days).",
            (rule.citation for rule in limits),
        )
    consents = [rule for rule in applied.recordings if rule.notice == "consent"]
    if consents:
        return _policy(
            RecordingMode.CONSENT,
            "Recorded only after the person was told and agreed.",
            (rule.citation for rule in consents),
        )
    if applied.recordings:
        return _policy(
            RecordingMode.NOTICE,
            "Recorded only after the person was told.",
            (rule.citation for rule in applied.recordings),
        )
    return _FREEST


def strictest(policies: Iterable[RecordingPolicy]) -> RecordingPolicy:
    """The one that all of them allow; the freest of none."""
    order = list(RecordingMode)
    return max(policies, key=lambda each: order.index(each.mode), default=_FREEST)


def _policy(mode: RecordingMode, text: str, citations: Iterable[str]) -> RecordingPolicy:
    return RecordingPolicy(mode=mode, text=text, citations=tuple(dict.fromkeys(citations)))
