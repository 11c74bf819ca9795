"""A campaign as a manager writes it: one TOML file, read into a `CampaignSpec` and back.

Every error names the file, the key, the value found and what is allowed there. A key nobody reads
is an error too, with the nearest known key suggested: a misspelt limit must not silently become the
default.

Ceilings that are law are refused here and cited; the dated rule packs of single countries come on
top.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from campaigns.calling_hours import DEFAULT_CALLING_HOURS, BadCallingHours, CallingHours
from campaigns.campaign_file_desk import desk_document, read_desk
from campaigns.campaign_file_in_call import in_call_document, read_in_call
from campaigns.campaign_file_retry import read_retry, retry_document
from campaigns.campaign_file_rules import read_rules, rules_document
from campaigns.campaign_file_screening import (
    machine_detection_document,
    opt_out_key,
    read_machine_detection,
    read_return_calls,
    read_survey,
    recording,
    survey_document,
)
from campaigns.campaign_spec import (
    LIMIT_RATIO_MAX,
    TARGET_RATIO,
    CampaignSpec,
    Duplicates,
    LeadOrder,
    OnAbandon,
    PacingMode,
    Purpose,
    Wall,
)
from campaigns.campaign_table import CampaignFileError, Table, read_toml, shown
from campaigns.dispositions import (
    ALWAYS_FINAL_KINDS,
    CODE_PATTERN,
    DEFAULT_DISPOSITIONS,
    FINAL_KINDS,
    LABEL_LENGTH_MAX,
    Disposition,
    DispositionKind,
)
from campaigns.phone_numbers import BadNumber, is_region, parse

__all__ = [
    "CampaignFileError",
    "CampaignSpec",
    "campaign_document",
    "parse_campaign",
    "read_campaign_file",
]

RING_SECONDS_MIN = 15.0
"""47 CFR 64.1200(a)(6) and 16 CFR 310.4(b)(4)(ii): 15 seconds or four rings; Ofcom practice: 15."""
TOLERANCE_SECONDS_MAX = 2.0
"""16 CFR 310.4(b)(1)(iv): an agent within two seconds of the completed greeting."""
LINES_PER_AGENT_MAX = 10.0
_TRUNK_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The name of a FreeSWITCH gateway; it ends up in a dial string, so nothing else is let through."""


def read_campaign_file(path: Path) -> CampaignSpec:
    """Read a TOML campaign file. Raises CampaignFileError."""
    document = read_toml(path, what="a campaign file")
    return parse_campaign(document, source=str(path))


def parse_campaign(document: Mapping[str, Any], *, source: str) -> CampaignSpec:
    """Read a document of the shape of a campaign file (see docs/campaign-file.md).

    `source` is named in errors. Raises CampaignFileError.
    """
    top = Table(source, "", document)
    region = top.text(
        "region", allowed="a two-letter country code such as US, GB or AZ", check=is_region
    )
    hours, dispositions = _calling_hours(top), _dispositions(top)
    calls = _calls(top.table("calls"))
    pacing = _pacing(top.table("pacing"), ring_seconds=calls["ring_seconds"])
    is_agentless = pacing["pacing_mode"] is PacingMode.MESSAGE
    spec = CampaignSpec(
        name=top.text("name"),
        client=top.text("client"),
        team=top.text("team"),
        region=region,
        caller_id=_caller_id(top, region),
        trunks=_trunks(top),
        purpose=top.choice("purpose", Purpose, Purpose.MARKETING),
        weight=top.number("weight", 1.0, low=0.01, high=100.0),
        calling_hours=hours,
        retry=read_retry(top.table("retry"), region=region, hours=hours, dispositions=dispositions),
        **calls,
        **pacing,
        **read_machine_detection(
            top.table("machine_detection"), tolerance_seconds=calls["answer_tolerance_seconds"]
        ),
        **read_return_calls(top.table("return_calls")),
        **read_survey(top, is_agentless=is_agentless, opt_out=calls["opt_out_key"]),
        **_leads(top.table("leads")),
        **read_rules(top),
        **read_in_call(top, region=region),
        desk=read_desk(top, region=region),
        dispositions=dispositions,
    )
    top.refuse_unknown_keys()
    if is_agentless and not spec.consent_required:
        raise top.error(
            "consent.required",
            'is false; a campaign of pacing.mode = "message" plays recordings to everybody who '
            "answers, and calls only people who gave their consent to that "
            "(47 CFR 64.1200(a)(1) to (3)); write required = true under [consent]",
        )
    return spec


