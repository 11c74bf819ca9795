"""What can go wrong between the store and its caller.

StoreError                 something a person can mend; its text says what, the value, what to do
├── DatabaseUnavailable    no database could be reached or started
├── DatabaseOutdated       the database's schema is older or newer than this program's
├── UnknownCampaign        no campaign of that name or id
├── UnknownTeam            no team of that name or id
├── UnknownAgent           no agent of that name or id
├── UnknownLead            no lead of that id
├── UnknownAttempt         no attempt of that call id
├── UnknownScript          no script, or version of one, of that name
├── DuplicateCampaign      the name is taken
├── DuplicateAgent         the name is taken
└── LeaseLost              the caller's lease of the team is no longer valid: stop dialling
"""

# ruff: noqa: N818 - the shape of h11: the name is the sentence
import difflib
from collections.abc import Iterable


class StoreError(Exception):
    """Something a person can mend; shown as one sentence without a traceback."""


class DatabaseUnavailable(StoreError):
    """No database could be reached or started."""


class DatabaseOutdated(StoreError):
    """The database's schema is not the one this program was written for."""


class UnknownCampaign(StoreError):
    """No campaign of that name or id."""


class UnknownTeam(StoreError):
    """No team of that name or id."""


class UnknownAgent(StoreError):
    """No agent of that name or id."""


class UnknownLead(StoreError):
    """No lead of that id."""


class UnknownAttempt(StoreError):
    """No attempt of that call id."""


class UnknownScript(StoreError):
    """No script, or version of one, of that name."""


class DuplicateCampaign(StoreError):
    """A campaign of that name exists."""


class DuplicateAgent(StoreError):
    """An agent of that name exists."""


class LeaseLost(StoreError):
    """Another process holds the team now, or nobody renewed the lease in time."""


def not_found(noun: str, name: str, known: Iterable[str], *, hint: str) -> str:
    """One sentence for a name that is not there, with the names it may have been meant for."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    if close:
        return f"There is no {noun} '{name}'. Did you mean {' or '.join(repr(c) for c in close)}?"
    return f"There is no {noun} '{name}'. {hint}"
