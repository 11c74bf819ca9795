"""What the dialer and the store say when they refuse something, as a table for the translators.

`%(name)s` stands for whatever is there in the sentence. These are the sentences that agents,
clients and people on their own account's page can provoke; they are made in layers that know no
language.
A test reads those layers' sources, and fails for a sentence that has no line here.
"""

from dialer.desk.words import N_

WISHES = (
    N_(
        "Agent '%(agent)s' cannot ask for calls while %(state)s; that is possible while %(states)s."
    ),
    N_("Agent '%(agent)s' cannot pause while %(state)s; that is possible while %(states)s."),
    N_("Agent '%(agent)s' cannot log out while %(state)s; that is possible while %(states)s."),
    N_("Agent '%(agent)s' cannot end a call while %(state)s; that is possible while %(states)s."),
    N_(
        "Agent '%(agent)s' cannot give a call's result while %(state)s; that is possible while "
        "%(states)s."
    ),
    N_("Agent %(agent)s is not logged in; log in first."),
    N_("Agent '%(agent)s' belongs to team %(team)s, which is not here."),
    N_(
        "Call %(call)s is not agent '%(agent)s's present or last call; a disposition is taken for "
        "these two only."
    ),
    N_("Call %(call)s was handed over by agent '%(agent)s'; whoever took it says how it went."),
    N_(
        "Agent '%(agent)s' cannot dial: no line of campaign '%(campaign)s' is free this moment; "
        "press dial again."
    ),
    N_(
        "Agent '%(agent)s' has no lead to dial: one is shown in preview mode, while the agent is "
        "ready and a campaign of the team runs."
    ),
    N_(
        "Agent '%(agent)s' has no lead to skip: one is shown in preview mode, while the agent is "
        "ready and a campaign of the team runs."
    ),
    N_("Agent '%(agent)s' is logged in, so their phone is on the line; log out first."),
)
"""An agent's own state, results, and leads that are looked at first."""

IN_CALL = (
    N_("Agent '%(agent)s' has no line at the moment; it is being called again."),
    N_("Agent '%(agent)s' has no line at the moment."),
    N_("Agent '%(agent)s' is %(state)s and on no call."),
    N_("Agent '%(agent)s' is on no call."),
    N_("Agent '%(agent)s' cannot have that now: %(place)s."),
    N_("An outside number is on this call already; end that leg first."),
    N_("No line is free for another call; try again in a moment."),
    N_("No outside party is on this call."),
    N_("An outside party is on the call; end that leg first."),
    N_("No colleague is waited for on this call."),
    N_("That colleague is not logged in; the lead stays."),
    N_("Agent '%(agent)s' has this call already."),
    N_("Agent '%(agent)s' cannot take a call over now (%(why)s); the lead stays."),
    N_("Nobody of that team is at work who could take the call; the lead stays."),
    N_('This campaign does not record; its file says [recording] policy = "off".'),
    N_("The call is being recorded already."),
    N_("There are %(count)s recordings of this call already."),
    N_("The call is not being recorded."),
    N_("A transfer goes to one agent or to one team; name one of the two."),
    N_("The keys are '%(keys)s'; allowed is 1 to %(most)s keys: 0 to 9, * and #."),
    N_("The number '%(number)s' %(bad)s."),
    N_(
        "Campaign '%(campaign)s' allows no transfers to %(number)s. Its file names the numbers it "
        "allows: numbers = [...] under [transfer]."
    ),
)
"""While a lead speaks."""

