"""Outcome rates as the American Association for Public Opinion Research defines them.

"Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys" (AAPOR, 10th
edition, 2023), the section on telephone surveys. A case is a lead that was called at least once:
one that never was is, like a replicate that was not released, no part of the sample. Its final code
is the most telling thing that any of its calls has shown, in the order of `CODES`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.dispositions import DispositionKind
from campaigns.outcomes import Outcome

PARTIAL_RATIO = 0.5
"""Answered share of the shortest whole interview from which on one that was broken off is partial;
Standard Definitions leaves the share to the survey and names 50 % as an example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A final disposition code."""

    code: str
    name: str
    group: str
    """I, P, R, NC, O, UH, UO or NE (not eligible), the letters of the rates."""


_ALL = (
    Code(code="1.1", name="Complete interview", group="I"),
    Code(code="1.2", name="Partial interview", group="P"),
    Code(code="4.7", name="No eligible respondent (screened out)", group="NE"),
    Code(code="4.8", name="Quota filled", group="NE"),
    Code(code="2.11", name="Refusal", group="R"),
    Code(code="2.12", name="Break-off", group="R"),
    Code(code="2.2", name="Non-contact: respondent not available", group="NC"),
    Code(code="2.3", name="Other non-interview", group="O"),
    Code(code="4.3", name="Non-working or disconnected number", group="NE"),
    Code(code="3.14", name="Answering machine, household not known", group="UH"),
    Code(code="3.15", name="Call refused or screened by technology", group="UH"),
    Code(code="3.13", name="No answer", group="UH"),
    Code(code="3.12", name="Always busy", group="UH"),
    Code(code="3.16", name="Technical problem of the call", group="UH"),
    Code(code="3.9", name="Unknown, other", group="UO"),
)
CODES: Mapping[str, Code] = {each.code: each for each in _ALL}
"""By code, the most telling first."""
_RANK = {code: rank for rank, code in enumerate(CODES)}

_RESULTS = {
    "complete": "1.1",
    "refused": "2.11",
    "screened_out": "4.7",
    "quota_full": "4.8",
}
_KINDS = {
    DispositionKind.SALE: "1.1",
    DispositionKind.REFUSAL: "2.11",
    DispositionKind.NO_INTEREST: "2.11",
    DispositionKind.DO_NOT_CALL: "2.11",
    DispositionKind.CALLBACK: "2.2",
    DispositionKind.MACHINE: "3.14",
    # Whether the person who was meant is eligible nobody has learnt.
    DispositionKind.WRONG_NUMBER: "3.9",
    DispositionKind.UNFINISHED: "2.12",
    DispositionKind.OTHER: "2.3",
}
_OUTCOMES = {
    Outcome.CONNECTED: "2.3",
    # Somebody answered and nobody of ours spoke with them.
    Outcome.ABANDONED: "3.9",
    Outcome.HUNG_UP_EARLY: "3.9",
    Outcome.MESSAGE: "3.9",
    Outcome.MACHINE: "3.14",
    Outcome.BUSY: "3.12",
    Outcome.NO_ANSWER: "3.13",
    Outcome.INVALID_NUMBER: "4.3",
    Outcome.REJECTED: "3.15",
    Outcome.CONGESTION: "3.16",
    Outcome.CANCELLED: "3.16",
    Outcome.SWITCH_LIMIT: "3.16",
    Outcome.FAILED: "3.16",
    Outcome.UNKNOWN: "3.9",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What is known of one call of a case. Empty where nothing is."""

    outcome: str = ""
    kind: str = ""
    """Of the agent's disposition."""
    result: str = ""
    """Of the end of its script."""
    share: str = ""
    """Of a script without an end: "partial", "begun" or nothing answered."""


def code_of_call(facts: CallFacts) -> str:
    """The code that one call shows. What was asked and answered goes before what the agent pressed,
    and that before what the switch saw."""
    if facts.result in _RESULTS:
        return _RESULTS[facts.result]
    if facts.share == "partial":
        return "1.2"
    if facts.kind:
        code = _KINDS[DispositionKind(facts.kind)]
        # Somebody who has begun and asks to be called again is broken off, not out of reach.
        return "2.12" if facts.share == "begun" and code in ("2.2", "2.3") else code
    if facts.share == "begun":
        return "2.12"
    return _OUTCOMES[Outcome(facts.outcome)] if facts.outcome else "3.9"


def code_of_case(calls: Iterable[CallFacts], *, has_number: bool = True) -> str:
    """The final code of a case with at least one call.

    A number that does not exist makes the case ineligible only when the lead has no other left.
    """
    codes = {code_of_call(each) for each in calls}
    if has_number and "4.3" in codes:
        codes = (codes - {"4.3"}) or {"3.16"}
    return min(codes, key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate: `value` = `over` ÷ `under`, None without a case."""

    name: str
    title: str
    definition: str
    over: float
    under: float

    @property
    def value(self) -> float | None:
        """0..1."""
        return self.over / self.under if self.under else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Cases by code, and the rates."""

    counts: Mapping[str, int]
    """By code, those without cases left out."""
    e_ratio: float | None
    """Estimated share of the cases of unknown eligibility that are eligible."""
    rates: tuple[Rate, ...]

    @property
    def cases(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def rates_of(counts: Mapping[str, int]) -> Rates:
    """The rates of cases counted by final code."""
    group = dict.fromkeys(("I", "P", "R", "NC", "O", "UH", "UO", "NE"), 0)
    for code, count in counts.items():
        group[CODES[code].group] += count
    i, p, r, nc, o = (group[letter] for letter in ("I", "P", "R", "NC", "O"))
    known, unknown = i + p + r + nc + o, group["UH"] + group["UO"]
    e_ratio = known / (known + group["NE"]) if known + group["NE"] else None
    every = "(I + P) + (R + NC + O) + (UH + UO)"
    found = (
        ("RR1", "Response rate 1", f"I ÷ ({every})", i, known + unknown),
        (
            "RR3",
            "Response rate 3",
            "I ÷ ((I + P) + (R + NC + O) + e (UH + UO))",
            i,
            known + (e_ratio or 0.0) * unknown,
        ),
        ("COOP1", "Cooperation rate 1", "I ÷ ((I + P) + R + O)", i, i + p + r + o),
        ("REF1", "Refusal rate 1", f"R ÷ ({every})", r, known + unknown),
        (
            "CON1",
            "Contact rate 1",
            f"((I + P) + R + O) ÷ ({every})",
            i + p + r + o,
            known + unknown,
        ),
    )
    return Rates(
        counts={code: counts[code] for code in CODES if counts.get(code)},
        e_ratio=e_ratio,
        rates=tuple(
            Rate(name=name, title=title, definition=definition, over=over, under=under)
            for name, title, definition, over, under in found
        ),
    )
