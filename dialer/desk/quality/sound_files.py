"""Where the file of a recording lies, and what its player can say when it is not here.

A path is made of the settings' folder and the id that the database has; nothing of a request is
ever in it. Files belong to the switches: where these are other machines, the folder is theirs, and
may or may not be shared with this one.
"""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from campaigns.store.recording_search import FoundRecording
from dialer.desk.words import N_
from freeswitch.values import wav_path

RUNNING_LASTS = timedelta(hours=4)
"""No call lasts longer (the switch ends it before); a file without a length is then left over."""


@enum.unique
class SoundState(enum.StrEnum):
    """Whether a recording can be heard."""

    HERE = "here"
    RUNNING = "running"
    ELSEWHERE = "elsewhere"
    MISSING = "missing"
    FORGOTTEN = "forgotten"


WORDS = {
    SoundState.RUNNING: N_("The call goes on. It can be heard when it has ended."),
    SoundState.ELSEWHERE: N_(
        "The file is not on this machine. It lies on one of the switches, at the path below: fetch "
        "it from there, or share the folder with this machine."
    ),
    SoundState.MISSING: N_(
        "The file is not there any more, though it should be. Say so with the command below."
    ),
    SoundState.FORGOTTEN: N_("The person was forgotten. Nobody may listen to this call."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFolder:
    """Where recordings are."""

    folder: Path
    """`files.recordings`, as the switch sees it."""
    elsewhere: tuple[str, ...] = ()
    """Switches on other machines, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The file of one recording."""

    state: SoundState
    path: str
    """As the switch sees it."""
    elsewhere: tuple[str, ...]

    @property
    def words(self) -> str:
        """Why it cannot be heard, in English; empty where it can."""
        return WORDS.get(self.state, "")


def sound_of(place: RecordingFolder, found: FoundRecording, now: datetime) -> Sound:
    """Where the recording's file is. Looks at the disk: call it in a thread."""
    path = wav_path("recording", str(place.folder), found.file_id)
    is_open = found.seconds is None and found.ended_at is None
    if found.is_forgotten:
        state = SoundState.FORGOTTEN
    elif is_open and found.started_at > now - RUNNING_LASTS:
        state = SoundState.RUNNING
    elif Path(path).is_file():
        state = SoundState.HERE
    else:
        state = SoundState.ELSEWHERE if place.elsewhere else SoundState.MISSING
    return Sound(state=state, path=path, elsewhere=place.elsewhere)
