"""The example list: fictional numbers only, each once, and made by the script beside it."""

import csv
import gzip
import importlib.util
import re
from collections import Counter
from pathlib import Path

from campaigns.phone_numbers import parse
from tests.support.tables import read_table

FOLDER = Path("examples/bank_telesales")
FICTION = re.compile(r"\([2-9]\d\d\) 555-01\d\d")


def rows() -> list[dict[str, str]]:
    with gzip.open(FOLDER / "customers.csv.gz", "rt", newline="") as file:
        return list(csv.DictReader(file))


def test_every_number_is_reserved_for_fiction_and_used_once() -> None:
    phones = [row["phone"] for row in rows()]
    assert len(phones) == len(set(phones)) == 41_188
    assert all(FICTION.fullmatch(phone) for phone in phones)


def test_every_area_code_is_real_and_most_of_the_list_is_open_together() -> None:
    areas = Counter(row["phone"][1:4] for row in rows())
    zones: Counter[str] = Counter()
    for area, count in areas.items():
        number = parse(f"+1{area}5550100", None)
        assert number.region in ("US", "CA")
        zones["+".join(number.time_zones)] += count
    eastern = zones["America/New_York"] + zones["America/Toronto"]
    assert eastern + zones["America/Chicago"] > 0.7 * 41_188
    assert zones["America/Los_Angeles"] > 1_000


def test_durations_and_sales_are_those_of_the_source() -> None:
    table = rows()
    talk = [int(row["last_talk_seconds"]) for row in table]
    assert round(sum(talk) / len(talk), 1) == 258.3
    assert max(talk) == 4_918
    assert sum(row["subscribed"] == "yes" for row in table) == 4_640


def test_the_script_makes_the_same_rows_from_an_original(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_list", FOLDER / "make_list.py")
    assert spec is not None
    assert spec.loader is not None
    make_list = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_list)
    shipped = rows()
    in_order = sorted(shipped, key=lambda row: row["customer_id"])
    names = {"last_talk_seconds": "duration", "subscribed": "y"}
    kept = [name for name in make_list.COLUMNS if name not in ("customer_id", "name", "phone")]
    original = tmp_path / "original.csv"
    with original.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([names.get(name, name) for name in kept])
        writer.writerows([row[name] for name in kept] for row in in_order)
    make_list.main([str(original), str(tmp_path)])
    with gzip.open(tmp_path / "customers.csv.gz", "rt", newline="") as file:
        assert list(csv.DictReader(file)) == shipped
    for name in ("consents.csv.gz", "national_do_not_call.txt"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_the_small_example_shows_what_its_remarks_say() -> None:
    table = read_table(Path("examples/small.csv"))
    assert [lead.external_id for lead in table.leads] == ["1001", "1002", "1004", "1006"]
    assert [(problem.line, problem.column) for problem in table.problems] == [
        (4, "phone"),
        (5, "phone2"),
        (7, "phone"),
    ]
    assert "area code" in table.reasons[4]
    assert "rounded" in table.reasons[7]
