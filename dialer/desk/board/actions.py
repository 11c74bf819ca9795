"""What a supervisor does from the board. Each answers `{"said": a sentence}`, or a problem whose
detail is the service's refusal."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from campaigns.roles import Role
from dialer.desk.asking import StoreHere, now_of
from dialer.desk.board.alarm_words import sentence
from dialer.desk.board.asks import Asking
from dialer.desk.board.view import MODES
from dialer.desk.floor import Floor
from dialer.desk.formats import Formats
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.words import words_for
from dialer.pacing.settings import DialMode

router = APIRouter(prefix="/board", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.SUPERVISOR))]
Acting = Annotated[Person, Depends(acting_person(Role.SUPERVISOR))]
# PostgreSQL's text holds no NUL.
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Said = dict[str, str]


class Pause(BaseModel, extra="forbid"):
    """Into a pause, with the reason that the agent and the reports read."""

    reason: Line


class Move(BaseModel, extra="forbid"):
    """To another team."""

    team: int


class Message(BaseModel, extra="forbid"):
    """What the agents should read."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class Listen(BaseModel, extra="forbid"):
    """The supervisor's telephone, and who hears it."""

    phone: Line
    mode: Literal["listen", "whisper", "barge"]


class Unlisten(BaseModel, extra="forbid"):
    """The supervisor's telephone."""

    phone: Line


class Pacing(BaseModel, extra="forbid"):
    """What is to change; the rest stays."""

    mode: DialMode | None = None
    target_ratio: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class Seen(BaseModel, extra="forbid"):
    """The alarm's key."""

    key: Annotated[str, Field(min_length=1, max_length=300)]


# ---- agents -------------------------------------------------------------------------------------
@router.post("/agents/{agent_id}/pause")
async def pause(
    request: Request, person: Acting, floor: Floor, agent_id: int, wanted: Pause
) -> Said:
    """Send an agent into a pause; after the call they are on."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    agent = asking.agent(agent_id)
    answer = await asking.do(
        "agent.pause", {"agent": agent.name, "reason": wanted.reason, "is_order": True}
    )
    if "pending" in answer:
        said = _("%(name)s pauses after the call (%(reason)s).", name=agent.name,
                 reason=wanted.reason)  # fmt: skip
    else:
        said = _("%(name)s is paused (%(reason)s).", name=agent.name, reason=wanted.reason)
    return asking.done(said)


@router.post("/agents/{agent_id}/logout")
async def log_out(request: Request, person: Acting, floor: Floor, agent_id: int) -> Said:
    """Log an agent out; after the call they are on."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    agent = asking.agent(agent_id)
    answer = await asking.do("agent.logout", {"agent": agent.name, "is_order": True})
    if answer["state"] == "logged_out":
        return asking.done(_("%(name)s is logged out.", name=agent.name))
    return asking.done(_("%(name)s logs out after the call.", name=agent.name))


@router.post("/agents/{agent_id}/move")
async def move(request: Request, person: Acting, floor: Floor, agent_id: int, wanted: Move) -> Said:
    """Move an agent to another team; after the call they are on."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    agent, team = asking.agent(agent_id), asking.team_name(wanted.team)
    answer = await asking.do("agent.move", {"agent": agent.name, "team": team})
    if answer["is_pending"]:
        said = _("%(name)s moves to %(team)s after the call.", name=agent.name, team=team)
    else:
        said = _("%(name)s works for %(team)s now.", name=agent.name, team=team)
    if answer["callbacks"]:
        said += " " + _.ngettext(
            "%(num)s promised call stays with %(team)s.",
            "%(num)s promised calls stay with %(team)s.",
            answer["callbacks"],
            team=answer["from"],
        )
    return asking.done(said)


@router.post("/agents/{agent_id}/message")
async def write_to_agent(
    request: Request, person: Acting, floor: Floor, agent_id: int, wanted: Message
) -> Said:
    """Put a message on an agent's desk."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    agent = asking.agent(agent_id)
    await asking.do("agent.message", {"agent": agent.name, "text": wanted.text})
    return asking.done(_("A message went to %(name)s.", name=agent.name))


