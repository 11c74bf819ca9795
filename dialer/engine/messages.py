"""Recordings people and machines hear: the message for abandoned calls, what is left after a beep,
surveys by telephone keys; and the key that ends all of it.

The automated opt-out is 47 CFR 64.1200(a)(7)(i)(B): it works while the message plays, ends the
call, and the number is on the do-not-call list at once.
"""

from dialer.engine import live_answers
from dialer.engine.calls import Call, is_expected
from dialer.engine.commands import (
    AskQuestion,
    AwaitBeep,
    Hangup,
    PlayMessage,
    Recording,
    RecordOptOut,
    RecordSurveyAnswer,
)
from dialer.engine.config import CampaignConfig, Question
from dialer.engine.events import BeepHeard, KeyPressed, QuestionUnanswered
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.states import CallState
from dialer.engine.timers import Due


def play(floor: Floor, call: Call, recording: Recording, now: float) -> None:
    """Play it, wait for the key that opts out where there is one, and hang up."""
    config = _config(floor, call)
    call.message_at = call.message_at or now
    call.question = None
    can_opt_out = not call.is_machine and recording is not Recording.OPTED_OUT
    floor.say(
        PlayMessage(
            call_id=call.lead.call_id,
            campaign_id=config.campaign_id,
            on_abandon=config.on_abandon,
            recording=recording,
            opt_out_key=config.opt_out_key if can_opt_out else None,
        )
    )
    _watch(floor, call, now + floor.config.message_seconds_max)


def await_beep(floor: Floor, call: Call, seconds: float, now: float) -> None:
    """A machine talks: leave the message once it has said its beep."""
    call.enter(CallState.PLAYING, now)
    floor.say(
        AwaitBeep(call_id=call.lead.call_id, campaign_id=call.lead.campaign_id, seconds=seconds)
    )
    # Without a beep the switch speaks by itself at the end of that time.
    floor.timers.arm(Due.BEEP, call.lead.call_id, at=now + seconds)
    _watch(floor, call, now + seconds + floor.config.message_seconds_max)


def beep_heard(floor: Floor, event: BeepHeard, now: float) -> None:
    """The machine records from now on."""
    call = floor.calls.get(event.call_id)
    if call is None or not is_expected(event, call):
        return
    if call.is_machine and call.message_at is None:
        floor.timers.disarm(Due.BEEP, event.call_id)
        play(floor, call, Recording.MACHINE, now)


def beep_overdue(floor: Floor, call_id: CallId, now: float) -> None:
    """The machine has not beeped: the switch speaks to it now, by itself."""
    call = floor.calls[call_id]
    if call.state is CallState.PLAYING and call.message_at is None:
        call.message_at = now


def begin_survey(floor: Floor, call: Call, now: float) -> None:
    """Whoever answered hears the first question; that is what they were called for."""
    for due in (Due.LEGAL_SECONDS, Due.PARK_OVERDUE):
        floor.timers.disarm(due, call.lead.call_id)
    floor.team_of(call).unserved.pop(call.lead.call_id, None)
    live_answers.serve(floor, call, now)
    call.enter(CallState.PLAYING, now)
    call.message_at = now
    _watch(floor, call, now + floor.config.survey_seconds_max)
    _ask(floor, call, _config(floor, call).survey[0])


def key_pressed(floor: Floor, event: KeyPressed, now: float) -> None:
    """The key that opts out, or one that answers the question; any other means nothing."""
    call = floor.calls.get(event.call_id)
    if call is None or not is_expected(event, call) or call.is_machine:
        return
    config = _config(floor, call)
    if event.key == config.opt_out_key:
        _opt_out(floor, call, event.key, now)
        return
    question = next((one for one in config.survey if one.code == call.question), None)
    keys = {} if question is None else dict(question.keys)
    if question is None or event.key not in keys:
        return
    floor.say(
        RecordSurveyAnswer(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
            question=question.code,
            key=event.key,
            at=now,
        )
    )
    following = next((one for one in config.survey if one.code == keys[event.key]), None)
    if following is None:
        play(floor, call, Recording.THANKS, now)
    else:
        _ask(floor, call, following)


def unanswered(floor: Floor, event: QuestionUnanswered, now: float) -> None:
    """Nobody pressed a key that means anything: the survey ends there."""
    call = floor.calls.get(event.call_id)
    if call is None or not is_expected(event, call) or call.question != event.question:
        return
    call.question = None
    floor.say(Hangup(call_id=event.call_id, cause="NORMAL_CLEARING"))
    _watch(floor, call, now + live_answers.WATCH_AGAIN_SECONDS)


def _ask(floor: Floor, call: Call, question: Question) -> None:
    config = _config(floor, call)
    call.question = question.code
    keys = "".join(key for key, _ in question.keys)
    floor.say(
        AskQuestion(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            question=question.code,
            keys=keys + (config.opt_out_key or ""),
        )
    )


def _opt_out(floor: Floor, call: Call, key: str, now: float) -> None:
    if call.opted_out_at is not None:
        return
    call.opted_out_at = now
    floor.say(
        RecordOptOut(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
            number=call.lead.number,
            key=key,
            at=now,
        )
    )
    play(floor, call, Recording.OPTED_OUT, now)


def _watch(floor: Floor, call: Call, at: float) -> None:
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)


def _config(floor: Floor, call: Call) -> CampaignConfig:
    return floor.campaigns[call.lead.campaign_id].config
