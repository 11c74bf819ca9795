"""Log-ins for whoever watches the demo: an agent beside the simulated ones, a supervisor, the
client."""

from dataclasses import dataclass
from datetime import UTC, datetime

from campaigns.passwords import new_password
from campaigns.roles import Role
from campaigns.store.rows import AgentRow, CampaignRow
from campaigns.store.store import Store

AGENT = "Guest"
EXTENSION = "1999"
TARIFF = """
currency = "EUR"
per_attempt = "0.02"
per_minute = "0.09"
per_agent_hour = "14.50"
minute_step_seconds = 1
vat_percent = "23"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What to type into the sign-in page."""

    name: str
    password: str
    for_what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """The visitor's own agent, and the log-ins."""

    agent: AgentRow
    logins: tuple[Login, ...]


async def make_visitors(store: Store, campaign: CampaignRow, *, now: datetime) -> Visitors:
    """Accounts with random passwords, an agent of the campaign's team, and a contract, so that the
    client's bill has prices. `now` is the demo's clock."""
    agent = await store.agents.add(AGENT, campaign.team_name, EXTENSION, by="demo", now=now)
    await store.clients.agree(
        campaign.client, tariff=TARIFF, hears_recordings=True, by="demo", now=now
    )
    logins = []
    for name, role, for_what in (
        ("agent", Role.AGENT, f"takes calls as {AGENT}, beside the simulated agents"),
        ("supervisor", Role.SUPERVISOR, "runs the floor"),
        ("client", Role.CLIENT, f"looks in for {campaign.client}"),
    ):
        password = new_password()
        await store.users.add(
            name,
            role,
            password,
            agent=AGENT if role is Role.AGENT else None,
            client=campaign.client if role is Role.CLIENT else None,
            # Sessions go by the clock on the wall, and accounts with them.
            by="demo",
            now=datetime.now(UTC),
        )
        logins.append(Login(name=name, password=password, for_what=for_what))
    return Visitors(agent=agent, logins=tuple(logins))
