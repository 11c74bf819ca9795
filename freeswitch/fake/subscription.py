"""What one client wants to hear: event names, custom subclasses, filters, encoding."""

import re
from dataclasses import dataclass

from freeswitch.fake.events import EVENT_NAMES, Event, is_event_name

_NO_KEYWORDS = "-ERR no keywords supplied"


@dataclass(frozen=True, slots=True)
class Filter:
    """One `filter` line. A negative one drops what it matches; positives are alternatives."""

    header: str
    value: str

    def matches(self, event: Event) -> bool | None:
        """Whether the event's header has the value; None when the event lacks the header."""
        found = event.header(self.header)
        if found is None:
            return None
        value = self.value.lstrip("+-") if self.value[:1] in "+-" else self.value
        if self.value.startswith("/"):
            return re.search(value.strip("/"), found) is not None
        return found.lower() == value.lower()

    @property
    def is_negative(self) -> bool:
        """Whether a match drops the event."""
        return self.value.startswith("-")


class Subscription:
    """Subscriptions accumulate, as on the real switch."""

    def __init__(self) -> None:
        self.encoding = "plain"
        self._names: set[str] = set()
        self._subclasses: set[str] = set()
        self._all = False
        self._filters: list[Filter] = []

    def wants(self, name: str, subclass: str) -> bool:
        """Whether such events are subscribed to; filters come later, on the event itself."""
        if not self._all and name not in self._names:
            return False
        return name != "CUSTOM" or self._all or not subclass or subclass in self._subclasses

    def passes_filters(self, event: Event) -> bool:
        """No filters pass everything; else any positive match passes and a negative one forbids."""
        if not self._filters:
            return True
        passed = False
        for one in self._filters:
            if one.matches(event):
                if one.is_negative:
                    return False
                passed = True
        return passed

    def subscribe(self, text: str) -> str:
        """`event [plain|json] NAME… [CUSTOM subclass…]`: everything after CUSTOM is a subclass."""
        understood = False
        custom = False
        for word in text.split():
            if word.lower() in {"plain", "json"}:
                self.encoding = word.lower()
            elif custom:
                self._subclasses.add(word)
                understood = True
            elif word.upper() == "ALL":
                self._all = understood = True
            elif (name := is_event_name(word)) is not None:
                self._names.add(name)
                understood = True
                custom = name == "CUSTOM"
        return f"+OK event listener enabled {self.encoding}" if understood else _NO_KEYWORDS

    def unsubscribe(self, text: str) -> str:
        """`nixevent NAME…`; taking one from ALL leaves all the others."""
        understood = False
        custom = False
        for word in text.split():
            if custom:
                self._subclasses.discard(word)
                understood = True
            elif word.upper() == "ALL":
                self._names.clear()
                self._all = False
                understood = True
            elif (name := is_event_name(word)) is not None:
                understood = True
                custom = name == "CUSTOM"
                if self._all:
                    self._all = False
                    self._names = set(EVENT_NAMES)
                self._names.discard(name)
        return "+OK events nixed" if understood else _NO_KEYWORDS

    def clear(self) -> bool:
        """`noevents`; whether there was anything to clear."""
        had = self._all or bool(self._names)
        self._all = False
        self._names.clear()
        self._subclasses.clear()
        return had

    def filter(self, text: str) -> str:
        """`filter [add] Header value`, `filter delete Header [value]`, `filter delete all`."""
        words = text.split(" ", 2)
        if words[0] == "delete" and len(words) > 1:
            header = words[1]
            value = words[2].strip() if len(words) > 2 else ""
            if header == "all":
                self._filters.clear()
            self._filters = [
                one
                for one in self._filters
                if one.header.lower() != header.lower() or (value and one.value != value)
            ]
            return f"+OK filter deleted. [{header}][{value}]"
        if words[0] == "add":
            words = text.split(" ", 1)[1].split(" ", 1) if len(words) > 1 else []
        else:
            words = text.split(" ", 1)
        if len(words) < 2:
            return "-ERR invalid syntax"
        self._filters.append(Filter(words[0], words[1].strip()))
        return f"+OK filter added. [{words[0]}]=[{words[1].strip()}]"
