"""Figures of surveys: AAPOR's rates, intervals, scores, cross-tables."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from campaigns.reports.survey_charts import draw_survey_charts
from campaigns.scripts.questions import Measure
from campaigns.scripts.reading import examine_script
from campaigns.surveys.aapor import CODES, CallFacts, code_of_case, rates_of
from campaigns.surveys.answer_files import answer_rows
from campaigns.surveys.cross_tables import chi_square, cross
from campaigns.surveys.distributions import distribution_of, score_of
from campaigns.surveys.interviews import Interview
from campaigns.surveys.results import results_of
from campaigns.surveys.shortest import questions_of_shortest
from tests.support.scripted_talk import example, small

SURVEY = example("service_survey")


def interview(index: int, **answers: Any) -> Interview:
    return Interview(
        call_id=f"call-{index}",
        began_at=datetime(2026, 3, 2, tzinfo=UTC),
        lead_id=index,
        external_id=str(index),
        fields={"city": "Baku" if index % 2 else "Ganja"},
        agent="=Anna",
        version=1,
        result="complete",
        cells=(),
        answers=answers,
    )


def question(name: str) -> Any:
    found = SURVEY.question(name)
    assert found is not None
    return found


def test_a_case_has_the_code_of_the_most_telling_of_its_calls() -> None:
    busy, machine = CallFacts(outcome="busy"), CallFacts(outcome="machine")
    asked = CallFacts(outcome="connected", kind="callback")
    begun = CallFacts(outcome="connected", kind="callback", share="begun")
    whole = CallFacts(outcome="connected", kind="sale", result="complete")
    gone = CallFacts(outcome="invalid_number")
    assert code_of_case([busy, machine]) == "3.14"
    assert code_of_case([machine, asked]) == "2.2"
    assert code_of_case([asked, begun]) == "2.12"
    assert code_of_case([begun, whole, busy]) == "1.1"
    assert code_of_case([gone, busy]) == "3.12"
    assert code_of_case([gone], has_number=True) == "3.16"
    assert code_of_case([gone], has_number=False) == "4.3"
    assert code_of_case([CallFacts(outcome="connected", share="partial")]) == "1.2"


def test_the_rates_are_those_of_the_standard_definitions() -> None:
    counts = {"1.1": 300, "1.2": 20, "2.11": 150, "2.12": 30, "2.2": 100, "2.3": 10, "3.13": 200,
              "3.9": 90, "4.3": 80, "4.8": 20}  # fmt: skip
    rates = {each.name: each.value for each in rates_of(counts).rates}
    eligible, unknown, e = 610, 290, 610 / 710
    assert rates["RR1"] == pytest.approx(300 / 900)
    assert rates["RR3"] == pytest.approx(300 / (eligible + e * unknown))
    assert rates["COOP1"] == pytest.approx(300 / (300 + 20 + 180 + 10))
    assert rates["REF1"] == pytest.approx(180 / 900)
    assert rates["CON1"] == pytest.approx((320 + 180 + 10) / 900)
    assert rates_of({}).rates[0].value is None


def test_the_documentation_names_every_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scripts.md").read_text(encoding="utf-8")
    table = page[page.index("### Outcome rates") :]
    assert set(re.findall(r"\b[1-4]\.\d{1,2}\b", table)) == set(CODES)
    (source,) = re.findall(r"```toml\n(script = .*?)```", page, re.DOTALL)
    assert examine_script(source)[1] == ()


def test_scores_and_means_have_their_intervals() -> None:
    numbers = [10.0] * 50 + [8.0] * 30 + [3.0] * 20
    nps = score_of(Measure.NPS, numbers)
    assert nps.value == pytest.approx(0.3)
    spread = stats.norm.ppf(0.975) * stats.tstd([1] * 50 + [0] * 30 + [-1] * 20) / 10
    assert nps.high - nps.value == pytest.approx(spread, rel=0.01)
    assert score_of(Measure.NPS, [10.0]).high == 1.0
    csat = score_of(Measure.CSAT, [5.0, 4.0, 4.0, 1.0])
    assert csat.value == 0.75 and 0.3 < csat.low < 0.75 < csat.high < 1
    people = [interview(i, nps=value) for i, value in enumerate([10, 9, 3])]
    found = distribution_of(question("nps"), [*people, interview(9, nps={"no_answer": True})])
    assert (found.answered, found.no_answer, len(found.shares)) == (3, 1, 11)
    assert found.score is not None and found.score.value == pytest.approx(1 / 3)
    assert found.mean is not None and found.mean.value == pytest.approx(22 / 3)


def test_several_answers_are_shares_of_those_who_answered() -> None:
    answers = [["telephone", "app"], ["app", {"other": "letter"}], ["none_of_these"]]
    found = distribution_of(
        question("channels"), [interview(i, channels=each) for i, each in enumerate(answers)]
    )
    counts = {each.code: each.count for each in found.shares if each.count}
    assert counts == {"telephone": 1, "app": 2, "none_of_these": 1, "other": 1}
    assert found.answered == 3


@pytest.mark.parametrize(
    "counts",
    [[[20, 30], [25, 15]], [[12, 8, 30], [9, 22, 14], [30, 11, 7]], [[400, 10], [380, 60]]],
)
def test_chi_square_is_scipys(counts: list[list[int]]) -> None:
    found = chi_square(counts)
    wanted = stats.chi2_contingency(counts, correction=False)
    assert found is not None
    assert found.value == pytest.approx(wanted.statistic)
    assert found.degrees == wanted.dof
    assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-9)


def test_chi_square_is_not_told_where_it_says_nothing() -> None:
    assert chi_square([[1, 2], [3, 1]]) is None
    assert chi_square([[5, 5]]) is None
    assert chi_square([]) is None


def test_a_cross_table_holds_answers_against_a_column_or_another_question() -> None:
    people = [
        interview(i, takes_part="yes" if i % 3 else "no", channels=["app", "branch"])
        for i in range(40)
    ]
    table = cross(question("takes_part"), people, by="city")
    assert (table.columns, table.totals) == (("Baku", "Ganja"), (20, 20))
    assert sum(map(sum, table.counts)) == 40
    assert table.chi_square is not None
    yes = table.share(0, 0)
    assert yes == pytest.approx(sum(1 for i in range(40) if i % 2 and i % 3) / 20)
    several = cross(question("takes_part"), people, by=question("channels"))
    assert several.chi_square is None
    assert sum(several.totals) == 80


def test_a_file_of_answers_has_a_line_an_interview_and_names_nobody_when_asked() -> None:
    people = [interview(1, takes_part="yes", channels=["app", {"other": "x"}], nps=9)]
    header, row = answer_rows([*SURVEY.questions], people, with_fields=True)
    said = dict(zip(header, row, strict=True))
    assert (said["takes_part"], said["channels"], said["nps"]) == ("Yes", "App; x", "9")
    assert said["field_city"] == "Baku" and said["agent"] == "=Anna"
    header, row = answer_rows(
        [*SURVEY.questions], people, with_fields=False, with_agents=False, words="codes"
    )
    assert "agent" not in header
    assert dict(zip(header, row, strict=True))["channels"] == "app; other"


def test_charts_are_drawn_of_every_question_that_has_answers() -> None:
    people = [interview(i, nps=i % 11, takes_part="yes") for i in range(30)]
    found = results_of(
        campaign="spring", interviews=people, questions=[*SURVEY.questions], cases={"1.1": 30},
        cells=(), only_complete=True,
    )  # fmt: skip
    charts = draw_survey_charts(found)
    assert [chart.key for chart in charts] == ["question-takes_part", "question-nps"]
    assert all(chart.svg.startswith("<svg") for chart in charts)
    assert "NPS" in charts[1].summary


def test_the_shortest_whole_interview_is_counted_by_its_required_questions() -> None:
    assert questions_of_shortest(small()) == 2
    assert questions_of_shortest(SURVEY) == 6
