"""`dialer dnc import`, `dnc lists` and `dialer consents`, as a person types them."""

import hashlib
from pathlib import Path

import pytest

from tests.support.cli import CAMPAIGN, CommandLine, write_campaign, write_config

NUMBER = "+12025550100"


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    line = CommandLine(write_config(tmp_path, url=database_url), capsys)
    assert line("campaign", "create", str(write_campaign(tmp_path))).status == 0
    return line


def write(folder: Path, text: str) -> str:
    path = folder / "numbers.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_hashed_national_file_is_imported_listed_and_checked(
    dialer: CommandLine, tmp_path: Path
) -> None:
    file = write(tmp_path, hashlib.sha256(NUMBER.encode()).hexdigest() + "\nnonsense\n")
    national = ("--list", "us-dnc", "--kind", "national", "--region", "US", "--date", "2026-01-05")
    done = dialer("dnc", "import", file, *national)
    assert done.status == 0, done.err
    assert "1 numbers and 0 prefixes are on the do-not-call list 'us-dnc'" in done.out
    assert "line 2: nonsense" in done.err
    (listed,) = dialer("dnc", "lists", "--json").json()
    assert (listed["kind"], listed["region"], listed["hash_count"]) == ("national", "US", 1)
    assert listed["imported_at"] == "2026-01-05T00:00:00+00:00"
    assert "calls to US" in dialer("dnc", "lists").out
    assert dialer("dnc", "check", NUMBER, "--json").json()["may_be_called"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--list", "x", "--kind", "client"), "needs its owner: --client NAME"),
        (("--list", "x", "--kind", "national"), "needs its country"),
        (("--list", "x", "--client", "A", "--campaign", "b"), "--client or --campaign alone"),
        (("--list", "x", "--client", "Nobody"), "There is no client 'Nobody'"),
        (("--list", "x", "--date", "2999-01-01"), "in the future"),
        (("--list", "x", "--region", "ZZ"), "no country"),
    ],
)
def test_options_that_do_not_fit_are_told_in_one_sentence(
    dialer: CommandLine, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    failed = dialer("dnc", "import", write(tmp_path, NUMBER), *words)
    assert failed.status != 0
    assert said in failed.err


def test_a_file_without_a_number_changes_nothing(dialer: CommandLine, tmp_path: Path) -> None:
    failed = dialer("dnc", "import", write(tmp_path, "name\n"), "--list", "x")
    assert "holds no number, prefix or hash" in failed.err
    assert "no do-not-call list yet" in dialer("dnc", "lists").out


def test_a_consent_is_recorded_shown_and_withdrawn(dialer: CommandLine) -> None:
    words = (NUMBER, "--client", "Acme")
    proof = ("--source", "web form", "--proof", "form-1.pdf", "--given", "2026-01-05")
    assert "is recorded" in dialer("consents", "add", *words, *proof).out
    assert "was recorded before" in dialer("consents", "add", *words, *proof).out
    (shown,) = dialer("consents", "check", NUMBER, "--json").json()
    assert (shown["purpose"], shown["in_force"]) == ("any", True)
    assert (
        "1 consent of +12025550100 for Acme ended now" in dialer("consents", "withdraw", *words).out
    )
    assert "nothing was changed" in dialer("consents", "withdraw", *words).out
    assert "no" in dialer("consents", "check", NUMBER).out
    unknown = dialer("consents", "add", NUMBER, "--client", "Zeta", *proof)
    assert "There is no client 'Zeta'; there are: Acme" in unknown.err


def test_a_file_of_consents_is_imported_once(dialer: CommandLine, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "number,given_at,source,proof,purpose\n"
        "202-555-0100,2026-01-05,form,a.pdf,marketing\n"
        "12,2026-01-05,form,a.pdf,marketing\n",
    )
    words = ("consents", "import", file, "--client", "Acme", "--region", "us")
    done = dialer(*words)
    assert "1 consents read, 1 of them new, 1 bad lines" in done.out
    assert "line 3: the number has too few digits" in done.err
    assert dialer(*words, "--json").json()["added"] == 0
    bad = dialer("consents", "import", write(tmp_path, "phone\n1\n"), "--client", "Acme")
    assert "has no column number, given_at, source, proof" in bad.err


def test_settings_that_the_law_forbids_are_refused_when_the_campaign_is_created(
    dialer: CommandLine, tmp_path: Path
) -> None:
    autumn = CAMPAIGN.replace("spring", "autumn") + '[calls]\non_abandon = "hangup"\n'
    hangs_up = write_campaign(tmp_path, autumn)
    said = dialer("campaign", "create", str(hangs_up))
    assert said.status != 0
    assert "must hear a message" in said.err
    assert "47 CFR 64.1200(a)(7)(i)" in said.err
    assert [each["name"] for each in dialer("campaign", "list", "--json").json()] == ["spring"]
