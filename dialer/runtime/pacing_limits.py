"""How far a team's pacing may be changed while it runs: what the law and the files leave open.

The wall keeps the limits of the ledgers whatever anybody asks for. A target above such a limit
would only be a number that is never reached, so it is refused with the limit's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.campaign_spec import CampaignSpec, PacingMode
from dialer.engine.snapshot import CampaignSnapshot
from dialer.errors import ServiceError
from dialer.pacing.settings import DialMode, PacingSettings

_WITH_AGENTS: tuple[DialMode, ...] = tuple(
    mode for mode in DialMode if mode is not DialMode.MESSAGE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingLimits:
    """What a team may be set to."""

    target_ratio_max: float
    limited_by: str
    """Which limit that is, in words."""
    modes: tuple[DialMode, ...]

    def check(self, before: PacingSettings, after: PacingSettings) -> None:
        """Raise ServiceError when what is changed goes beyond them."""
        if after.mode != before.mode and after.mode not in self.modes:
            allowed = ", ".join(self.modes)
            raise ServiceError(
                f"mode is '{after.mode}'; the team's campaigns allow one of {allowed}. Recorded "
                "surveys have no agents, and other campaigns need them."
            )
        if after.target_ratio != before.target_ratio and after.target_ratio > self.target_ratio_max:
            raise ServiceError(
                f"target_ratio is {after.target_ratio:g}; {self.limited_by}. Choose one that is "
                "not above it."
            )

    def as_data(self) -> dict[str, Any]:
        """The limits as plain JSON."""
        return {
            "target_ratio_max": self.target_ratio_max,
            "limited_by": self.limited_by,
            "modes": [str(mode) for mode in self.modes],
        }


def limits_of(specs: Sequence[CampaignSpec], campaigns: Sequence[CampaignSnapshot]) -> PacingLimits:
    """The lowest limit of all the team's ledgers, and the modes its campaigns can be run in."""
    modes = _WITH_AGENTS
    if specs and all(spec.pacing_mode is PacingMode.MESSAGE for spec in specs):
        modes = (DialMode.MESSAGE,)
    found = [
        (ledger.limit_ratio, f"ledger '{ledger.ledger}' of campaign '{campaign.name}'")
        for campaign in campaigns
        for ledger in campaign.ledgers
    ]
    found += [(spec.limit_ratio, f"the file of campaign '{spec.name}'") for spec in specs]
    if not found:
        return PacingLimits(
            target_ratio_max=1.0, limited_by="no campaign of the team limits it yet", modes=modes
        )
    lowest, whose = min(found, key=lambda one: one[0])
    return PacingLimits(
        target_ratio_max=lowest,
        limited_by=f"{whose} allows at most {lowest:.2%} of live answers abandoned",
        modes=modes,
    )