@router.post("/agents/{agent_id}/listen")
async def listen(
    request: Request, person: Acting, floor: Floor, agent_id: int, wanted: Listen
) -> Said:
    """Call the supervisor's telephone, to hear the agent's calls; or change who hears it."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    agent = asking.agent(agent_id)
    await asking.do(
        "calls.listen", {"agent": agent.name, "phone": wanted.phone, "mode": wanted.mode}
    )
    values = {"name": agent.name, "phone": wanted.phone}
    said = {
        "listen": _("Phone %(phone)s listens to %(name)s.", **values),
        "whisper": _("Phone %(phone)s whispers to %(name)s.", **values),
        "barge": _("Phone %(phone)s is in the call of %(name)s.", **values),
    }
    return asking.done(said[wanted.mode])


@router.post("/unlisten")
async def unlisten(request: Request, person: Acting, floor: Floor, wanted: Unlisten) -> Said:
    """End the supervisor's line."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    await asking.do("calls.unlisten", {"phone": wanted.phone})
    return asking.done(_("Phone %(phone)s listens no more.", phone=wanted.phone))


# ---- teams and campaigns ------------------------------------------------------------------------
@router.post("/teams/{team_id}/message")
async def write_to_team(
    request: Request, person: Acting, floor: Floor, team_id: int, wanted: Message
) -> Said:
    """Put a message on the desks of everybody of the team who is logged in."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    name = asking.team_name(team_id)
    answer = await asking.do("agent.message", {"team": name, "text": wanted.text})
    said = _.ngettext(
        "A message went to %(num)s agent of %(team)s.",
        "A message went to %(num)s agents of %(team)s.",
        len(answer["agents"]),
        team=name,
    )
    return asking.done(said)


@router.get("/teams/{team_id}/pacing")
async def show_pacing(request: Request, person: Looking, floor: Floor, team_id: int) -> Any:
    """How the team is paced, and how far that may be changed."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    answer = await asking.do("team.pacing", {"team": asking.team_name(team_id)})
    limits = answer["limits"]
    return {
        "mode": answer["mode"],
        "target_ratio": answer["target_ratio"],
        "is_set": answer["is_set"],
        "target_ratio_max": limits["target_ratio_max"],
        "limited_by": limits["limited_by"],
        "modes": [{"mode": one, "word": _(MODES[DialMode(one)])} for one in limits["modes"]],
    }


@router.post("/teams/{team_id}/pacing")
async def set_pacing(
    request: Request, person: Acting, floor: Floor, team_id: int, wanted: Pacing
) -> Said:
    """Change mode or target, within the limits of the team's ledgers and campaigns."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    name = asking.team_name(team_id)
    given = wanted.model_dump(exclude_none=True, mode="json")
    if not given:
        raise HTTPException(422, "Nothing was to be changed; name a mode or a target.")
    answer = await asking.do("team.pacing", {"team": name, **given})
    said = _(
        "%(team)s is paced %(mode)s, and aims at %(target)s abandoned.",
        team=name,
        mode=_(MODES[DialMode(answer["mode"])]),
        target=Formats(person.language, person.zone).percent(answer["target_ratio"], digits=2),
    )
    return asking.done(said)


@router.post("/campaigns/{campaign_id}/{verb}")
async def set_campaign(
    request: Request,
    person: Acting,
    floor: Floor,
    campaign_id: int,
    verb: Literal["start", "pause"],
) -> Said:
    """Start a campaign, or pause it: nothing new is dialled, and calls go on."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    name = asking.campaign_name(campaign_id)
    await asking.do(f"campaign.{verb}", {"campaign": name})
    if verb == "start":
        return asking.done(_("Campaign %(name)s runs.", name=name))
    return asking.done(_("Campaign %(name)s is paused.", name=name))


# ---- alarms and messages ------------------------------------------------------------------------
@router.post("/alarms/seen")
async def acknowledge(
    request: Request, person: Acting, floor: Floor, store: StoreHere, wanted: Seen
) -> Said:
    """Somebody has seen an alarm, and says so to the others."""
    asking, _ = Asking(request, person, floor), words_for(person.language)
    seen = asking.board.acknowledge(wanted.key, by=person.name)
    if seen is None:
        raise HTTPException(404, "That alarm is over already.")
    english = words_for("en")
    text = sentence(seen.alarm, english, Formats("en", person.zone))
    await store.audit.add(
        by=person.by,
        action="alarm seen",
        subject=f"alarm {seen.alarm.kind}",
        details={"subject": seen.alarm.subject, "text": text},
        now=now_of(request),
    )
    return {"said": _("Noted that you have seen it.")}


@router.get("/messages")
async def messages(request: Request, person: Looking, store: StoreHere) -> Any:
    """The newest messages, and who has read them."""
    del request
    f = Formats(person.language, person.zone)
    return [
        {
            "text": one.text,
            "to": one.team or one.receipts[0].agent,
            "by": one.sent_by,
            "time": f.moment(one.sent_at),
            "read": one.read,
            "agents": len(one.receipts),
            "unread": [each.agent for each in one.receipts if each.read_at is None],
        }
        for one in await store.messages.sent()
    ]
