"""The table `[desk]` of a campaign file."""

import re
from typing import Any

from campaigns.campaign_table import NAME_LENGTH_MAX, Table, shown
from campaigns.desk_spec import DeskSpec, Specialist
from campaigns.phone_numbers import BadNumber, parse

GREETING_LENGTH_MAX = 500
"""Three or four sentences; what is longer belongs into a script."""
PAUSE_REASONS_MAX = 9
"""One for each key of the screen, 1 to 9."""
REASON_LENGTH_MAX = 30
SPECIALISTS_MAX = 20
"""More are a directory, and no longer looked through during a call."""
_BRACES = re.compile(r"\{[^{}]{1,80}\}")


def read_desk(top: Table, *, region: str) -> DeskSpec:
    """The field `desk` of a CampaignSpec. Raises CampaignFileError."""
    table = top.table("desk")
    return DeskSpec(
        greeting=table.text(
            "greeting",
            "",
            allowed=f"text of at most {GREETING_LENGTH_MAX} characters, each {{ with its }}, such "
            'as "Good day, this is {agent} from {client}."',
            check=_is_greeting,
        ),
        pause_reasons=_reasons(table),
        specialists=_specialists(table, region),
    )


def desk_document(spec: DeskSpec) -> dict[str, Any]:
    """The table `read_desk` reads back as the same spec; nothing where all of it is the default."""
    document: dict[str, Any] = {}
    if spec.greeting:
        document["greeting"] = spec.greeting
    if spec.pause_reasons:
        document["pause_reasons"] = list(spec.pause_reasons)
    if spec.specialists:
        document["specialists"] = [
            {"name": one.name} | ({} if one.number is None else {"number": one.number})
            for one in spec.specialists
        ]
    return {"desk": document} if document else {}


def _is_greeting(text: str) -> bool:
    return len(text) <= GREETING_LENGTH_MAX and not set("{}") & set(_BRACES.sub("", text))


def _reasons(table: Table) -> tuple[str, ...]:
    allowed = (
        f"a list of at most {PAUSE_REASONS_MAX} reasons of at most {REASON_LENGTH_MAX} characters, "
        'such as ["break", "lunch"]'
    )
    found = tuple(dict.fromkeys(table.texts("pause_reasons", allowed=allowed)))
    if len(found) > PAUSE_REASONS_MAX:
        raise table.error("pause_reasons", f"holds {len(found)}; it must be {allowed}")
    for each in found:
        if len(each) > REASON_LENGTH_MAX or not each.isprintable():
            raise table.error("pause_reasons", f"holds {shown(each)}; it must be {allowed}")
    return found


def _specialists(table: Table, region: str) -> tuple[Specialist, ...]:
    found: dict[str, Specialist] = {}
    for each in table.tables("specialists") or ():
        name = each.text("name", check=lambda text: len(text) <= NAME_LENGTH_MAX)
        if name in found:
            raise each.error("name", f'is "{name}", which is there already')
        found[name] = Specialist(name=name, number=_number(each, region))
    if len(found) > SPECIALISTS_MAX:
        raise table.error(
            "specialists", f"holds {len(found)}; there may be at most {SPECIALISTS_MAX}"
        )
    return tuple(found.values())


def _number(table: Table, region: str) -> str | None:
    if not table.has("number"):
        return None
    text = table.text("number", allowed="a telephone number such as +12025550177")
    try:
        return parse(text, region).e164
    except BadNumber as error:
        raise table.error(
            "number", f'is "{text}", which {error}; leave it away where only messages arrive'
        ) from error
