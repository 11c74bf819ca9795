"""The player's part of a page, for every page that lets somebody listen.

A page of its own does three things, and keeps who may listen to itself:

    view = await player_view(request, person, found, base="/client/recordings/ID")
    {% from "quality/player.html.j2" import player with context %}{{ player(view) }}
    GET base/waveform -> waveform_answer(request, found)
    POST base/listening -> begin_listening(request, person, found)

The sound itself is served by `/listenings/ID` to whom the listening was begun for, and to nobody
else. `player_view` writes the line in the audit log that the recording was looked at;
`begin_listening` the one that it was listened to, once for each press of play on a fresh page.
"""

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse

from campaigns.store.call_marks import CallMark
from campaigns.store.listening import Waveform
from campaigns.store.recording_search import FoundRecording
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person
from dialer.desk.quality.sound_files import RecordingFolder, Sound, SoundState, sound_of
from dialer.desk.quality.waveform import BadSound, read_waveform
from dialer.desk.words import N_

log = logging.getLogger(__name__)

_LABELS = {
    "bridge": N_("Connected"),
    "hold": N_("On hold"),
    "resume": N_("Back from hold"),
    "transfer": N_("Handed to another agent"),
    "third_party": N_("A third party joined"),
    "third_party_gone": N_("The third party left"),
    "note": N_("Note"),
    "step": N_("Script"),
    "hand_over": N_("Handed over"),
    "mask": N_("Masked"),
}
CONSENTS = {
    "notice": N_("A notice was played as the agent came."),
    "key": N_("The person agreed by a key."),
    "agent": N_("The person told the agent that they agree."),
}
_waveforms = asyncio.Semaphore(2)
"""Two files are read at a time: an hour of sound is a second's work and two hundred megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerMark:
    """A moment of the recording worth jumping to."""

    second: float
    until: float | None
    """The end of a stretch, such as a masked one."""
    kind: str
    label: str
    """English; translated where it is shown."""
    words: str

    def document(self) -> dict[str, Any]:
        """As the page's script reads it."""
        return {"second": self.second, "until": self.until, "kind": self.kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerView:
    """What the player's template needs."""

    found: FoundRecording
    sound: Sound
    marks: tuple[PlayerMark, ...]
    consent: str
    """How the person was told or agreed, in English."""
    base: str
    """The address of the page's own recording, for the waveform and the listening."""

    @property
    def is_here(self) -> bool:
        """Whether it can be heard."""
        return self.sound.state is SoundState.HERE


async def player_view(
    request: Request, person: Person, found: FoundRecording, *, base: str
) -> PlayerView:
    """Look at a recording, which the caller has found to be this person's to look at. Audited."""
    desk = state_of(request)
    await desk.store.quality.listening.looked(
        found.file_id, address=address_of(request), by=person.by, now=desk.wall()
    )
    marks = await desk.store.quality.marks.of_call(found.call_id)
    return PlayerView(
        found=found,
        sound=await _sound(request, found),
        marks=marks_of(found, marks),
        consent=CONSENTS[found.consent],
        base=base,
    )


async def waveform_answer(request: Request, found: FoundRecording) -> JSONResponse:
    """Both voices as the player draws them: {seconds, lead, agent}, base64 of a byte a point.

    404 with a sentence when there is no file that can be drawn.
    """
    desk = state_of(request)
    sound = await _require_here(request, found)
    waveform = await desk.store.quality.listening.waveform(found.file_id)
    if waveform is None:
        waveform = await _drawn(Path(sound.path))
        await desk.store.quality.listening.keep_waveform(found.file_id, waveform, now=desk.wall())
    return JSONResponse(
        {
            "seconds": waveform.seconds,
            "lead": base64.b64encode(waveform.lead).decode(),
            "agent": base64.b64encode(waveform.agent).decode(),
        },
        headers={"Cache-Control": "private, no-store"},
    )


async def begin_listening(
    request: Request, person: Person, found: FoundRecording
) -> dict[str, str]:
    """Somebody presses play: the address of the sound, theirs alone. Audited."""
    desk = state_of(request)
    await _require_here(request, found)
    listening_id = await desk.store.quality.listening.begin(
        found.file_id, user_id=person.user_id, address=address_of(request), by=person.by,
        now=desk.wall(),
    )  # fmt: skip
    return {"sound": f"/listenings/{listening_id}"}


def marks_of(found: FoundRecording, happened: Sequence[CallMark]) -> tuple[PlayerMark, ...]:
    """The moments of a call, in seconds of its recording; what came before it is left out, what
    was written after it stands at its end."""
    length = found.seconds or 0.0

    def second(at: datetime) -> float:
        return min((at - found.started_at).total_seconds(), length)

    marks = [
        PlayerMark(
            second=max(0.0, second(since)), until=length if until is None else second(until),
            kind="mask", label=_LABELS["mask"], words="",
        )
        for since, until in found.masked
    ]  # fmt: skip
    holds = iter([each.at for each in happened if each.kind == "resume"])
    for each in happened:
        if each.kind == "resume" or second(each.at) < 0:
            continue
        until = next((at for at in holds if at >= each.at), None) if each.kind == "hold" else None
        marks.append(
            PlayerMark(
                second=second(each.at), until=None if until is None else second(until),
                kind=each.kind, label=_LABELS[each.kind], words=each.words,
            )
        )  # fmt: skip
    if found.bridged_at is not None and second(found.bridged_at) >= 0:
        marks.append(
            PlayerMark(
                second=second(found.bridged_at), until=None, kind="bridge",
                label=_LABELS["bridge"], words="",
            )
        )  # fmt: skip
    return tuple(sorted(marks, key=lambda mark: (mark.second, mark.kind)))


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"


def folder_of(request: Request) -> RecordingFolder:
    """Where recordings are. 503 where the application was not told."""
    folder: RecordingFolder | None = request.app.state.recording_folder
    if folder is None:
        raise HTTPException(503, "Nobody said where the recordings are (files.recordings).")
    return folder


async def _sound(request: Request, found: FoundRecording) -> Sound:
    return await asyncio.to_thread(sound_of, folder_of(request), found, state_of(request).now())


async def _require_here(request: Request, found: FoundRecording) -> Sound:
    sound = await _sound(request, found)
    if sound.state is not SoundState.HERE:
        raise HTTPException(404, sound.words)
    return sound


async def _drawn(path: Path) -> Waveform:
    async with _waveforms:
        try:
            return await asyncio.to_thread(read_waveform, path)
        except (BadSound, OSError) as error:
            log.warning("No waveform of %s: %s", path.name, error)
            raise HTTPException(404, f"The sound cannot be drawn: {error}.") from error
