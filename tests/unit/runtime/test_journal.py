"""What goes into the journal comes out of it."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.engine.commands import Command, Drained
from dialer.engine.config import EngineConfig
from dialer.engine.events import DrainRequested, Event
from dialer.runtime.journal import (
    Journal,
    JournalError,
    Record,
    journal_files,
    read_header,
    read_journal,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(float, finite)
events = st.one_of([st.from_type(one) for one in get_args(Event)])
commands = st.one_of([st.from_type(one) for one in get_args(Command)])
steps = st.tuples(finite, st.none() | events, st.lists(commands, max_size=4))


def open_journal(
    directory: Path, *, file_bytes_max: int = 10_000_000, files_max: int = 4
) -> Journal:
    return Journal(
        directory,
        config=EngineConfig(),
        started_at=1.5,
        file_bytes_max=file_bytes_max,
        files_max=files_max,
    )


@given(written=st.lists(steps, max_size=10))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
def test_every_event_and_command_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[float, Event, list[Command]]]
) -> None:
    directory = tmp_path_factory.mktemp("journal")
    journal = open_journal(directory)
    for now, event, said in written:
        journal.append(now, event, said)
    journal.close()
    (file,) = journal_files(directory)
    assert list(read_journal(file)) == [
        Record(now=now, event=event, commands=tuple(said)) for now, event, said in written
    ]
    assert read_header(file).config == EngineConfig()


def test_a_journal_goes_on_in_a_new_file_and_forgets_the_oldest(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, file_bytes_max=600, files_max=3)
    for step in range(100):
        journal.append(float(step), DrainRequested(), [Drained()])
    journal.close()
    files = journal_files(tmp_path)
    assert len(files) == 3
    headers = [read_header(file) for file in files]
    assert len({header.session for header in headers}) == 1
    assert [header.part for header in headers] == [headers[0].part + i for i in range(3)]
    kept = [record.now for file in files for record in read_journal(file)]
    assert kept == [float(step) for step in range(100 - len(kept), 100)]


def test_a_second_run_begins_a_file_and_a_session_of_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        open_journal(tmp_path).close()
    first, second = (read_header(file) for file in journal_files(tmp_path))
    assert first.session != second.session


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    for step in range(3):
        journal.append(float(step), DrainRequested(), [])
    journal.close()
    (file,) = journal_files(tmp_path)
    file.write_bytes(file.read_bytes()[:-5])
    assert [record.now for record in read_journal(file)] == [0.0, 1.0]


@pytest.mark.parametrize("line", [b"{}\n", b'[1.0,"NoSuchEvent",{},[]]\n', b"not json\n"])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: bytes) -> None:
    open_journal(tmp_path).close()
    (file,) = journal_files(tmp_path)
    with file.open("ab") as stream:
        stream.write(line)
    with pytest.raises(JournalError, match=r"line 2 is no journal record"):
        list(read_journal(file))


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "journal-00000001.jsonl"
    file.write_bytes(b"hello\n")
    with pytest.raises(JournalError, match="does not begin with a journal header"):
        list(read_journal(file))
