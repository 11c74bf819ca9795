"""What each limit of the pacer means, and what would move it: for people."""

from collections.abc import Mapping

from dialer.pacing.view import Limit


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for the desk's catalogues; the desk translates it where it is shown."""
    return text


LIMIT_WORDS: Mapping[Limit, str] = {
    Limit.NO_AGENTS: N_("Nobody was at work; calls begin when an agent asks for them."),
    Limit.ONE_TO_ONE: N_("Every ready agent had a call on the way, and none may go beyond that."),
    Limit.RATIO: N_("The set number of lines for each ready agent was reached."),
    Limit.PRICE: N_("One more call would have cost more abandoned answers than it is worth."),
    Limit.WALL: N_("An abandonment ledger left no room for another call beyond the ready agents."),
    Limit.COLD_START: N_(
        "Too few calls had ended yet to trust the estimates, so one for each agent."
    ),
    Limit.SHOCK: N_(
        "Far more people answered than expected; for one ring time only ready agents "
        "are dialled for."
    ),
    Limit.TRUNK: N_(
        "Every line of the trunks was in use; more channels would let more calls start."
    ),
    Limit.CALLS_PER_SECOND: N_("The trunk takes no more call set-ups a second."),
    Limit.HOPPER_EMPTY: N_("There was no more lead in hand; see `dialer campaign why`."),
    Limit.PAUSED: N_("No campaign of the team was running."),
    Limit.DRAINING: N_("The service was leaving and began nothing new."),
    Limit.SWITCH_DOWN: N_("The switch was not in reach."),
    Limit.SWITCH_LOAD: N_("The switch was as busy as it should be; see `dialer switch list`."),
    Limit.SWITCH_DRAINING: N_(
        "The team is leaving its switch: its live calls end, then it goes on."
    ),
}
