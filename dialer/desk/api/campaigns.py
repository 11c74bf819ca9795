"""Campaigns: what there are, how they do, start, pause and stop; and how their team is paced."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from campaigns.reports.account_files import figures_of
from campaigns.reports.accounts import read_accounts
from campaigns.reports.periods import BadPeriod, zone_of
from campaigns.reports.report import read_report
from campaigns.store.rows import CampaignRow
from campaigns.store.tokens import Scope
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_after
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.service import ask
from dialer.desk.api.words import Cursor, Moment, NamePath
from dialer.desk.problems import answers

router = APIRouter(tags=["campaigns"], route_class=KeptRoute)

_Reads = Annotated[Reach, Depends(reach(Scope.CAMPAIGNS_READ))]
_Controls = Annotated[Reach, Depends(reach(Scope.CAMPAIGNS_CONTROL))]
State = Literal["draft", "running", "paused", "stopped"]


class DispositionOut(BaseModel):
    """What an agent may say of a call."""

    code: str
    label: str
    kind: str
    is_final: bool = Field(description="The lead is finished with it.")


class CampaignOut(BaseModel):
    """A campaign."""

    id: int
    name: str
    client: str
    team: str
    state: State
    region: str = Field(description="Country in which numbers without + are read.")
    caller_id: str
    dispositions: list[DispositionOut]
    created_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None

    @classmethod
    def of(cls, row: CampaignRow) -> "CampaignOut":
        """The row, as it is answered."""
        said = {name: getattr(row, name, None) for name in cls.model_fields}
        dispositions = [
            {name: getattr(one, name) for name in DispositionOut.model_fields}
            for one in row.spec.dispositions
        ]
        return cls.model_validate(
            said
            | {"team": row.team_name, "region": row.spec.region, "caller_id": row.spec.caller_id}
            | {"dispositions": dispositions}
        )


class LeadCountsOut(BaseModel):
    """How far the leads are. `total` is the sum of the states below it but `attempted`."""

    total: int
    callable_now: int
    waiting: int = Field(description="Callable later: retry time or calling hours have not come.")
    leased: int
    dialling: int
    done: int
    invalid: int
    attempted: int = Field(description="With at least one attempt, in whatever state.")


class CampaignDone(BaseModel):
    """What was done."""

    campaign: str
    state: State


class Figures(BaseModel):
    """The report of a campaign in a period, as `dialer report --json` has it."""

    campaign: str
    client: str
    since: datetime
    until: datetime
    time_zone: str
    attempts: int
    answered: int
    live_answers: int
    contacts: int = Field(description="Live answers that spoke with an agent.")
    handled: int
    abandoned: int
    sales: int
    limit_ratio: float = Field(description="Of abandoned to live answers.")
    outcomes: dict[str, int]
    dispositions: dict[str, int] = Field(description="Under the empty key: nothing was said.")
    kpis: dict[str, float | None] = Field(
        description="Each defined in the report; null where its denominator is zero."
    )
    callbacks: dict[str, int]


class LedgerOut(BaseModel):
    """One window of one account of abandoned calls."""

    regime: str
    account: str
    begins_at: datetime
    ends_at: datetime | None = Field(description="Null while the window is open.")
    numerator: float
    denominator: float
    ratio: float | None
    limit_ratio: float
    is_over: bool
    live_answers: int
    abandoned: int
    formula: str
    citation: str


class NotCallable(BaseModel):
    """Leads that cannot be called now for one reason."""

    code: str
    text: str
    leads: int


class CallableLeads(BaseModel):
    """Of all leads, how many can be called now, and what of the rest."""

    campaign: str
    as_of: datetime
    total: int
    callable_now: int
    first_opens_at: datetime | None
    reasons: list[NotCallable]


@router.get("/campaigns", summary="List campaigns")
async def list_campaigns(
    request: Request,
    reach: _Reads,
    state: State | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[CampaignOut]:
    """Yours, in the order in which they were created."""
    after = read_after(cursor)
    rows = sorted(await reach.campaigns(), key=lambda row: row.id)
    found = [
        CampaignOut.of(row)
        for row in rows
        if row.id > after and (state is None or row.state == state)
    ]
    return page_of(request, found[: limit + 1], most=limit, last=lambda one: (one.id,))


@router.get("/campaigns/{campaign}", summary="One campaign", responses=answers(404))
async def get_campaign(campaign: NamePath, reach: _Reads) -> CampaignOut:
    """With the dispositions its agents choose from."""
    return CampaignOut.of(await reach.campaign(campaign))


@router.get(
    "/campaigns/{campaign}/lead-counts", summary="How far its leads are", responses=answers(404)
)
async def get_lead_counts(campaign: NamePath, reach: _Reads) -> LeadCountsOut:
    """Reads every lead once; ask once a minute, not once a second."""
    row = await reach.campaign(campaign)
    counts = await reach.store.leads.counts(row.id, reach.now)
    return LeadCountsOut(**{name: getattr(counts, name) for name in LeadCountsOut.model_fields})


@router.get("/campaigns/{campaign}/figures", summary="Figures of a period", responses=answers(404))
async def get_figures(
    campaign: NamePath,
    reach: _Reads,
    since: Annotated[Moment | None, Query(description="Its first attempt when left out.")] = None,
    until: Annotated[Moment | None, Query(description="Its last attempt when left out.")] = None,
) -> Figures:
    """Attempts begun in [since, until), agents' time in it, and the shares made of them."""
    row = await reach.campaign(campaign)
    try:
        report = await read_report(reach.store, row, since=since, until=until, now=reach.now)
    except BadPeriod as error:
        raise HTTPException(422, str(error)) from error
    return Figures.model_validate(report.document())


