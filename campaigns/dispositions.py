"""What the agent said of a call: the words on the buttons, and what each means for the lead.

The machine's word for the same attempt is an outcome (campaigns/outcomes.py). The agent's word
wins.
"""

import enum
import re
from dataclasses import dataclass

CODE_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""A code travels in reports, metrics and file names, so it is short and plain."""
LABEL_LENGTH_MAX = 40
"""What fits on a button of the agent's screen."""


@enum.unique
class DispositionKind(enum.StrEnum):
    """What a disposition does. A campaign names its own dispositions; these meanings are fixed."""

    SALE = "sale"
    REFUSAL = "refusal"
    """Asked not to be called about this again. Some laws forbid another call for a time
    (France: 60 days, Code de la consommation D. 223-9), so the lead is finished."""
    NO_INTEREST = "no_interest"
    CALLBACK = "callback"
    """Asked to be called later."""
    MACHINE = "machine"
    """The agent heard a machine: the call was no live answer after all."""
    WRONG_NUMBER = "wrong_number"
    """This number does not belong to the lead; another of its numbers may."""
    DO_NOT_CALL = "do_not_call"
    """Never again: the number goes on the campaign's own do-not-call list
    (47 CFR 64.1200(d); 16 CFR 310.4(b)(1)(iii))."""
    UNFINISHED = "unfinished"
    """The conversation began and was broken off, such as a survey half answered; the lead is
    called again to finish it, and a counter of its own says how often."""
    OTHER = "other"


FINAL_KINDS = frozenset(
    {
        DispositionKind.SALE,
        DispositionKind.REFUSAL,
        DispositionKind.NO_INTEREST,
        DispositionKind.DO_NOT_CALL,
    }
)
"""Kinds that end the lead unless the campaign file says otherwise."""
ALWAYS_FINAL_KINDS = frozenset({DispositionKind.DO_NOT_CALL, DispositionKind.REFUSAL})
"""Kinds that no campaign file can make repeatable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One button. `code` is what is stored, `label` what the agent reads."""

    code: str
    label: str
    kind: DispositionKind
    is_final: bool
    """True when the lead is finished with this; its other numbers are not called either."""


def _default(code: str, label: str, kind: DispositionKind) -> Disposition:
    return Disposition(code=code, label=label, kind=kind, is_final=kind in FINAL_KINDS)


DEFAULT_DISPOSITIONS: tuple[Disposition, ...] = (
    _default("sale", "Sale", DispositionKind.SALE),
    _default("no_interest", "Not interested", DispositionKind.NO_INTEREST),
    _default("callback", "Call back later", DispositionKind.CALLBACK),
    _default("machine", "Answering machine", DispositionKind.MACHINE),
    _default("wrong_number", "Wrong number", DispositionKind.WRONG_NUMBER),
    _default("refusal", "Refuses such calls", DispositionKind.REFUSAL),
    _default("do_not_call", "Do not call again", DispositionKind.DO_NOT_CALL),
    _default("other", "Other", DispositionKind.OTHER),
)