def campaign_document(spec: CampaignSpec) -> dict[str, Any]:
    """The document `parse_campaign` reads back as the same spec; JSON and TOML can both hold it."""
    return {
        "name": spec.name,
        "client": spec.client,
        "team": spec.team,
        "region": spec.region,
        "caller_id": spec.caller_id,
        "trunks": list(spec.trunks),
        "purpose": spec.purpose.value,
        "weight": spec.weight,
        "calling_hours": list(spec.calling_hours.format()),
        "calls": {
            "ring_seconds": spec.ring_seconds,
            "answer_tolerance_seconds": spec.answer_tolerance_seconds,
            "wrap_up_seconds_max": spec.wrap_up_seconds_max,
            "on_abandon": spec.on_abandon.value,
            "message": spec.message,
            "opt_out_key": spec.opt_out_key,
            "opt_out_message": spec.opt_out_message,
        },
        "machine_detection": machine_detection_document(
            spec.screening,
            false_positive_ratio=spec.machine_false_positive_ratio,
            why=spec.machine_false_positive_reason,
        ),
        "return_calls": {
            "wait_seconds": spec.return_wait_seconds,
            "message": spec.return_message,
        },
        **(survey_document(spec.survey, thanks=spec.thanks_message) if spec.survey else {}),
        "pacing": {
            "mode": spec.pacing_mode.value,
            "ratio": spec.pacing_ratio,
            "target_ratio": spec.target_ratio,
            "limit_ratio": spec.limit_ratio,
            "wall": spec.wall.value,
            "lead_probability": spec.lead_probability,
        }
        | (
            {}
            if spec.cancel_after_seconds is None
            else {"cancel_after_seconds": spec.cancel_after_seconds}
        ),
        "leads": {"duplicates": spec.duplicates.value, "order": spec.order.value},
        "retry": retry_document(spec.retry),
        **rules_document(spec),
        **in_call_document(spec.recording, spec.transfer_numbers),
        **desk_document(spec.desk),
        "dispositions": [
            {
                "code": each.code,
                "label": each.label,
                "kind": each.kind.value,
                "final": each.is_final,
            }
            for each in spec.dispositions
        ],
    }


def _caller_id(top: Table, region: str) -> str:
    text = top.text("caller_id", allowed="a telephone number such as +12025550100")
    try:
        return parse(text, region).e164
    except BadNumber as error:
        raise top.error(
            "caller_id", f'is "{text}", which {error}; it must be a number that can be called back'
        ) from error


def _trunks(top: Table) -> tuple[str, ...]:
    value = top.take("trunks")
    allowed = 'a list of gateway names, such as ["main", "reserve"]; letters, digits, - and _ only'
    if value is None:
        raise top.error("trunks", f"is missing; it must be {allowed}")
    if not isinstance(value, list) or not value or len(set(map(str, value))) != len(value):
        raise top.error("trunks", f"is {shown(value)}; it must be {allowed}")
    for each in value:
        if not isinstance(each, str) or _TRUNK_PATTERN.fullmatch(each) is None:
            raise top.error("trunks", f"holds {shown(each)}; it must be {allowed}")
    return tuple(value)


def _calling_hours(top: Table) -> CallingHours:
    value = top.take("calling_hours")
    if value is None:
        return DEFAULT_CALLING_HOURS
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise top.error(
            "calling_hours", f'is {shown(value)}; it must be lines such as ["mon-sat 09:00-20:00"]'
        )
    try:
        return CallingHours.parse(lines)
    except BadCallingHours as error:
        raise top.error("calling_hours", str(error)) from error


