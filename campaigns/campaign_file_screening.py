"""The tables of a campaign file about machines, surveys by keys, and people who call back."""

import re
from collections.abc import Sequence
from typing import Any

from campaigns.campaign_table import NAME_LENGTH_MAX, Table, shown
from campaigns.screening_spec import OnMachine, ScreeningSpec, SurveyQuestion

RECORDING_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RECORDING_ALLOWED = "the id of a recording: small letters, digits, - and _, not a path"
REASON_LENGTH_MAX = 500
QUESTIONS_MAX = 20
"""People hang up long before; and a call may not last longer than the survey's time."""
END = "end"
"""The word for "no further question"."""


def recording(table: Table, key: str, default: str) -> str:
    """The id of a recording; a name, never a path."""
    return table.text(
        key,
        default,
        allowed=RECORDING_ALLOWED,
        check=lambda text: RECORDING_PATTERN.fullmatch(text) is not None,
    )


def opt_out_key(table: Table) -> str:
    """One key, or empty for none."""
    value = table.take("opt_out_key")
    if value is None:
        return "9"
    if not isinstance(value, str) or re.fullmatch(r"[0-9]?", value) is None:
        raise table.error(
            "opt_out_key", f'is {shown(value)}; it must be one key, "0" to "9", or ""'
        )
    return value


def read_machine_detection(table: Table, *, tolerance_seconds: float) -> dict[str, Any]:
    """The classifier's settings, and what is known of its mistakes.

    An estimate without its evidence is none: Ofcom asks for both.
    """
    plain = ScreeningSpec()
    is_used = table.flag("use") or False
    spec = ScreeningSpec(
        on_machine=table.choice("on_machine", OnMachine, plain.on_machine),
        sample_ratio=table.number("sample_ratio", plain.sample_ratio, low=0.0, high=1.0),
        message=recording(table, "message", plain.message),
        seconds_max=table.number(
            "seconds_max",
            min(plain.seconds_max, tolerance_seconds - 0.1),
            low=0.3,
            high=tolerance_seconds - 0.1,
            why="an agent must be there within calls.answer_tolerance_seconds",
        ),
        silence_seconds=table.number("silence_seconds", plain.silence_seconds, low=0.2, high=5.0),
        greeting_seconds=table.number(
            "greeting_seconds", plain.greeting_seconds, low=0.3, high=5.0
        ),
        pause_seconds=table.number("pause_seconds", plain.pause_seconds, low=0.1, high=2.0),
        level=table.whole("level", low=1, high=10_000) or plain.level,
        beep_seconds_max=table.number(
            "beep_seconds_max", plain.beep_seconds_max, low=5.0, high=120.0
        ),
    )
    found: dict[str, Any] = {"screening": spec if is_used else None}
    if not table.has("false_positive_ratio"):
        table.take("false_positive_ratio")
        table.take("why")
        return found
    return found | {
        "machine_false_positive_ratio": table.number(
            "false_positive_ratio", 0.0, low=0.0, high=1.0, why="a share, not per cent"
        ),
        "machine_false_positive_reason": table.text(
            "why",
            allowed="how the share was found, such as a test of so many calls on such a day",
            check=lambda text: len(text) <= REASON_LENGTH_MAX,
        ),
    }


def machine_detection_document(
    screening: ScreeningSpec | None, *, false_positive_ratio: float | None, why: str
) -> dict[str, Any]:
    """The table `read_machine_detection` reads back as the same fields."""
    document: dict[str, Any] = {}
    if screening is not None:
        document = {
            "use": True,
            "on_machine": screening.on_machine.value,
            "sample_ratio": screening.sample_ratio,
            "message": screening.message,
            "seconds_max": screening.seconds_max,
            "silence_seconds": screening.silence_seconds,
            "greeting_seconds": screening.greeting_seconds,
            "pause_seconds": screening.pause_seconds,
            "level": screening.level,
            "beep_seconds_max": screening.beep_seconds_max,
        }
    if false_positive_ratio is not None:
        document |= {"false_positive_ratio": false_positive_ratio, "why": why}
    return document


def read_return_calls(table: Table) -> dict[str, Any]:
    """What awaits people who call the campaign's number."""
    return {
        "return_wait_seconds": table.number("wait_seconds", 20.0, low=1.0, high=600.0),
        "return_message": recording(table, "message", "called_back"),
    }


def read_survey(top: Table, *, is_agentless: bool, opt_out: str) -> dict[str, Any]:
    """The questions of a campaign without agents, and what it says at the end."""
    table = top.table("survey")
    questions = _questions(top.tables("questions") or [], opt_out=opt_out)
    if is_agentless and not questions:
        raise top.error(
            "questions",
            'is missing; a campaign of pacing.mode = "message" needs at least one [[questions]]',
        )
    if questions and not is_agentless:
        raise top.error("questions", 'is for campaigns of pacing.mode = "message" only')
    return {"survey": questions, "thanks_message": recording(table, "thanks", "thanks")}


def survey_document(questions: Sequence[SurveyQuestion], *, thanks: str) -> dict[str, Any]:
    """The tables `read_survey` reads back as the same fields."""
    return {
        "survey": {"thanks": thanks},
        "questions": [
            {
                "code": each.code,
                "keys": {key: following or END for key, following in each.keys},
                **({"text": each.text} if each.text else {}),
            }
            for each in questions
        ],
    }


def _questions(tables: Sequence[Table], *, opt_out: str) -> tuple[SurveyQuestion, ...]:
    found = [_question(table, opt_out=opt_out) for table in tables]
    codes = [each.code for each in found]
    for index, (table, each) in enumerate(zip(tables, found, strict=True)):
        if codes.index(each.code) != index:
            raise table.error("code", f'is "{each.code}", which is there already')
        for _, following in each.keys:
            # Forward only, so that no survey goes round in circles.
            if following is not None and following not in codes[index + 1 :]:
                raise table.error(
                    "keys", f'leads to "{following}"; it must be a later question, or "{END}"'
                )
    if len(found) > QUESTIONS_MAX:
        raise tables[QUESTIONS_MAX].error("code", f"is one question more than {QUESTIONS_MAX}")
    return tuple(found)


def _question(table: Table, *, opt_out: str) -> SurveyQuestion:
    code = table.text(
        "code",
        allowed=RECORDING_ALLOWED,
        check=lambda text: RECORDING_PATTERN.fullmatch(text) is not None and text != END,
    )
    value = table.take("keys")
    allowed = f'a table of keys, such as {{ "1" = "next_question", "2" = "{END}" }}'
    if not isinstance(value, dict) or not value:
        raise table.error("keys", f"is {shown(value)}; it must be {allowed}")
    for key, following in value.items():
        if re.fullmatch(r"[0-9]", key) is None or not isinstance(following, str):
            raise table.error("keys", f"holds {shown(key)}; it must be {allowed}")
        if key == opt_out:
            raise table.error("keys", f'holds "{key}", which is calls.opt_out_key')
    text = table.text("text", "", check=lambda text: len(text) <= 4 * NAME_LENGTH_MAX)
    return SurveyQuestion(
        code=code,
        keys=tuple((key, None if next_ == END else next_) for key, next_ in sorted(value.items())),
        text=text,
    )
