"""What a regulator's account counts and the engine does not, call by call.

The engine counts people who answered, and of them the abandoned. Ofcom's account with machine
detection adds to both the people whom the classifier took for machines (F, an estimate), and leaves
people out who hung up before they could be passed to an operator. With the same two corrections the
engine's share is (D + F) / (D + F + h), so its wall stands where the regulator's limit does; and
the account without detection is never above it, since D' = D - D m/(h + m) is at most D.
"""

import math
from collections import OrderedDict

from campaigns.ledgers import FalsePositives, Formula
from campaigns.outcomes import Outcome
from dialer.engine.commands import RecordCall
from dialer.engine.ids import CallId

_CALLS_MAX = 4096
"""Calls remembered as counted: a call is recorded again within its wrap-up, long before so many
more have ended."""
OFCOM = (Formula.UK_AMD, Formula.UK_WITHOUT_AMD)


class Corrections:
    """The corrections of one ledger, since its window was opened in this process."""

    def __init__(self, *, opened_at: float, false_positives: FalsePositives) -> None:
        self._opened_at = opened_at
        self._false_positives = false_positives
        self._lost = 0.0
        """F since then, with its fraction; `math.ceil` of it is in the engine already. The past of
        the window was rounded up by itself."""
        self._counted: OrderedDict[CallId, None] = OrderedDict()

    def of(self, record: RecordCall) -> tuple[int, int]:
        """What to add to (live answers, abandoned) for a call that has ended; once for each call,
        and nothing for one answered before the window."""
        if record.answered_at is None or record.answered_at < self._opened_at:
            return 0, 0
        match record.outcome:
            case Outcome.MACHINE if record.bridged_at is None:
                if self._is_new(record.call_id):
                    before, self._lost = self._lost, self._lost + self._false_positives.ratio
                    people = math.ceil(self._lost) - math.ceil(before)
                    return people, people
            case Outcome.HUNG_UP_EARLY if record.is_live:
                if self._is_new(record.call_id):
                    return -1, 0
            case _:
                pass
        return 0, 0

    def _is_new(self, call_id: CallId) -> bool:
        if call_id in self._counted:
            return False
        self._counted[call_id] = None
        if len(self._counted) > _CALLS_MAX:
            self._counted.popitem(last=False)
        return True
