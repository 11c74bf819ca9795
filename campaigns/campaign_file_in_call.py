"""The tables `[recording]` and `[transfer]` of a campaign file."""

import re
from typing import Any

from campaigns.campaign_file_screening import recording
from campaigns.campaign_table import Table, shown
from campaigns.phone_numbers import BadNumber, parse
from campaigns.recording_spec import RecordingPolicy, RecordingSpec

NUMBERS_MAX = 50
"""Outside numbers an agent may be allowed; more are a directory, and no longer looked through."""
_KEY = re.compile(r"[0-9]")


def read_in_call(top: Table, *, region: str) -> dict[str, Any]:
    """The fields `recording` and `transfer_numbers` of a CampaignSpec. Raises CampaignFileError."""
    return {
        "recording": _recording(top.table("recording")),
        "transfer_numbers": _numbers(top.table("transfer"), region),
    }


def in_call_document(spec: RecordingSpec, numbers: tuple[str, ...]) -> dict[str, Any]:
    """The tables `read_in_call` reads back as the same fields."""
    return {
        "recording": {
            "policy": spec.policy.value,
            "notice": spec.notice,
            "question": spec.question,
            "key": spec.key,
            "answer_seconds": spec.answer_seconds,
        },
        "transfer": {"numbers": list(numbers)},
    }


def _recording(table: Table) -> RecordingSpec:
    plain = RecordingSpec()
    return RecordingSpec(
        policy=table.choice("policy", RecordingPolicy, plain.policy),
        notice=recording(table, "notice", plain.notice),
        question=recording(table, "question", plain.question),
        key=table.text(
            "key",
            plain.key,
            allowed='one key, "0" to "9"',
            check=lambda text: _KEY.fullmatch(text) is not None,
        ),
        answer_seconds=table.number("answer_seconds", plain.answer_seconds, low=3.0, high=60.0),
    )


def _numbers(table: Table, region: str) -> tuple[str, ...]:
    allowed = f'a list of at most {NUMBERS_MAX} telephone numbers, such as ["+12025550177"]'
    given = table.texts("numbers", allowed=allowed)
    if len(given) > NUMBERS_MAX:
        raise table.error("numbers", f"holds {len(given)}; it must be {allowed}")
    found: list[str] = []
    for text in given:
        try:
            found.append(parse(text, region).e164)
        except BadNumber as error:
            raise table.error("numbers", f"holds {shown(text)}, which {error}") from error
    return tuple(dict.fromkeys(found))
