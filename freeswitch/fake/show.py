"""`show channels` and `show calls`: a table that is written behind the events.

On the real switch each channel event becomes an SQL statement in a queue (switch_core_sqldb.c), so
the table lags. Here every change is a snapshot with its instant, and `show` reads the latest old
enough.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass, field

from freeswitch.fake.channels import Channel
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.events import stamp

Row = dict[str, str]

_CHANNEL_COLUMNS = (
    "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num",
    "ip_addr", "dest", "application", "application_data", "dialplan", "context", "read_codec",
    "read_rate", "read_bit_rate", "write_codec", "write_rate", "write_bit_rate", "secure",
    "hostname", "presence_id", "presence_data", "accountcode", "callstate", "callee_name",
    "callee_num", "callee_direction", "call_uuid", "sent_callee_name", "sent_callee_num",
    "initial_cid_name", "initial_cid_num", "initial_ip_addr", "initial_dest", "initial_dialplan",
    "initial_context",
)  # fmt: skip

_CALL_COLUMNS = (
    "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num",
    "ip_addr", "dest", "presence_id", "presence_data", "accountcode", "callstate", "callee_name",
    "callee_num", "callee_direction", "call_uuid", "hostname", "sent_callee_name",
    "sent_callee_num",
)  # fmt: skip

_OTHER_LEG_COLUMNS = (
    "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num",
    "ip_addr", "dest", "presence_id", "presence_data", "accountcode", "callstate", "callee_name",
    "callee_num", "callee_direction", "sent_callee_name", "sent_callee_num",
)  # fmt: skip

_LIKE_COLUMNS = ("uuid", "name", "cid_name", "cid_num", "presence_data", "accountcode")


@dataclass(slots=True)
class _Record:
    created_at: float
    at: list[float] = field(default_factory=list)
    rows: list[Row | None] = field(default_factory=list)


class ShowTable:
    """The channels table of one switch. Register `note` as the core's `publish`."""

    def __init__(self, core: SwitchCore) -> None:
        self._core = core
        self._records: dict[str, _Record] = {}

    def note(self, channel: Channel, event_name: str) -> None:
        """Write the channel's present row, behind the events."""
        now = self._core.now()
        record = self._records.get(channel.uuid)
        if record is None:
            if channel.is_bare or channel.is_destroyed:
                return
            record = self._records[channel.uuid] = _Record(channel.times.created)
        if event_name == "CHANNEL_DESTROY":
            record.at.append(now)
            record.rows.append(None)
            self._core.after(self._core.timings.show_lag_seconds, lambda: self._forget(channel))
            return
        if channel.is_destroyed:
            return
        before = record.rows[-1] if record.rows else None
        record.at.append(now)
        record.rows.append(_row(channel, before, event_name, self._core.settings.hostname))
        seen_at = now - self._core.timings.show_lag_seconds
        while len(record.at) > 1 and record.at[1] <= seen_at:
            del record.at[0], record.rows[0]

    def _forget(self, channel: Channel) -> None:
        self._records.pop(channel.uuid, None)

    def _rows(self) -> list[Row]:
        seen_at = self._core.now() - self._core.timings.show_lag_seconds
        found: list[tuple[int, Row]] = []
        for record in self._records.values():
            position = bisect_right(record.at, seen_at)
            row = record.rows[position - 1] if position else None
            if row is not None:
                found.append((int(record.created_at), row))
        found.sort(key=lambda pair: pair[0])
        return [row for _, row in found]

    def channels(self, like: str = "", output: str = "csv") -> str:
        """`show channels [like X] [as json]`."""
        rows = self._rows()
        if like:
            wanted = like.lower()
            rows = [
                row for row in rows if any(wanted in row[name].lower() for name in _LIKE_COLUMNS)
            ]
        return _render(rows, _CHANNEL_COLUMNS, output)

    def calls(self, output: str = "csv") -> str:
        """`show calls [as json]`: a bridged pair is one row, an unbridged channel another."""
        rows = self._rows()
        by_uuid = {row["uuid"]: row for row in rows}
        found: list[Row] = []
        for row in rows:
            owner = row["call_uuid"]
            if owner != row["uuid"] and owner in by_uuid:
                continue
            shown = {name: row[name] for name in _CALL_COLUMNS}
            other = next(
                (one for one in rows if one["call_uuid"] == row["uuid"] and one is not row), None
            )
            for name in _OTHER_LEG_COLUMNS:
                shown[f"b_{name}"] = other[name] if other else ""
            shown["call_created_epoch"] = str(int(self._core.now())) if other else ""
            found.append(shown)
        columns = tuple(found[0]) if found else _CALL_COLUMNS
        return _render(found, columns, output)

    def calls_count(self) -> int:
        """How many rows `show calls` would have."""
        return len(json.loads(self.calls("json")).get("rows", []))

    def channels_count(self, like: str = "") -> int:
        """How many rows `show channels` would have."""
        return len(json.loads(self.channels(like, "json")).get("rows", []))


def _row(channel: Channel, before: Row | None, event_name: str, hostname: str) -> Row:
    caller = channel.caller
    row = dict(before) if before else _first_row(channel, hostname)
    row["state"] = channel.running.name
    row["callstate"] = channel.call_state
    row["call_uuid"] = channel.call_uuid or channel.uuid
    row["cid_name"], row["cid_num"] = caller.name, caller.number
    match event_name:
        case "CHANNEL_CREATE" | "CHANNEL_ORIGINATE":
            row["callee_name"], row["callee_num"] = caller.callee_name, caller.callee_number
            row["presence_data"] = channel.variable("presence_data")
        case "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA":
            row["state"] = "CS_CONSUME_MEDIA"
            row["callstate"] = "EARLY" if channel.answer_state == "early" else "RINGING"
        case "CHANNEL_ANSWER":
            row["callstate"] = "ACTIVE"
        case "CHANNEL_EXECUTE":
            row["application"], row["application_data"] = channel.last_application
            row["presence_data"] = channel.variable("presence_data")
            row["accountcode"] = channel.variable("accountcode")
            row["callee_name"], row["callee_num"] = "", caller.callee_number
            row["callee_direction"] = "RECV"
        case _:
            pass
    if channel.has_media:
        row.update(_CODECS)
    return row


_CODECS = {
    "read_codec": "PCMU",
    "read_rate": "8000",
    "read_bit_rate": "64000",
    "write_codec": "PCMU",
    "write_rate": "8000",
    "write_bit_rate": "64000",
}


def _first_row(channel: Channel, hostname: str) -> Row:
    row = dict.fromkeys(_CHANNEL_COLUMNS, "")
    created = channel.times.created
    row.update(
        uuid=channel.uuid,
        direction="inbound" if channel.is_inbound else "outbound",
        created=stamp(created),
        created_epoch=str(int(created)),
        name=channel.name,
        dest=channel.caller.destination,
        context="default",
        hostname=hostname,
        initial_cid_name=channel.caller.name,
        initial_cid_num=channel.caller.number,
        initial_dest=channel.caller.destination,
        initial_context="default",
    )
    return row


def _render(rows: list[Row], columns: tuple[str, ...], output: str) -> str:
    if output == "json":
        if not rows:
            return '{"row_count": 0}\n'
        shown = [{name: row[name] for name in columns} for row in rows]
        document = {"row_count": len(rows), "rows": shown}
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    lines = [",".join(columns)] if rows else []
    lines += [",".join(row[name] for name in columns) for row in rows]
    return "\n".join(lines) + ("\n" if rows else "") + f"\n{len(rows)} total.\n"
