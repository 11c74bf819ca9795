"""How often a token may ask: a bucket for each, filled steadily and emptied by requests.

One program that went wild must not take the database from the dialling. The buckets are this
process's own; with several services a token has as many.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

PER_SECOND = 25.0
"""A CRM that polls and pushes needs a few; the database gives some hundreds."""
BURST = 100.0
_TOKENS_MAX = 10_000
"""Buckets kept; the longest unused goes first, and it is full."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """The buckets. Time is an argument, in seconds of any steady clock."""

    def __init__(self, *, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def wait_seconds(self, token_id: int, *, now: float) -> int:
        """Take one from the token's bucket; 0, or after how many whole seconds there is one."""
        bucket = self._buckets.pop(token_id, None) or _Bucket(left=self._burst, at=now)
        self._buckets[token_id] = bucket
        if len(self._buckets) > _TOKENS_MAX:
            self._buckets.popitem(last=False)
        grown = max(0.0, now - bucket.at) * self._per_second
        bucket.left, bucket.at = min(self._burst, bucket.left + grown), now
        if bucket.left >= 1.0:
            bucket.left -= 1.0
            return 0
        return max(1, math.ceil((1.0 - bucket.left) / self._per_second))
