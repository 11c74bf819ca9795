"""What stands at the top of each page, by the person's role. A new page adds its line here."""

from dataclasses import dataclass

from dialer.desk.guards import Person, Role
from dialer.desk.words import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry."""

    label: str
    """English; translated where it is shown."""
    href: str
    roles: tuple[Role, ...]


PLACES = (
    Place(label=N_("My desk"), href="/agent", roles=(Role.AGENT,)),
    Place(label=N_("My reviews"), href="/my-reviews", roles=(Role.AGENT,)),
    Place(label=N_("Floor"), href="/board", roles=(Role.SUPERVISOR,)),
    Place(label=N_("Quality"), href="/quality", roles=(Role.QUALITY, Role.SUPERVISOR)),
    Place(label=N_("Surveys"), href="/surveys", roles=(Role.SUPERVISOR, Role.QUALITY, Role.CLIENT)),
    Place(label=N_("Clients"), href="/client", roles=(Role.SUPERVISOR,)),
    Place(label=N_("Campaigns"), href="/client", roles=(Role.CLIENT,)),
    Place(label=N_("People"), href="/admin/users", roles=(Role.ADMINISTRATOR,)),
    Place(label=N_("Programs"), href="/admin/tokens", roles=(Role.ADMINISTRATOR,)),
)
HOMES = {
    Role.AGENT: "/agent",
    Role.SUPERVISOR: "/board",
    Role.QUALITY: "/quality",
    Role.CLIENT: "/client",
    Role.ADMINISTRATOR: "/admin/users",
}


def places_for(person: Person, paths: frozenset[str]) -> list[Place]:
    """The entries for this person, of pages that are served (`paths`)."""
    return [place for place in PLACES if person.is_one_of(*place.roles) and place.href in paths]


def home_of(person: Person, paths: frozenset[str]) -> str:
    """Where `/` leads this person."""
    home = HOMES[person.role]
    return home if home in paths else "/account"