@router.get(
    "/campaigns/{campaign}/ledgers", summary="Accounts of abandoned calls", responses=answers(404)
)
async def list_ledgers(
    campaign: NamePath,
    reach: _Reads,
    since: Moment | None = None,
    until: Moment | None = None,
) -> list[LedgerOut]:
    """As each regulator counts them, counted from the stored calls; windows are shown whole."""
    row = await reach.campaign(campaign)
    begin = since or row.started_at or row.created_at
    end = until or max(reach.now, begin + timedelta(seconds=1))
    if end <= begin:
        raise HTTPException(422, "until is not after since. Give a later end.")
    zone = zone_of(row.spec)
    accounts = await read_accounts(reach.store, row, since=begin, until=end, zone=zone)
    return [
        LedgerOut.model_validate({"regime": one.rule.regime} | figures_of(one, zone))
        for one in accounts
    ]


@router.get(
    "/campaigns/{campaign}/callable-leads",
    summary="How many can be called now, and why not the rest",
    responses=answers(404),
)
async def get_callable_leads(campaign: NamePath, reach: _Reads) -> CallableLeads:
    """Each lead once, under the first reason it cannot be called for now. What only the check in
    the moment of dialling knows, such as a consent, is in `dialer campaign preflight`."""
    row = await reach.campaign(campaign)
    found = await reach.store.explain.overview(row.id, now=reach.now)
    return CallableLeads(
        campaign=row.name,
        as_of=found.as_of,
        total=found.total,
        callable_now=found.callable_now,
        first_opens_at=found.first_opens_at,
        reasons=[
            NotCallable(code=one.code, text=one.text, leads=one.count) for one in found.reasons
        ],
    )


@router.post(
    "/campaigns/{campaign}/start", summary="Begin or go on calling", responses=answers(404, 409)
)
async def start_campaign(request: Request, campaign: NamePath, reach: _Controls) -> CampaignDone:
    """Refused with 409 and the rule's words while its settings do not meet the law over its
    leads."""
    return await _set_state(request, reach, campaign, "campaign.start")


@router.post(
    "/campaigns/{campaign}/pause", summary="Make no new calls for now", responses=answers(404, 409)
)
async def pause_campaign(request: Request, campaign: NamePath, reach: _Controls) -> CampaignDone:
    """Calls under way go on. `start` goes on."""
    return await _set_state(request, reach, campaign, "campaign.pause")


@router.post(
    "/campaigns/{campaign}/stop", summary="Make no more calls", responses=answers(404, 409)
)
async def stop_campaign(request: Request, campaign: NamePath, reach: _Controls) -> CampaignDone:
    """Calls under way go on to their end."""
    return await _set_state(request, reach, campaign, "campaign.stop")


async def _set_state(request: Request, reach: Reach, name: str, kind: str) -> CampaignDone:
    row = await reach.campaign(name)
    answer = await ask(request, reach, kind, {"campaign": row.name})
    return CampaignDone.model_validate(answer)


class Pacing(BaseModel, extra="forbid"):
    """How a team's calls follow its agents; what is left out stays as it is."""

    mode: Literal["preview", "progressive", "ratio", "predictive"] | None = None
    ratio: float | None = Field(
        default=None, ge=1, le=10, description="Lines for each ready agent, in mode `ratio`."
    )
    target_ratio: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Abandoned of live answers to aim at; the campaign's limit still holds.",
    )
    wall: Literal["forecast", "strict"] | None = None


class PacingOut(BaseModel):
    """How a team is paced."""

    team: str
    is_set: bool = Field(description="Set by a person; it goes before the campaigns' files.")
    mode: str
    ratio: float
    target_ratio: float
    wall: str


@router.get(
    "/teams/{team}/pacing",
    tags=["teams"],
    summary="How a team is paced",
    responses=answers(404, 409),
)
async def get_pacing(request: Request, team: NamePath, reach: _Reads) -> PacingOut:
    """As the running dialer has it."""
    return await _pacing(request, reach, team, {})


@router.patch(
    "/teams/{team}/pacing",
    tags=["teams"],
    summary="Change how a team is paced",
    responses=answers(404, 409),
    openapi_extra=examples.body(examples.PACING),
)
async def set_pacing(
    request: Request, team: NamePath, wanted: Pacing, reach: _Controls
) -> PacingOut:
    """In force at once, kept over restarts, audited. The law's limits are walls that no setting
    passes."""
    return await _pacing(request, reach, team, wanted.model_dump(exclude_none=True))


async def _pacing(request: Request, reach: Reach, name: str, args: Mapping[str, Any]) -> PacingOut:
    team = await reach.team(name)
    answer = await ask(request, reach, "team.pacing", {"team": team.name, **args})
    return PacingOut.model_validate({key: answer.get(key) for key in PacingOut.model_fields})
