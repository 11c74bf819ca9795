"""Working by telephone keys: what a sequence of keys means. Pure; `monitoring` and the rest act.

Between calls (and in wrap-up):

    1            ready
    2 r          pause; r is the number of a reason, # for none
    3 n #        result: the n-th of the campaign's dispositions
    4 n #        result "call back", in n minutes
    5 n #        result "call back", in n hours
    0 #          log out
    *            forget what was pressed so far

During a call every key goes to the lead's side as well, so only one thing is heard: ** ends the
call. Keys more than `GAP_SECONDS` apart do not belong together.
"""

from dataclasses import dataclass

from dialer.engine.in_call_commands import KeyMeaning

GAP_SECONDS = 6.0
"""A person who looks for a number takes two or three seconds between keys."""
DIGITS_MAX = 3
"""Dispositions are tens at most, and 999 minutes are most of a day."""
PAUSE_REASONS = ("break", "lunch", "training", "meeting", "other")
"""2 1 to 2 5."""

_WITH_NUMBER = {
    "3": KeyMeaning.RESULT,
    "4": KeyMeaning.CALLBACK_MINUTES,
    "5": KeyMeaning.CALLBACK_HOURS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was meant."""

    meaning: KeyMeaning
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Keys that mean nothing."""


@dataclass(slots=True)
class KeyEntry:
    """Keys pressed so far that wait for more."""

    keys: str = ""
    pressed_at: float = 0.0
    was_talking: bool = False

    def press(self, key: str, *, is_talking: bool, now: float) -> Said | NotUnderstood | None:
        """Take one key: what was meant by it and those before, or None while more must come."""
        if now - self.pressed_at > GAP_SECONDS or is_talking != self.was_talking:
            # Half a sequence from before the call, or from in it, is no beginning of this one.
            self.keys = ""
        self.pressed_at, self.was_talking = now, is_talking
        if is_talking:
            return self._press_in_talk(key)
        if key == "*":
            self.keys = ""
            return None
        self.keys += key
        found = _meaning(self.keys)
        if found is not None:
            self.keys = ""
        return found

    def _press_in_talk(self, key: str) -> Said | None:
        is_second = key == "*" and self.keys == "*"
        self.keys = "*" if key == "*" and not is_second else ""
        return Said(meaning=KeyMeaning.HANG_UP) if is_second else None


def _meaning(keys: str) -> Said | NotUnderstood | None:
    first, rest = keys[0], keys[1:]
    if first == "1":
        return Said(meaning=KeyMeaning.READY)
    if first == "2":
        return _pause(rest)
    if first == "0":
        return _log_out(rest)
    if first not in _WITH_NUMBER:
        return NotUnderstood()
    if rest.endswith("#"):
        digits = rest[:-1]
        if not digits or int(digits) == 0:
            return NotUnderstood()
        return Said(meaning=_WITH_NUMBER[first], number=int(digits))
    if rest and (rest[-1] not in "0123456789" or len(rest) > DIGITS_MAX):
        return NotUnderstood()
    return None


def _pause(rest: str) -> Said | NotUnderstood | None:
    if not rest:
        return None
    if rest == "#":
        return Said(meaning=KeyMeaning.PAUSE)
    if rest in "12345":
        return Said(meaning=KeyMeaning.PAUSE, number=int(rest))
    return NotUnderstood()


def _log_out(rest: str) -> Said | NotUnderstood | None:
    if not rest:
        return None
    return Said(meaning=KeyMeaning.LOG_OUT) if rest == "#" else NotUnderstood()
