"""Alarms in words: what is so, with its number, and what to do about it."""

from dialer.desk.board.alarms import Alarm, Kind
from dialer.desk.formats import Formats
from dialer.desk.words import Words


def sentence(alarm: Alarm, _: Words, f: Formats) -> str:
    """One or two short sentences in the language of `_`."""
    said = _machinery(alarm, _) or _agent(alarm, _, f) or _campaign(alarm, _, f)
    assert said, alarm
    return said


def _steady(seconds: float, f: Formats) -> str:
    """To the minute: a text that changes each second is read by nobody, and sent to everybody."""
    return f.duration(seconds if seconds < 60 else seconds - seconds % 60)


def _machinery(alarm: Alarm, _: Words) -> str:
    match alarm.kind:
        case Kind.DATABASE_DOWN:
            return _(
                "The database is out of reach: nothing new is dialled. Calls go on. %(why)s",
                why=alarm.detail,
            )
        case Kind.SWITCH_LOST:
            return _(
                "Switch %(name)s does not answer. Look at its machine and the network.",
                name=alarm.subject,
            )
        case Kind.GATEWAY_DOWN:
            return _(
                "Gateway %(name)s is down: no call goes out by it. Ask the carrier.",
                name=alarm.subject,
            )
        case _other:
            return ""


def _agent(alarm: Alarm, _: Words, f: Formats) -> str:
    values = {"name": alarm.subject, "time": _steady(alarm.value, f)}
    match alarm.kind:
        case Kind.AGENT_IDLE:
            return _("%(name)s has been ready for %(time)s without a call.", **values)
        case Kind.WRAP_UP_LONG:
            return _("%(name)s has been wrapping up for %(time)s.", **values)
        case Kind.PAUSE_LONG:
            return _(
                "%(name)s has been paused for %(time)s: %(reason)s.",
                **values,
                reason=alarm.detail or _("no reason given"),
            )
        case Kind.LINE_LOST:
            return _(
                "%(name)s has had no telephone on the line for %(time)s. Is it registered?",
                **values,
            )
        case _other:
            return ""


def _campaign(alarm: Alarm, _: Words, f: Formats) -> str:
    name = alarm.subject
    match alarm.kind:
        case Kind.ABANDONMENT:
            values = {
                "name": name,
                "ledger": alarm.detail,
                "ratio": f.percent(alarm.value, digits=2),
                "limit": f.percent(alarm.limit, digits=2),
            }
            if alarm.value > alarm.limit:
                return _(
                    "%(name)s: %(ratio)s abandoned in ledger %(ledger)s, over its limit of "
                    "%(limit)s. Only ready agents are dialled for.",
                    **values,
                )
            return _(
                "%(name)s: %(ratio)s of %(limit)s abandoned in ledger %(ledger)s; it bears "
                "%(left)s more. A lower target keeps it away.",
                **values,
                left=f.number(alarm.left or 0),
            )
        case Kind.PAUSED_BY_RULES:
            return _("%(name)s was paused by a rule: %(why)s", name=name, why=alarm.detail)
        case Kind.HOPPER_DRY:
            return _(
                "%(name)s has had no lead to call for %(time)s. %(why)s",
                name=name,
                time=_steady(alarm.value, f),
                why=alarm.detail,
            ).strip()
        case Kind.CALLBACKS_OVERDUE:
            return _.ngettext(
                "%(name)s: %(num)s promised call is overdue.",
                "%(name)s: %(num)s promised calls are overdue.",
                int(alarm.value),
                name=name,
            )
        case Kind.LIST_NEARLY_DONE:
            return _(
                "%(name)s is nearly finished: %(left)s of %(total)s leads are left.",
                name=name,
                left=f.number(int(alarm.value)),
                total=f.number(int(alarm.limit)),
            )
        case _other:
            return ""
