"""All commands of `dialer`, where they live, and one line of help for each."""

from dialer.cli.lazy_group import LazyGroup, Leaf

_CLI = "dialer.cli"


def _leaf(place: str, text: str) -> Leaf:
    return Leaf(place=place, help=text)


_DB = LazyGroup(
    "db",
    help="The database.",
    commands={
        "upgrade": _leaf(f"{_CLI}.db:upgrade", "Make the database, or bring it to this version.")
    },
    examples="  dialer db upgrade",
)
_CAMPAIGN = LazyGroup(
    "campaign",
    help="Campaigns: create them from a file, start and stop them.",
    commands={
        "create": _leaf(f"{_CLI}.campaign:create", "Create a campaign from its file."),
        "list": _leaf(f"{_CLI}.campaign:list_campaigns", "List all campaigns."),
        "show": _leaf(f"{_CLI}.campaign:show", "Show its settings, and how far its leads are."),
        "preflight": _leaf(f"{_CLI}.why:preflight", "Before the start: how many can be called."),
        "start": _leaf(f"{_CLI}.campaign:start", "Begin to call."),
        "pause": _leaf(f"{_CLI}.campaign:pause", "Make no new calls for now."),
        "resume": _leaf(f"{_CLI}.campaign:resume", "Go on after a pause."),
        "stop": _leaf(f"{_CLI}.campaign:stop", "Make no more calls."),
        "why": _leaf(f"{_CLI}.why:campaign_why", "Say why it is not dialling, first cause first."),
        "machines": _leaf(f"{_CLI}.screening:machines", "Say how the classifier does."),
    },
    examples="  dialer campaign create spring.toml\n  dialer campaign start spring",
)
_LEADS = LazyGroup(
    "leads",
    help="Leads: bring lists in and out, ask why one is not called, forget a person.",
    commands={
        "import": _leaf(f"{_CLI}.leads:import_file", "Import a CSV or XLSX file."),
        "export": _leaf(f"{_CLI}.leads:export", "Write the leads and what became of them."),
        "recycle": _leaf(
            f"{_CLI}.leads_recycle:recycle", "Put finished leads back, to be called again."
        ),
        "find": _leaf(f"{_CLI}.leads_find:find", "Find one by number, id or name."),
        "why": _leaf(f"{_CLI}.why:lead_why", "Say why a lead is or is not called, and when."),
        "forget": _leaf(f"{_CLI}.privacy:forget", "Remove a person everywhere, for good."),
        "dossier": _leaf(f"{_CLI}.privacy:dossier", "Write all that is stored about a person."),
    },
    examples="  dialer leads import spring customers.xlsx\n"
    "  dialer leads export spring results.csv",
)
_AGENTS = LazyGroup(
    "agents",
    help="Agents: who they are, and what they do now.",
    commands={
        "add": _leaf(f"{_CLI}.agents:add", "Add an agent to a team."),
        "list": _leaf(f"{_CLI}.agents:list_agents", "List agents and what they do."),
        "login": _leaf(f"{_CLI}.agents:login", "Call the agent's phone and keep the line."),
        "ready": _leaf(f"{_CLI}.agents:ready", "Take calls."),
        "pause": _leaf(f"{_CLI}.agents:pause", "Take no calls for now."),
        "logout": _leaf(f"{_CLI}.agents:logout", "End the agent's line."),
        "hangup": _leaf(f"{_CLI}.agents:hangup", "End the agent's call."),
        "phone": _leaf(f"{_CLI}.phones:phone", "Show what the agent's telephone registers with."),
        "dial": _leaf(f"{_CLI}.agents:dial", "Call the lead shown in preview."),
        "skip": _leaf(f"{_CLI}.agents:skip", "Put the lead shown in preview off."),
        "result": _leaf(f"{_CLI}.agents:result", "Say how the agent's call went."),
        "call": _leaf(f"{_CLI}.agents:call_phone", "Call a phone to try a headset."),
        "keys": _leaf(f"{_CLI}.agents:keys", "Let a team work by telephone keys, or not."),
        "move": _leaf(f"{_CLI}.supervision:move", "Move an agent to another team, also at work."),
        "message": _leaf(f"{_CLI}.supervision:message", "Write to an agent or a team."),
        "messages": _leaf(f"{_CLI}.supervision:messages", "List messages, and who has read them."),
    },
    examples="  dialer agents add anna --team sales --extension 1001\n  dialer agents login anna",
)
_TEAM = LazyGroup(
    "team",
    help="Teams: how their calls are paced.",
    commands={"pacing": _leaf(f"{_CLI}.team:pacing", "Show or set a team's pacing, at once.")},
    examples="  dialer team pacing sales\n  dialer team pacing sales --mode predictive",
)
_CALLS = LazyGroup(
    "calls",
    help="Calls that agents are on: hold, transfer, recording, supervisors.",
    commands={
        "list": _leaf(f"{_CLI}.calls:list_calls", "List the calls that agents are on."),
        "hold": _leaf(f"{_CLI}.calls:hold", "Put the lead on hold."),
        "resume": _leaf(f"{_CLI}.calls:resume", "Take the lead back from hold."),
        "keys": _leaf(f"{_CLI}.calls:keys", "Press keys for the far end to hear."),
        "transfer": _leaf(f"{_CLI}.calls:transfer", "Give the lead to somebody else."),
        "keep": _leaf(f"{_CLI}.calls:keep", "Keep the lead who waits for a colleague."),
        "add": _leaf(f"{_CLI}.calls:add", "Call a third party into the call."),
        "drop": _leaf(f"{_CLI}.calls:drop", "End the third party's leg."),
        "leave": _leaf(f"{_CLI}.calls:leave", "Leave the lead with the third party."),
        "record": _leaf(f"{_CLI}.calls:record", "Record the call, or stop."),
        "mask": _leaf(f"{_CLI}.calls:mask", "Silence in the recording, for card data."),
        "unmask": _leaf(f"{_CLI}.calls:unmask", "Sound in the recording again."),
        "listen": _leaf(f"{_CLI}.calls:listen", "Let a supervisor hear an agent."),
        "whisper": _leaf(f"{_CLI}.calls:whisper", "Let a supervisor speak to an agent."),
        "barge": _leaf(f"{_CLI}.calls:barge", "Let a supervisor speak to agent and lead."),
        "unlisten": _leaf(f"{_CLI}.calls:unlisten", "End a supervisor's line."),
        "returned": _leaf(f"{_CLI}.screening:returned", "List who called a campaign back."),
    },
    examples="  dialer calls hold anna\n  dialer calls transfer anna --to ben",
)
_RECORDINGS = LazyGroup(
    "recordings",
    help="Recorded calls.",
    commands={
        "list": _leaf(f"{_CLI}.recordings:list_recordings", "List files, consent and masks."),
        "find": _leaf(f"{_CLI}.recordings_find:find", "Find by people, time, length and result."),
        "removed": _leaf(f"{_CLI}.recordings:removed", "Say that files were deleted by hand."),
    },
    examples="  dialer recordings list spring",
)
_SCORECARDS = LazyGroup(
    "scorecards",
    help="Scorecards: what calls are listened to for, and how much it weighs.",
    commands={
        "check": _leaf(f"{_CLI}.scorecards:check", "Read a file and say what is wrong with it."),
        "add": _leaf(f"{_CLI}.scorecards:add", "Keep one, or its next version."),
        "list": _leaf(f"{_CLI}.scorecards:list_scorecards", "List them by client."),
        "show": _leaf(f"{_CLI}.scorecards:show", "Show what one asks, and what it weighs."),
    },
    examples="  dialer scorecards check telesales.toml\n  dialer scorecards add telesales.toml",
)
_QUALITY = LazyGroup(
    "quality",
    help="Listening: fair samples of each agent's calls.",
    commands={
        "draw": _leaf(f"{_CLI}.quality:draw", "Draw a week's calls, once."),
        "list": _leaf(f"{_CLI}.quality:list_draws", "List draws, or the calls that wait."),
        "replace": _leaf(f"{_CLI}.quality:replace", "Replace a drawn call, and say why."),
    },
    examples="  dialer quality draw telesales\n  dialer quality list --open",
)
_DNC = LazyGroup(
    "dnc",
    help="Do-not-call lists, which hold up to the moment of dialling.",
    commands={
        "add": _leaf(f"{_CLI}.dnc:add", "Forbid a number, or all numbers of a prefix."),
        "check": _leaf(f"{_CLI}.dnc:check", "Say whether a number is forbidden, and why."),
        "import": _leaf(f"{_CLI}.dnc:import_file", "Import a file of numbers, plain or hashed."),
        "lists": _leaf(f"{_CLI}.dnc:lists", "Show the lists and how old they are."),
    },
    examples="  dialer dnc add +12025550100 --reason 'asked by letter'\n"
    "  dialer dnc check +12025550100",
)
_CONSENTS = LazyGroup(
    "consents",
    help="Consents: who agreed to be called, and what shows it.",
    commands={
        "add": _leaf(f"{_CLI}.consents:add", "Record a consent and its proof."),
        "withdraw": _leaf(f"{_CLI}.consents:withdraw", "Record that a consent was taken back."),
        "import": _leaf(f"{_CLI}.consents:import_file", "Import a CSV file of consents."),
        "check": _leaf(f"{_CLI}.consents:check", "Show the consents of a number."),
    },
    examples="  dialer consents import consents.csv\n  dialer consents check +12025550100",
)
_WEBHOOKS = LazyGroup(
    "webhooks",
    help="Webhooks: addresses that are told of calls, callbacks and do-not-call.",
    commands={
        "add": _leaf(f"{_CLI}.webhooks:add", "Have events sent to an address."),
        "list": _leaf(f"{_CLI}.webhooks:list_webhooks", "Show them and how they do."),
        "deliveries": _leaf(f"{_CLI}.webhooks:deliveries", "Show what was and is to be sent."),
        "replay": _leaf(f"{_CLI}.webhooks:replay", "Send again."),
        "disable": _leaf(f"{_CLI}.webhooks:disable", "Tell one nothing for now."),
        "enable": _leaf(f"{_CLI}.webhooks:enable", "Tell it again."),
        "secret": _leaf(f"{_CLI}.webhooks:secret", "Make a new secret for one."),
        "test": _leaf(f"{_CLI}.webhooks:test", "Send a test to one."),
        "remove": _leaf(f"{_CLI}.webhooks:remove", "Remove one with its deliveries."),
    },
    examples="  dialer webhooks add https://crm.example.com/hooks --event call.ended\n"
    "  dialer webhooks list",
)
_TOKENS = LazyGroup(
    "tokens",
    help="Tokens of the programs that use the HTTP interface.",
    commands={
        "add": _leaf(f"{_CLI}.tokens:add", "Make a token, and show it this once."),
        "list": _leaf(f"{_CLI}.tokens:list_tokens", "Show the tokens and their use."),
        "revoke": _leaf(f"{_CLI}.tokens:revoke", "End a token."),
        "openapi": _leaf(f"{_CLI}.tokens:openapi", "Write the description of the interface."),
    },
    examples="  dialer tokens add acme-crm --client Acme --scope do-not-call:write",
)
_USERS = LazyGroup(
    "users",
    help="Accounts of the people who use the desk.",
    commands={
        "add": _leaf(f"{_CLI}.users:add", "Make an account."),
        "list": _leaf(f"{_CLI}.users:list_users", "Show the accounts and when they signed in."),
        "disable": _leaf(f"{_CLI}.users:disable", "Let nobody in with it; its sessions end."),
        "enable": _leaf(f"{_CLI}.users:enable", "Let its person in again."),
        "password": _leaf(f"{_CLI}.users:password", "Give it another password."),
    },
    examples="  dialer users add boss --role administrator",
)
_CLIENTS = LazyGroup(
    "clients",
    help="Client companies, and what was agreed with them.",
    commands={
        "list": _leaf(f"{_CLI}.clients:list_clients", "Show them and their contracts."),
        "agree": _leaf(f"{_CLI}.clients:agree", "Set prices, and whether they hear recordings."),
    },
    examples="  dialer clients agree Acme --tariff acme.toml",
)
_CALLBACKS = LazyGroup(
    "callbacks",
    help="Calls promised for a certain time.",
    commands={
        "list": _leaf(f"{_CLI}.callbacks:list_callbacks", "List what was promised, and kept."),
        "add": _leaf(f"{_CLI}.callbacks:add", "Promise a lead a call."),
        "cancel": _leaf(f"{_CLI}.callbacks:cancel", "Take a promise back."),
    },
    examples="  dialer callbacks list",
)
_LEDGERS = LazyGroup(
    "ledgers",
    help="Abandonment as each regulator counts it.",
    commands={
        "show": _leaf(f"{_CLI}.ledgers:show", "Show each account in each window."),
        "export": _leaf(f"{_CLI}.ledgers:export", "Write the figures and every call behind them."),
    },
    examples="  dialer ledgers show spring",
)
_PRIVACY = LazyGroup(
    "privacy",
    help="How long data about people is kept.",
    commands={
        "retain": _leaf(f"{_CLI}.privacy:retain", "Apply the retention periods of all campaigns.")
    },
    examples="  dialer privacy retain --dry-run",
)
_WHY = LazyGroup(
    "why",
    help="Why the dialer does what it does.",
    commands={
        "pace": _leaf(
            f"{_CLI}.why_pace:why_pace", "Say why a team launched as many calls as it did."
        ),
    },
    examples="  dialer why pace sales\n  dialer why pace sales --at 14:05 --last 20",
)
_SWITCH = LazyGroup(
    "switch",
    help="Switches: the FreeSWITCHes that carry the calls.",
    commands={
        "init": _leaf(f"{_CLI}.switch:init", "Write a configuration for one."),
        "list": _leaf(f"{_CLI}.switch_nodes:list_switches", "List them and what lives on each."),
        "drain": _leaf(f"{_CLI}.switch_nodes:drain", "Take one out of use; its calls go on."),
        "undrain": _leaf(f"{_CLI}.switch_nodes:undrain", "Put it back into use."),
    },
    examples="  dialer switch list\n  dialer switch drain east",
)
_SCRIPTS = LazyGroup(
    "scripts",
    help="Scripts: what agents say and ask, and what was answered.",
    commands={
        "check": _leaf(f"{_CLI}.scripts:check", "Say what is wrong with a script, line by line."),
        "preview": _leaf(f"{_CLI}.scripts_preview:preview", "Read a script as an agent would."),
        "add": _leaf(f"{_CLI}.scripts:add", "Store a script, or its next version."),
        "list": _leaf(f"{_CLI}.scripts:list_scripts", "List scripts and where they are used."),
        "versions": _leaf(f"{_CLI}.scripts:versions", "List the versions of a script."),
        "show": _leaf(f"{_CLI}.scripts:show", "Show a version, or give its file back."),
        "assign": _leaf(f"{_CLI}.scripts:assign", "Use a script for a campaign's calls."),
        "quotas": _leaf(f"{_CLI}.surveys:quotas", "Show how far each quota is."),
        "results": _leaf(f"{_CLI}.surveys:results", "Show answers, scores and response rates."),
        "export": _leaf(f"{_CLI}.surveys:export", "Write all interviews to CSV or XLSX."),
    },
    examples="  dialer scripts check survey.toml\n  dialer scripts add survey.toml --assign spring",
)
COMMANDS: dict[str, Leaf | LazyGroup] = {
    "demo": _leaf("dialer.demo.command:demo", "See a whole campaign in two minutes, no switch."),
    "doctor": _leaf(f"{_CLI}.doctor:doctor", "Check that all is there, and say how to mend it."),
    "db": _DB,
    "campaign": _CAMPAIGN,
    "leads": _LEADS,
    "agents": _AGENTS,
    "team": _TEAM,
    "calls": _CALLS,
    "recordings": _RECORDINGS,
    "scorecards": _SCORECARDS,
    "quality": _QUALITY,
    "callbacks": _CALLBACKS,
    "scripts": _SCRIPTS,
    "dnc": _DNC,
    "consents": _CONSENTS,
    "ledgers": _LEDGERS,
    "switch": _SWITCH,
    "privacy": _PRIVACY,
    "clients": _CLIENTS,
    "usage": _leaf(f"{_CLI}.clients:usage", "Count what a client is billed for."),
    "users": _USERS,
    "tokens": _TOKENS,
    "webhooks": _WEBHOOKS,
    "run": _leaf(f"{_CLI}.run:run", "Serve: hold lines, dial and connect, until stopped."),
    "status": _leaf(f"{_CLI}.status:status", "Show what the running service does now."),
    "why": _WHY,
    "replay": _leaf(f"{_CLI}.replay:replay", "Run a recorded day again, or with another pacer."),
    "report": _leaf(f"{_CLI}.report:report", "Write a campaign's report: a page, and CSV files."),
    "audit": _leaf(f"{_CLI}.audit:audit", "Show who changed what, and what it was before."),
    "simulate": _leaf(f"{_CLI}.simulate:simulate", "Run a day in virtual time."),
}
EXAMPLES = """\
  dialer demo
  dialer db upgrade
  dialer campaign create spring.toml
  dialer leads import spring customers.csv
  dialer --config /etc/dialer.toml status --watch"""
