"""Files of forbidden numbers: every shape a registry gives out, and nothing else."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.do_not_call_files import digest_of, digest_of_hash, read_numbers

NUMBER = "+12025550100"
HASH = hashlib.sha256(NUMBER.encode()).hexdigest()


@pytest.mark.parametrize(
    "line",
    [
        NUMBER, "202,5550100", "2025550100", "(202) 555-0100", '"+12025550100"', HASH,
        HASH.upper(), f"{HASH},2026-11-01", f"{NUMBER};asked by letter", "\ufeff+12025550100",
    ],
)  # fmt: skip
def test_every_shape_of_a_number_becomes_the_same_digest(line: str) -> None:
    found = read_numbers([line.encode() + b"\r\n"], "US")
    assert list(found.digests) == [digest_of(NUMBER)]
    assert found.rejected == 0


def test_prefixes_headings_and_bad_lines_are_told_apart() -> None:
    lines = [b"Phone number\n", b"+1900*\n", b"\n", b"nonsense\n", b"12\n", b"+994501234567\n"]
    found = read_numbers(lines, None)
    assert found.prefixes == ["+1900"]
    assert list(found.digests) == [digest_of("+994501234567")]
    assert found.rejected == 2
    assert found.rejected_shown == [(4, "nonsense"), (5, "12")]


def test_a_number_without_country_code_is_rejected_when_no_region_is_given() -> None:
    assert read_numbers([b"2025550100\n"], None).rejected == 1


@given(st.from_regex(r"\A\+[0-9]{7,15}\Z"))
def test_a_hash_and_its_number_are_the_same_entry(number: str) -> None:
    digest = digest_of(number)
    assert -(2**63) <= digest < 2**63
    assert digest == digest_of_hash(hashlib.sha256(number.encode()).hexdigest())


@given(st.lists(st.binary(max_size=90)), st.sampled_from([None, "US", "TR"]))
def test_no_bytes_break_the_reader(lines: list[bytes], region: str | None) -> None:
    found = read_numbers(lines, region)
    assert len(found.digests) + len(found.prefixes) + found.rejected <= len(lines)
