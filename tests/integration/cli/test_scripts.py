"""`dialer scripts` from the check of a file to the results."""

import csv
import json
from pathlib import Path

import pytest

from campaigns.store.store import Store
from dialer.cli.main import cli
from tests.support.cli import CommandLine, write_config
from tests.support.scripted_talk import EXAMPLES, SMALL
from tests.support.stored import NOW, add_campaign
from tests.support.stored_scripts import call_next, interview, person

del cli


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


def write_script(folder: Path, text: str = SMALL) -> str:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_check_tells_lines_and_what_to_do(dialer: CommandLine, tmp_path: Path) -> None:
    good = dialer("scripts", "check", str(EXAMPLES / "service_survey.toml"))
    assert (good.status, good.err) == (0, "")
    assert "is sound: 8 steps, 11 questions" in good.out
    path = write_script(tmp_path, SMALL.replace('to = "young"', 'to = "yuong"', 1))
    bad = dialer("scripts", "check", path)
    assert bad.status == 1
    assert f'{path}:29: error: "yuong" is no step and no end. Did you mean "young"?' in bad.out
    found = dialer("scripts", "check", path, "--json").json()
    assert (found[0]["line"], found[0]["code"]) == (29, "nowhere")
    missing = dialer("scripts", "check", str(tmp_path / "none.toml"))
    assert missing.status == 1 and "cannot be read" in missing.out


def test_preview_reads_to_what_is_not_answered(dialer: CommandLine, tmp_path: Path) -> None:
    path = write_script(tmp_path)
    said = dialer("scripts", "preview", path, "--answer", "age=30")
    assert "Is this Jane Example of your town?" in said.out
    assert "age: How old? -> 30" in said.out and "nps: Would you recommend us? -> ?" in said.out
    wrong = dialer("scripts", "preview", path, "--answer", "age=300")
    assert (wrong.status, "must be from 0 to 120" in wrong.err) == (2, True)
    full = dialer("scripts", "preview", path, "--full", "x")
    assert "There is no quota 'x'" in full.err


async def prepare(store: Store, *, interviews: int = 0) -> int:
    campaign = await add_campaign(store, leads=[person(i, "F") for i in range(1, 9)])
    return campaign.id


def test_a_script_is_added_assigned_shown_and_its_results_exported(
    dialer: CommandLine, tmp_path: Path, database_url: str
) -> None:
    import asyncio

    async def with_store(work: object) -> object:
        async with await Store.open(database_url, directory=tmp_path, upgrade=False) as store:
            return await work(store)  # type: ignore[operator]

    asyncio.run(with_store(prepare))
    path = write_script(tmp_path)
    added = dialer("scripts", "add", path, "--assign", "spring")
    assert added.status == 0, added.err
    assert "Script 'small', version 1, is stored." in added.out
    assert "uses 'small', version 1" in added.out
    again = dialer("scripts", "add", path)
    assert "version 1, is there already" in again.out
    write_script(tmp_path, SMALL.replace("target = 2", "target = 3"))
    dialer("scripts", "add", path)
    assert [v["version"] for v in dialer("scripts", "versions", "small", "--json").json()] == [2, 1]
    assert dialer("scripts", "list", "--json").json()[0]["campaigns"] == ["spring (1)"]
    assert dialer("scripts", "show", "small@1", "--source").out == SMALL

    async def talk(store: Store) -> None:
        row = await store.campaigns.get("spring")
        for index in range(2):
            call_id = await call_next(store, row, now=NOW.replace(year=2099))
            await interview(
                store, call_id, "done", ["opening", "age", "score"], age=30 + index, nps=9
            )

    asyncio.run(with_store(talk))
    assert dialer("scripts", "quotas", "spring", "--json").json()[0] == {
        "name": "women in Baku", "target": 2, "interviews": 2, "is_full": True,
    }  # fmt: skip
    said = dialer("scripts", "results", "spring", "--row", "nps", "--by", "fields.city",
                  "--charts", str(tmp_path / "charts"))  # fmt: skip
    assert said.status == 0, said.err
    assert "spring: 2 complete interviews" in said.out
    assert (
        "NPS +100" in said.out and "RR1" in said.out and "required steps seen  100.0%" in said.out
    )
    assert (tmp_path / "charts" / "question-nps.svg").is_file()
    found = dialer("scripts", "results", "spring", "--json").json()
    assert found["rates"]["cases"] == {"1.1": 2}
    target = tmp_path / "answers.csv"
    assert "2 interviews written" in dialer("scripts", "export", "spring", str(target)).out
    with target.open(encoding="utf-8-sig") as file:
        assert sorted(row["age"] for row in csv.DictReader(file)) == ["30", "31"]
    assert dialer("scripts", "export", "spring", "answers.pdf").status == 2
    assert "moved 6 leads" not in dialer("scripts", "assign", "spring", "small@2").out
    none = dialer("scripts", "assign", "spring", "--none")
    assert "uses no script" in none.out
    assert dialer("scripts", "assign", "spring").status == 2
    assert json.loads(dialer("scripts", "quotas", "spring", "--json").out) == []