def _calls(calls: Table) -> dict[str, Any]:
    return {
        "ring_seconds": calls.number(
            "ring_seconds",
            24.0,
            low=RING_SECONDS_MIN,
            high=120.0,
            why="the floor is 47 CFR 64.1200(a)(6), 15 seconds or four rings, and Ofcom practice",
        ),
        "answer_tolerance_seconds": calls.number(
            "answer_tolerance_seconds",
            2.0,
            low=0.5,
            high=TOLERANCE_SECONDS_MAX,
            why="the ceiling is 16 CFR 310.4(b)(1)(iv), two seconds",
        ),
        "wrap_up_seconds_max": calls.number("wrap_up_seconds_max", 30.0, low=0.0, high=3600.0),
        "on_abandon": calls.choice("on_abandon", OnAbandon, OnAbandon.MESSAGE),
        "message": recording(calls, "message", "abandoned"),
        "opt_out_key": opt_out_key(calls),
        "opt_out_message": recording(calls, "opt_out_message", "opted_out"),
    }


def _pacing(pacing: Table, *, ring_seconds: float) -> dict[str, Any]:
    limit = pacing.number(
        "limit_ratio",
        LIMIT_RATIO_MAX,
        low=0.0,
        high=LIMIT_RATIO_MAX,
        why="a share, not per cent; the ceiling is 16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7)",
    )
    return {
        "pacing_mode": pacing.choice("mode", PacingMode, PacingMode.PREDICTIVE),
        "pacing_ratio": pacing.number("ratio", 1.5, low=1.0, high=LINES_PER_AGENT_MAX),
        "target_ratio": pacing.number(
            "target_ratio",
            min(TARGET_RATIO, limit),
            low=0.0,
            high=limit,
            why="not above limit_ratio",
        ),
        "limit_ratio": limit,
        "wall": pacing.choice("wall", Wall, Wall.FORECAST),
        "lead_probability": pacing.flag("lead_probability") is not False,
        "cancel_after_seconds": _cancel_after(pacing, ring_seconds),
    }


def _cancel_after(pacing: Table, ring_seconds: float) -> float | None:
    if not pacing.has("cancel_after_seconds"):
        return None
    return pacing.number(
        "cancel_after_seconds",
        RING_SECONDS_MIN,
        low=RING_SECONDS_MIN,
        high=ring_seconds,
        why="the floor is 47 CFR 64.1200(a)(6), 15 seconds or four rings, and Ofcom practice; "
        "the ceiling is calls.ring_seconds",
    )


def _leads(leads: Table) -> dict[str, Any]:
    return {
        "duplicates": leads.choice("duplicates", Duplicates, Duplicates.MERGE),
        "order": leads.choice("order", LeadOrder, LeadOrder.LIST),
    }


def _dispositions(top: Table) -> tuple[Disposition, ...]:
    tables = top.tables("dispositions")
    if tables is None:
        return DEFAULT_DISPOSITIONS
    found: dict[str, Disposition] = {}
    for table in tables:
        disposition = _disposition(table)
        if disposition.code in found:
            raise table.error("code", f'is "{disposition.code}", which is there already')
        found[disposition.code] = disposition
    if not any(each.kind is DispositionKind.DO_NOT_CALL for each in found.values()):
        raise top.error(
            "dispositions",
            "holds none of kind do_not_call; agents must be able to record that wish at once "
            "(47 CFR 64.1200(d))",
        )
    return tuple(found.values())


def _disposition(table: Table) -> Disposition:
    code = table.text(
        "code",
        allowed="small letters, digits and _, such as no_interest",
        check=lambda text: CODE_PATTERN.fullmatch(text) is not None,
    )
    label = table.text(
        "label",
        allowed=f"text of 1 to {LABEL_LENGTH_MAX} characters",
        check=lambda text: len(text) <= LABEL_LENGTH_MAX,
    )
    kind = table.choice("kind", DispositionKind, DispositionKind.OTHER)
    is_final = table.take("final")
    if is_final is None:
        is_final = kind in FINAL_KINDS
    if not isinstance(is_final, bool):
        raise table.error("final", f"is {shown(is_final)}; it must be true or false")
    if kind in ALWAYS_FINAL_KINDS and not is_final:
        raise table.error("final", f"is false; a disposition of kind {kind} always ends the lead")
    return Disposition(code=code, label=label, kind=kind, is_final=is_final)
