"""The greeting classifier in a report: what it said, how often it was wrong, and how sure that is.

Only the machines that went to an agent by the random share, and that the agent has spoken of, say
anything of its mistakes; they are few, so the share is told with its interval.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from campaigns.intervals import wilson
from campaigns.reports.tables import Table
from campaigns.reports.words import NONE, number, percent
from campaigns.screening_spec import SurveyQuestion
from campaigns.store.screening import ScreeningCounts


def screening_document(counts: ScreeningCounts) -> dict[str, Any]:
    """The same as plain JSON: shares 0..1, durations in seconds."""
    low, high = wilson(counts.sampled_people, counts.sampled)
    return {
        "human": counts.humans,
        "machine": counts.machines,
        "unsure": counts.unsure,
        "sampled": counts.sampled,
        "sampled_people": counts.sampled_people,
        "false_positive_ratio": _share(counts.sampled_people, counts.sampled),
        "false_positive_interval": [low, high],
        "passed_as_people": counts.passed_as_people,
        "machines_passed_as_people": counts.heard_as_people,
        "verdict_seconds": dict(zip(("p50", "p90", "p99"), counts.seconds, strict=False)),
        "messages_left": counts.messages_left,
        "opted_out_by_key": counts.opted_out,
    }


def screening_table(counts: ScreeningCounts) -> Table | None:
    """None for campaigns that do not use the classifier."""
    total = counts.humans + counts.machines + counts.unsure
    if not total:
        return None
    low, high = wilson(counts.sampled_people, counts.sampled)
    wrong = _share(counts.sampled_people, counts.sampled)
    missed = _share(counts.heard_as_people, counts.passed_as_people)
    times = "/".join(f"{one:.2f}" for one in counts.seconds) or NONE
    return Table(
        key="screening-table",
        title="Greeting classifier",
        headings=("What", "Meaning", "Calls", "Share"),
        words=2,
        rows=(
            ("Person", "Went to an agent.", number(counts.humans), percent(counts.humans / total)),
            (
                "Machine",
                "Hung up, left a message, or given to an agent, as the campaign says.",
                number(counts.machines),
                percent(counts.machines / total),
            ),
            (
                "Unsure",
                "Nothing heard in time; treated as a person.",
                number(counts.unsure),
                percent(counts.unsure / total),
            ),
            (
                "Machines of the sample",
                "Given to an agent at random, who said what they heard.",
                number(counts.sampled),
                NONE,
            ),
            (
                "False positives",
                "People among the sample. With 95 % certainty the share of all machines is "
                f"between {percent(low)} and {percent(high)}.",
                number(counts.sampled_people),
                percent(wrong),
            ),
            (
                "Machines let through",
                "Machines among the calls passed to agents as people.",
                number(counts.heard_as_people),
                percent(missed),
            ),
            ("Messages left", "After the beep.", number(counts.messages_left), NONE),
        ),
        notes=(f"Seconds from the answer to the verdict, at 50/90/99 %: {times}.",),
    )


def answers_table(
    answers: Mapping[str, Mapping[str, int]], survey: Sequence[SurveyQuestion]
) -> Table | None:
    """What was answered by keys; None for campaigns without a survey."""
    if not survey:
        return None
    rows = []
    for question in survey:
        given = answers.get(question.code, {})
        total = sum(given.values())
        for key, _ in question.keys:
            count = given.get(key, 0)
            rows.append(
                (
                    question.text or question.code,
                    key,
                    number(count),
                    percent(count / total if total else None),
                )
            )
    return Table(
        key="answers-table",
        title="Answers by telephone keys",
        headings=("Question", "Key", "Answers", "Share"),
        words=2,
        rows=tuple(rows),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
