"""What a campaign tells the agent's screen: the greeting, reasons for pauses, and specialists."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialist:
    """Somebody at the client who takes over an interested lead."""

    name: str
    number: str | None = None
    """E.164; None where only messages reach them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSpec:
    """The table `[desk]` of a campaign file."""

    greeting: str = ""
    """Said first; `{agent}`, `{client}`, `{name}` and columns of the list are filled in. Empty for
    the desk's own, in the agent's language."""
    pause_reasons: tuple[str, ...] = ()
    """What an agent of the campaign may pause for; empty for the usual ones."""
    specialists: tuple[Specialist, ...] = ()
    """In the order in which the desk offers them."""

    def specialist(self, name: str) -> Specialist | None:
        """The specialist of that name, or None."""
        return next((one for one in self.specialists if one.name == name), None)
