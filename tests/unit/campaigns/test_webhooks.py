"""How deliveries are signed, when they are tried again, and where they may not go."""

import hashlib
import hmac
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.webhooks import (
    FAILING_MAX,
    TRIES_MAX,
    WAIT_SECONDS_MAX,
    BadWebhook,
    checked_url,
    is_allowed,
    is_disabled_by,
    is_genuine,
    new_secret,
    signature,
    wait_seconds,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_signature_is_what_the_docs_say_and_only_the_secret_makes_it() -> None:
    body, key = b'{"id":"1"}', new_secret()
    header = signature(body, at=1_772_463_600, keys=[key])
    plain = hmac.new(key.encode(), b"1772463600." + body, hashlib.sha256).hexdigest()
    assert header == f"t=1772463600,v1={plain}"
    assert is_genuine(body, header, key=key, now=1_772_463_700)
    assert not is_genuine(body + b" ", header, key=key, now=1_772_463_700)
    assert not is_genuine(body, header, key=new_secret(), now=1_772_463_700)
    assert not is_genuine(body, header, key=key, now=1_772_464_000)


def test_while_a_secret_is_changed_both_fit() -> None:
    old, new = new_secret(), new_secret()
    header = signature(b"x", at=100, keys=[new, old])
    assert is_genuine(b"x", header, key=old, now=100)
    assert is_genuine(b"x", header, key=new, now=100)


@given(st.text(max_size=80))
def test_no_header_is_an_error(header: str) -> None:
    assert not is_genuine(b"x", header, key="k", now=0.0)


def test_tries_spread_over_some_three_days_and_never_come_all_at_once() -> None:
    longest = sum(wait_seconds(tries, luck=0.999999) for tries in range(1, TRIES_MAX))
    shortest = sum(wait_seconds(tries, luck=0.0) for tries in range(1, TRIES_MAX))
    assert timedelta(days=1) < timedelta(seconds=shortest) < timedelta(seconds=longest)
    assert timedelta(seconds=longest) < timedelta(days=3)
    assert wait_seconds(10**6, luck=0.5) <= WAIT_SECONDS_MAX
    assert wait_seconds(1, luck=0.0) == 2.5


def test_a_receiver_that_is_gone_or_silent_for_days_is_switched_off() -> None:
    assert "410" in (is_disabled_by(410, None, NOW) or "")
    assert is_disabled_by(500, NOW - FAILING_MAX + timedelta(seconds=1), NOW) is None
    assert "3 days" in (is_disabled_by(None, NOW - FAILING_MAX, NOW) or "")


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/",
        "https://127.0.0.1/",
        "https://10.0.0.7/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fe80::1%25eth0]/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://user:pass@crm.example.com/",
        "https://crm.example.com:0/",
        "https://crm.example.com:99999/",
        "https://crm.example.com/#part",
        "ftp://crm.example.com/",
        "file:///etc/passwd",
        "https:///x",
        "https://crm.example.com/\r\nX: 1",
        "https://crm.example.com/a b",
        "https://кредит.example/",
        "https://" + "a" * 2000,
        "https://[",
        "",
    ],
)
def test_addresses_that_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(BadWebhook, match="url"):
        checked_url(url, ())


def test_public_addresses_and_allowed_networks_are_taken() -> None:
    assert checked_url("https://crm.example.com:8443/hooks?x=1", ())
    lan = (ipaddress.ip_network("127.0.0.0/8"),)
    assert checked_url("http://127.0.0.1:8080/hook", lan)
    with pytest.raises(BadWebhook):
        checked_url("http://10.0.0.1/", lan)


@given(st.ip_addresses(v=4))
def test_wrapped_into_ipv6_an_address_is_what_it_was(address: ipaddress.IPv4Address) -> None:
    wrapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert is_allowed(wrapped, ()) == is_allowed(address, ())