SERVICE = (
    N_("The switch has not been reached yet; see `dialer status`."),
    N_(
        "Team '%(team)s' is held by another dialer process. Stop that one, or wait until its lease "
        "has run out, then try again."
    ),
    N_(
        "%(count)s events wait for the engine, the most there may be. The service stops; start it "
        "again and it will ask the switch which calls live."
    ),
    N_("Agent '%(agent)s' has no call to say anything of."),
    N_("There is no disposition '%(code)s' here; there are %(known)s."),
    N_(
        "'%(code)s' promises no call. Leave the time away, or choose a disposition of the kind "
        "callback."
    ),
    N_("There is no call %(call)s to write a note on."),
    N_("There is no call %(call)s to hand over."),
    N_("There is no call %(call)s."),
    N_("The call is '%(call)s', which is no id of one. `dialer calls list` shows them."),
    N_("The request %(kind)s needs '%(key)s', the name of one."),
    N_("The request %(kind)s needs '%(key)s', the number of one."),
    N_("The request %(kind)s needs '%(key)s', true or false."),
    N_("There is no request '%(kind)s'; there are %(known)s."),
    N_("%(key)s is '%(value)s'; it may be one of %(known)s."),
    N_("There is no agent '%(agent)s'. Did you mean %(names)s?"),
    N_("There is no agent '%(agent)s'. See `dialer agents list`."),
    N_("There is no team '%(team)s'. Did you mean %(names)s?"),
    N_("There is no team '%(team)s'. A team is made by a campaign or an agent that names it."),
    N_("There is no agent number %(agent)s."),
    N_("There is no campaign number %(campaign)s."),
)
"""What the running service and its store find before the engine is asked."""

CALLBACKS = (
    N_("A callback is for 'me' or for 'team', not for '%(whose)s'."),
    N_("'when_closed' is '%(value)s'; it must be one of %(known)s."),
    N_("'%(text)s' is no date and time. Write it like 2026-11-22 15:00, by the lead's clock."),
    N_(
        "This number may be in %(zones)s, where %(at)s is not the same moment. Ask the lead, and "
        "add --zone."
    ),
    N_("That moment was %(minutes)s minutes ago; the call is made at once."),
    N_("Calls to this number are not allowed at %(at)s, nor soon after it."),
    N_("Calls to this number are not allowed at %(at)s. The next allowed moment is %(opens_at)s."),
    N_(
        "Nothing was promised. %(warning)s Ask the person whether that one will do and add "
        "--or-next-open, or name another; --anyway promises it all the same, and it will be missed."
    ),
    N_(
        "Nothing was promised. %(warning)s Name another moment; --anyway promises it all the same, "
        "and it will be missed."
    ),
    N_(
        "Lead %(lead)s was promised another call at this moment. Look at it with `dialer callbacks "
        "list`, then try again."
    ),
    N_("Lead %(lead)s asked not to be called again (%(done)s); no call can be promised."),
    N_("There is no lead number %(lead)s, or none of its numbers is valid."),
    N_(
        "This agent is not of the team that calls this lead. Promise the call for an agent of that "
        "team, or for the team."
    ),
)
"""Promised calls, and what the law says of their hours."""

DESK = (
    N_("There is no result '%(code)s' here; there are %(known)s."),
    N_("That call is not on the screen any more; say its result instead."),
    N_("Say in a sentence what the person wants; the specialist reads it."),
    N_("%(specialist)s has no telephone number here; send a message instead."),
    N_(
        "Campaign '%(campaign)s' has no specialist '%(specialist)s'; it has %(known)s. Its file "
        "names them under [desk]."
    ),
    N_("That is no call of yours; load the page again."),
    N_("The dialer refused without a reason."),
    N_("The note has %(count)s characters; at most %(most)s are kept. Shorten it."),
    N_(
        "The hand-over has no words for the specialist. Say in a sentence what the person wants, "
        "so that they are not asked again."
    ),
    N_("No dialer runs behind this page. Start it with `dialer run`."),
    N_("Your account belongs to no agent. Ask an administrator to give it one."),
    N_("There is no action '%(action)s'; there are %(known)s."),
    N_("There is no such call, or it is not your team's."),
    N_("The call ended more than an hour ago; its answers stand."),
    N_("No script was opened for call %(call)s: the campaign has none, or the call is gone."),
    N_(
        "The answers of call %(call)s do not lead to the end '%(end)s' but to '%(step)s'.%(waits)s "
        "Load the script again."
    ),
    N_("There is no such review of yours."),
    N_("The recording of this call is no more; its review stays."),
    N_("There is no such listening, or it is over. Load the page again."),
)
"""The agent's page: notes, results, hand-overs, answers, reviews."""

