"""The facade: opens the database, owns its pool, and holds one object for each noun."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.consent_registry import ConsentRegistry, FileRegistry
from campaigns.store.agent_days import AgentDays
from campaigns.store.agents import Agents
from campaigns.store.api_requests import ApiRequests
from campaigns.store.attempts import Attempts
from campaigns.store.audit import AuditLog
from campaigns.store.board_figures import BoardFigures
from campaigns.store.callbacks import Callbacks
from campaigns.store.campaigns import Campaigns
from campaigns.store.clients import Clients
from campaigns.store.consents import Consents
from campaigns.store.control import Control
from campaigns.store.database import check_server, make_engine, normal_url, require_schema
from campaigns.store.do_not_call import DoNotCall
from campaigns.store.embedded import EmbeddedPostgres
from campaigns.store.explain import Explain
from campaigns.store.forecast import Forecasts
from campaigns.store.hand_overs import HandOvers
from campaigns.store.lead_cards import LeadCards
from campaigns.store.lead_pages import LeadPages
from campaigns.store.lead_uploads import LeadUploads
from campaigns.store.leads import Leads
from campaigns.store.leases import Leases
from campaigns.store.ledgers import LedgerStore
from campaigns.store.messages import Messages
from campaigns.store.notes import Notes
from campaigns.store.phones import Phones
from campaigns.store.privacy import Privacy
from campaigns.store.quality import Quality
from campaigns.store.quotas import Quotas
from campaigns.store.recordings import Recordings
from campaigns.store.recycling import Recycling
from campaigns.store.reports import Reports
from campaigns.store.results import Results, heal
from campaigns.store.rules import Rules
from campaigns.store.screening import ScreeningStore
from campaigns.store.scripts import Scripts
from campaigns.store.sessions import Sessions
from campaigns.store.sign_in_waits import SignInWaits
from campaigns.store.snapshots import Snapshots
from campaigns.store.surveys import Surveys
from campaigns.store.switch_drains import SwitchDrains
from campaigns.store.team_pacing import TeamPacing
from campaigns.store.teams import Teams
from campaigns.store.tokens import Tokens
from campaigns.store.users import Users
from campaigns.store.webhook_queue import WebhookQueue
from campaigns.store.webhooks import Webhooks


class Store:
    """Everything the dialer keeps. Open it with `Store.open`, close it, or use it in `async
    with`."""

    def __init__(
        self,
        engine: AsyncEngine,
        embedded: EmbeddedPostgres | None = None,
        *,
        registries: Mapping[str, ConsentRegistry] | None = None,
    ) -> None:
        self._engine = engine
        self._embedded = embedded
        self.url = engine.url.render_as_string(hide_password=False)
        """The SQLAlchemy URL in use, password and all: not for logs."""
        self.campaigns = Campaigns(engine)
        self.teams = Teams(engine)
        self.agents = Agents(engine)
        self.agent_days = AgentDays(engine)
        self.leads = Leads(engine)
        self.lead_cards = LeadCards(engine)
        self.notes = Notes(engine)
        self.hand_overs = HandOvers(engine)
        self.lead_pages = LeadPages(engine)
        self.lead_uploads = LeadUploads(engine)
        self.attempts = Attempts(engine, registries)
        self.consents = Consents(engine)
        self.callbacks = Callbacks(engine)
        self.do_not_call = DoNotCall(engine)
        self.control = Control(engine)
        self.leases = Leases(engine)
        self.team_pacing = TeamPacing(engine)
        self.snapshots = Snapshots(engine)
        self.switch_drains = SwitchDrains(engine)
        self.reports = Reports(engine)
        self.results = Results(engine)
        self.ledgers = LedgerStore(engine)
        self.recordings = Recordings(engine)
        self.quality = Quality(engine)
        self.recycling = Recycling(engine)
        self.rules = Rules(engine)
        self.explain = Explain(engine, self.attempts.registries)
        self.forecasts = Forecasts(engine)
        self.privacy = Privacy(engine)
        self.scripts = Scripts(engine)
        self.quotas = Quotas(engine)
        self.surveys = Surveys(engine)
        self.screening = ScreeningStore(engine)
        self.audit = AuditLog(engine)
        self.tokens = Tokens(engine)
        self.api_requests = ApiRequests(engine)
        self.webhooks = Webhooks(engine)
        self.webhook_queue = WebhookQueue(engine)
        self.phones = Phones(engine, self.agents)
        self.messages = Messages(engine)
        self.users = Users(engine)
        self.clients = Clients(engine)
        self.sessions = Sessions(engine)
        self.sign_in_waits = SignInWaits(engine)
        self.board = BoardFigures(engine)

    @classmethod
    async def open(cls, url: str | None, *, directory: Path, upgrade: bool = True) -> Self:
        """Open the database at `url`, an ordinary `postgresql://` one; None for the embedded
        PostgreSQL.

        The embedded one keeps its data in `directory`/postgres and is shared with every other
        process that opens the same directory. `upgrade` brings the schema to the newest revision;
        without it an older schema raises `DatabaseOutdated`. Raises `DatabaseUnavailable` with a
        sentence.
        """
        embedded: EmbeddedPostgres | None = None
        if url is None:
            embedded = await asyncio.to_thread(EmbeddedPostgres.start, directory)
            url = embedded.url
        engine: AsyncEngine | None = None
        try:
            engine = make_engine(normal_url(url))
            await check_server(engine)
            await require_schema(engine, upgrade=upgrade)
            if upgrade:
                await heal(engine)
        except BaseException:
            if engine is not None:
                await engine.dispose()
            if embedded is not None:
                await asyncio.to_thread(embedded.close)
            raise
        # Turkey's, by the name that its rule pack has for it.
        iys = FileRegistry(directory / "registries" / "iys.csv", region="TR")
        return cls(engine, embedded, registries={"iys": iys})

    async def close(self) -> None:
        """Close all connections; the last user of an embedded PostgreSQL stops it."""
        await self._engine.dispose()
        if self._embedded is not None:
            embedded, self._embedded = self._embedded, None
            await asyncio.to_thread(embedded.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
