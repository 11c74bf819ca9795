"""Results of interviews: rates, how answers are distributed, and how the quotas stand."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from campaigns.scripts.questions import Kind, Measure
from campaigns.store.tokens import Scope
from campaigns.surveys.aapor import CODES
from campaigns.surveys.results import Results, results_of
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import Moment, NamePath
from dialer.desk.problems import answers

router = APIRouter(tags=["results"])

AT_ONCE_MAX = 1
"""Campaigns counted at once: a large one takes a processor for some seconds."""


class _Counted(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CaseCode(BaseModel):
    """Cases with one final code of AAPOR's Standard Definitions."""

    code: str = Field(examples=["1.1"])
    name: str
    cases: int


class RateOut(_Counted):
    """One outcome rate: value = over / under."""

    name: str = Field(description="RR1, RR3, COOP1, REF1 or CON1.")
    title: str
    definition: str
    over: float
    under: float
    value: float | None = Field(description="0 to 1; null without a case.")


class QuotaCell(_Counted):
    """How a quota stands."""

    name: str
    target: int
    interviews: int = Field(description="Complete ones that count towards it.")
    is_full: bool


class AnswerShare(_Counted):
    """One answer. The ratio and its interval of 95 % are of those who answered."""

    code: str
    label: str
    count: int
    ratio: float
    low: float
    high: float


class MeanOut(_Counted):
    """Of numbers and scales; low and high are the interval of 95 % of the mean."""

    value: float
    low: float
    high: float
    least: float
    most: float


class ScoreOut(_Counted):
    """NPS, from -1 to 1, or CSAT, from 0 to 1, with its interval of 95 %."""

    measure: Measure
    value: float
    low: float
    high: float


class QuestionOut(_Counted):
    """The answers to one question."""

    question: str
    text: str
    kind: Kind
    answered: int
    no_answer: int
    shares: Sequence[AnswerShare] = Field(
        description="Of a question with several answers the ratios may sum to more than 1; of "
        "texts those said most often."
    )
    mean: MeanOut | None
    score: ScoreOut | None


class SurveyOut(BaseModel):
    """What came of a campaign's interviews."""

    campaign: str
    since: datetime | None
    until: datetime | None
    only_complete: bool
    interviews: int = Field(description="That the questions are counted from.")
    questions: Sequence[QuestionOut]
    cases: int = Field(description="Leads called at least once, since the campaign began.")
    codes: Sequence[CaseCode] = Field(description="These cases by their final code.")
    e_ratio: float | None = Field(
        description="Estimated share of the cases of unknown eligibility that are eligible."
    )
    rates: Sequence[RateOut]
    quotas: Sequence[QuotaCell] = Field(description="As they stand now; empty without any.")


@router.get(
    "/campaigns/{campaign}/survey",
    summary="Results and quotas of interviews",
    responses=answers(404),
)
async def get_survey(
    request: Request,
    campaign: NamePath,
    reach: Annotated[Reach, Depends(reach(Scope.RESULTS_READ))],
    since: Annotated[
        Moment | None, Query(description="Interviews that began from then on.")
    ] = None,
    until: Annotated[Moment | None, Query(description="Interviews that began before.")] = None,
    interviews: Annotated[
        Literal["complete", "all"],
        Query(description="all: the answers of interviews that were broken off too."),
    ] = "complete",
) -> SurveyOut:
    """The figures of the page *Surveys*: answers to an agent's script or to a recorded survey.
    `since`, `until` and `interviews` choose the interviews that the questions are counted from;
    rates and quotas are always the whole campaign's. Of large campaigns it takes some seconds."""
    if since is not None and until is not None and until <= since:
        raise HTTPException(422, "until is not after since. Give a later end.")
    row = await reach.campaign(campaign)
    only_complete = interviews == "complete"
    surveys = reach.store.surveys
    async with request.app.state.survey_turns:
        held = await surveys.interviews(
            row.id, since=since, until=until, only_complete=only_complete
        )
        questions = await surveys.questions(row.id)
        cases = await surveys.cases(row.id)
        cells = await reach.store.quotas.status(row.id)
        found = await asyncio.to_thread(
            lambda: results_of(
                campaign=row.name,
                interviews=held,
                questions=questions,
                cases=cases,
                cells=cells,
                only_complete=only_complete,
            )
        )
    return _out(found, since, until)


def _out(found: Results, since: datetime | None, until: datetime | None) -> SurveyOut:
    return SurveyOut(
        campaign=found.campaign,
        since=since,
        until=until,
        only_complete=found.only_complete,
        interviews=found.interviews,
        questions=[QuestionOut.model_validate(each) for each in found.distributions],
        cases=found.rates.cases,
        codes=[
            CaseCode(code=code, name=CODES[code].name, cases=cases)
            for code, cases in found.rates.counts.items()
        ],
        e_ratio=found.rates.e_ratio,
        rates=[RateOut.model_validate(each) for each in found.rates.rates],
        quotas=[QuotaCell.model_validate(each) for each in found.cells],
    )