ACCOUNTS = (
    N_(
        "The password has %(count)s characters; %(least)s are the least. Three or four words that "
        "do not belong together are easy to keep."
    ),
    N_("A password has at most %(most)s characters."),
    N_("That password is among the first that anybody tries. Choose another."),
    N_("The password contains the name of the account. Choose another."),
    N_("There is no language '%(language)s'; there are %(known)s."),
    N_("There is no time zone '%(zone)s'. Write one as Asia/Baku."),
    N_("There is no account number %(account)s. See `dialer users list`."),
    N_("There is no account '%(account)s'. Did you mean %(names)s?"),
    N_("There is no account '%(account)s'. See `dialer users list`."),
)
"""A person's own account."""

CLIENTS = (
    N_("The report has no table '%(table)s'."),
    N_("There is no client '%(client)s', or it is not for your account."),
    N_(
        "There is no client '%(client)s'; there are: %(known)s. A client comes to be with the "
        "first campaign that names it."
    ),
    N_("There is no such campaign, or it is not for your account."),
    N_("There is no such campaign."),
    N_("There are no recordings for your account in this campaign."),
    N_("There is no such recording, or it is not for your account."),
    N_("A bill is of 1 to %(most)s days, and %(begin)s to %(end)s is not."),
    N_("'%(day)s' as %(key)s is no day. Write it as 2026-12-31."),
    N_("The first attempt was made at %(at)s, after the end of the period. Give a later end."),
    N_(
        "The period ends at %(until)s, not after its beginning, %(since)s. Give an end after the "
        "beginning."
    ),
    N_("The period begins on %(day)s, too long ago to be shown on a page. Give a later beginning."),
)
"""The client's view."""

NOTICES = (
    N_("There is no such page, or it is not for your account."),
    N_(
        "The request does not come from a page of yours. Load the page again, then do it once more."
    ),
    N_("Your account may not do that."),
    N_("Nobody is signed in, or the session is over. Sign in again."),
    N_("Choose a password of your own first, at /account."),
    N_("The database is out of reach; nothing was changed. Try again in a moment."),
    N_("The database cannot be reached, or gave up: %(said)s. Check that it runs; then try again."),
    N_("The dialer has a fault; its log says which. Nothing may be assumed."),
    N_("The form cannot be read: %(mistakes)s."),
    N_("The request cannot be read; see mistakes."),
    N_("At most %(count)s bytes are read."),
    N_("At most %(count)s fields are read."),
)
"""What any page may answer."""

TEXTS = (
    *WISHES, *IN_CALL, *SERVICE, *CALLBACKS, *DESK, *ACCOUNTS, *CLIENTS, *NOTICES,
)  # fmt: skip
"""All of them. The first that fits a sentence is taken, so a longer one stands before a shorter."""

STATES = {
    "logged out": N_("logged out"),
    "connecting leg": N_("phone rings"),
    "paused": N_("paused"),
    "ready": N_("ready"),
    "reserved": N_("being connected"),
    "talking": N_("talking"),
    "wrap up": N_("wrap-up"),
}
"""An agent's states as the engine's sentences say them."""

WHYS = STATES | {
    "about to pause": N_("about to pause"),
    "about to log out": N_("about to log out"),
    "on another switch": N_("on another switch"),
}
"""Why a colleague cannot take a call over."""

PLACES = {
    "the lead is not on hold": N_("the lead is not on hold"),
    "the lead is on hold": N_("the lead is on hold"),
    "the lead is being taken back": N_("the lead is being taken back"),
    "the lead is on the way to a colleague": N_("the lead is on the way to a colleague"),
    "the lead is on the way to the outside number": N_(
        "the lead is on the way to the outside number"
    ),
    "the lead has left": N_("the lead has left"),
}
"""Where a lead is while an agent's call goes on."""

DONE = {
    "do_not_call": N_("do not call"),
    "refusal": N_("refusal"),
    "forgotten": N_("forgotten"),
}
"""Why a lead is never called again."""
