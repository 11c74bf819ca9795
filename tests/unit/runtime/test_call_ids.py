"""Ids of calls are UUIDs that sort by the moment they were made."""

import time
import uuid

from dialer.runtime.call_ids import mint_call_id


def test_a_call_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    minted = uuid.UUID(mint_call_id())
    after = time.time_ns() // 1_000_000

    assert (minted.version, minted.variant) == (7, uuid.RFC_4122)
    assert before <= minted.int >> 80 <= after


def test_no_two_of_many_are_the_same() -> None:
    assert len({mint_call_id() for _ in range(10_000)}) == 10_000
