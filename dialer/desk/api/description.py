"""What the OpenAPI document says before its operations."""

DESCRIPTION = """
Everything the dialer does, for other programs. A CRM can live on it: leads in, results out,
callbacks, do-not-call, campaigns, agents, recordings, webhooks.

- **Tokens.** `Authorization: Bearer dialer_...`, made by `dialer tokens add`. A token speaks for
  one client, or for the call centre itself, and has scopes. A client's token sees and touches its
  client's things only; all else is answered with 404.
- **Errors** have one shape, `application/problem+json` (RFC 9457).
- **Repeats.** Every POST takes `Idempotency-Key`: the same key and request give the same answer for
  48 hours.
- **Pages.** Lists have `limit` and `cursor`; `next` is the path of the next page.
- **Bounds.** 25 requests a second for each token, bursts of 100 (429 with `Retry-After`); 2 MB for
  a body, 100 MB for a file (413).
- **Instants** are ISO 8601 with an offset and come in UTC, durations are seconds, shares 0 to 1.
- **Changes.** Fields may be added to answers, and values to lists of words, at any time; read what
  you know and leave the rest. Anything else comes under /api/v2, and /api/v1 is then served for a
  year more, with the header `Deprecation`.
""".strip()

TAGS = [
    {"name": "leads", "description": "People and records that may be called."},
    {"name": "results", "description": "What came of calls and surveys. Read on from a cursor."},
    {"name": "campaigns", "description": "Leads, rules and a caller id, for one client."},
    {"name": "teams", "description": "Agents who share one stream of calls."},
    {"name": "agents", "description": "People who talk to leads."},
    {"name": "calls", "description": "Calls in progress."},
    {"name": "callbacks", "description": "Calls that are promised."},
    {"name": "do-not-call", "description": "Numbers that must not be called."},
    {"name": "recordings", "description": "Recorded calls."},
    {"name": "usage", "description": "What a bill is made of."},
    {"name": "webhooks", "description": "Being told instead of asking."},
]
