"""A script as a manager writes it: one TOML file, read into a `Script` (docs/scripts.md).

Everything that is wrong is told, not only the first: each table is read by itself, and what cannot
be read becomes a finding with its line.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from campaigns.campaign_table import NAME_LENGTH_MAX, CampaignFileError, Table, shown
from campaigns.scripts.checking import check
from campaigns.scripts.errors import BadExpression, BadText, Finding, ScriptError
from campaigns.scripts.expressions import Expression, parse_expression
from campaigns.scripts.lines import Lines
from campaigns.scripts.reading_questions import ID_PATTERN, read_question
from campaigns.scripts.script import (
    Branch,
    End,
    Objection,
    Outside,
    Quota,
    Result,
    Script,
    Step,
)
from campaigns.scripts.texts import Parts, parse_text

FILE_BYTES_MAX = 1_000_000
PROSE_LENGTH_MAX = 5000
"""Two pages; nobody reads more to a person at one step."""
PLACES_MAX = 500
"""Steps and ends of one script."""
_PATH = re.compile(r"([A-Za-z0-9_-]+)(?:\[([0-9]+)\])?\.?")
_T = TypeVar("_T")


def read_script_file(path: Path) -> tuple[Script, str]:
    """Read a script file; the script and its text. Raises ScriptError."""
    text = script_text(path)
    return parse_script(text, source=str(path)), text


def script_text(path: Path) -> str:
    """What is in a script file. Raises ScriptError."""
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _unreadable(str(path), f"It cannot be read: {error.strerror or error}.") from error
    if len(content) > FILE_BYTES_MAX:
        raise _unreadable(str(path), f"It is larger than {FILE_BYTES_MAX:,} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(str(path), "It is not UTF-8 text. Save it as UTF-8.") from error


def parse_script(text: str, *, source: str) -> Script:
    """Read a script's text. Raises ScriptError when anything in it is an error."""
    script, findings = examine_script(text)
    if script is None or any(each.is_error for each in findings):
        raise ScriptError(source, findings)
    return script


def examine_script(text: str) -> tuple[Script | None, tuple[Finding, ...]]:
    """Read and check a script; None for one that cannot be read. Findings in the order of lines."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        return None, (
            Finding(
                line=line,
                code="toml",
                text=f"This is not valid TOML: {error}.",
                fix="Texts stand in quotation marks, and each step begins with [[steps]].",
            ),
        )
    reader = _Reader(Lines(text))
    script = reader.script(Table("script", "", document))
    if script is None or reader.findings:
        return None, _ordered(reader.findings)
    return script, _ordered(check(script))


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda each: (each.line, each.code)))


def _unreadable(source: str, sentence: str) -> ScriptError:
    return ScriptError(source, (Finding(line=0, code="file", text=sentence, fix=""),))


class _Reader:
    """Reads tables, and keeps what is wrong in them."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.findings: list[Finding] = []

    def script(self, top: Table) -> Script | None:
        """The whole file; None when a part of it could not be read."""
        steps = self._each(top, "steps", self._step)
        ends = self._each(top, "ends", self._end)
        objections = self._each(top, "objections", self._objection)
        quotas = self._each(top, "quotas", self._quota)

        def rest() -> Script:
            script = Script(
                name=top.text(
                    "script",
                    allowed="small letters, digits, _ and -, such as spring-cards",
                    check=lambda word: re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", word) is not None,
                ),
                title=top.text("title"),
                greeting=self.prose(top, "greeting"),
                steps=_following(steps),
                ends=tuple(ends),
                objections=tuple(objections),
                quotas=tuple(quotas),
                outside_quotas=top.choice("outside_quotas", Outside, Outside.CALL),
            )
            if not steps and not self.findings:
                raise top.error("steps", "are missing; a script has at least one, [[steps]]")
            if len(steps) + len(ends) > PLACES_MAX:
                raise top.error("steps", f"and ends are more than {PLACES_MAX}; make two scripts")
            if not self.findings:
                # It looks into the tables below again, where a part may have been left unread.
                top.refuse_unknown_keys()
            return script

        return self._tried(rest)

    def _each(self, top: Table, key: str, read: Callable[[Table, int], _T]) -> list[_T]:
        tables = self._tried(lambda: top.tables(key) or []) or []
        found = []
        for index, table in enumerate(tables):
            line = self._lines.of(key, index)
            one = self._tried(lambda table=table, line=line: read(table, line))  # type: ignore[misc]
            if one is not None:
                found.append(one)
        return found

    def _tried(self, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except CampaignFileError as error:
            what, _, todo = error.message.partition("; ")
            path = [
                part
                for name, index in _PATH.findall(error.key)
                for part in ((name, int(index) - 1) if index else (name,))
            ]
            sentence = f"{error.key} {what}."
            fix = f"{todo[:1].upper()}{todo[1:]}." if todo else ""
            line = self._lines.of(*path)
            self.findings.append(Finding(line=line, code="value", text=sentence, fix=fix))
            return None

    def line(self, table: Table, key: str = "") -> int:
        """Where a table, or a key of it, stands."""
        at = table.error(key, "").key
        return self._lines.of(
            *(
                part
                for name, index in _PATH.findall(at)
                for part in ((name, int(index) - 1) if index else (name,))
            )
        )

    def prose(self, table: Table, key: str, *, is_required: bool = False) -> Parts:
        """A text of several lines, with names in braces."""
        value = table.take(key)
        if value is None and not is_required:
            return ()
        allowed = f"text of at most {PROSE_LENGTH_MAX:,} characters"
        if value is None:
            raise table.error(key, f"is missing; it must be {allowed}")
        if not isinstance(value, str) or not value.strip() or len(value) > PROSE_LENGTH_MAX:
            raise table.error(key, f"is {shown(value)}; it must be {allowed}")
        if not value.replace("\n", "").replace("\t", "").isprintable():
            raise table.error(key, "holds control characters; remove them")
        try:
            return parse_text(value.strip())
        except BadText as error:
            raise table.error(key, f"cannot be filled in: {error}") from error

    def condition(self, table: Table, key: str) -> Expression | None:
        """A condition; None when absent."""
        value = table.take(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise table.error(
                key, f'is {shown(value)}; it must be a condition, such as "answers.age >= 18"'
            )
        try:
            return parse_expression(value)
        except BadExpression as error:
            raise table.error(key, f"cannot be read: {error}") from error

    def _step(self, table: Table, line: int) -> Step:
        questions = [
            read_question(each, self.line(each), prose=self.prose, condition=self.condition)
            for each in table.tables("questions") or ()
        ]
        branches = [self._branch(each) for each in table.tables("branches") or ()]
        step = Step(
            id=_id(table),
            title=table.text("title", ""),
            text=self.prose(table, "text"),
            note=self.prose(table, "note"),
            is_required=table.flag("required") or False,
            questions=tuple(questions),
            branches=tuple(branches),
            next=_id(table, "next") if table.has("next") else "",
            line=line,
        )
        table.refuse_unknown_keys()
        return step

    def _branch(self, table: Table) -> Branch:
        when = self.condition(table, "when")
        if when is None:
            raise table.error("when", 'is missing; it must be a condition, or write "next" instead')
        return Branch(when=when, to=_id(table, "to"), line=self.line(table))

    def _end(self, table: Table, line: int) -> End:
        end = End(
            id=_id(table),
            title=table.text("title", ""),
            text=self.prose(table, "text"),
            note=self.prose(table, "note"),
            result=table.choice("result", Result, Result.UNFINISHED),
            disposition=_id(table, "disposition") if table.has("disposition") else None,
            line=line,
        )
        table.refuse_unknown_keys()
        return end

    def _objection(self, table: Table, line: int) -> Objection:
        objection = Objection(
            id=_id(table),
            title=table.text("title"),
            text=self.prose(table, "text", is_required=True),
            key=table.text(
                "key",
                "",
                allowed="one letter, such as p",
                check=lambda word: re.fullmatch("[a-z]", word) is not None,
            ),
            to=_id(table, "to") if table.has("to") else None,
            line=line,
        )
        table.refuse_unknown_keys()
        return objection

    def _quota(self, table: Table, line: int) -> Quota:
        when = self.condition(table, "when")
        if when is None:
            raise table.error(
                "when", "is missing; it must be a condition that says who is in the cell"
            )
        target = table.whole("target", low=0, high=10_000_000)
        if target is None:
            raise table.error(
                "target", "is missing; it must be the number of interviews that are wanted"
            )
        quota = Quota(name=table.text("name"), when=when, target=target, line=line)
        table.refuse_unknown_keys()
        return quota


def _id(table: Table, key: str = "id") -> str:
    return table.text(
        key,
        allowed="small letters, digits and _, beginning with a letter, such as ask_age",
        check=lambda word: ID_PATTERN.fullmatch(word) is not None and len(word) <= NAME_LENGTH_MAX,
    )


def _following(steps: list[Step]) -> tuple[Step, ...]:
    """Each step that says nothing else leads to the next one of the file."""
    return tuple(
        replace(step, next=steps[index + 1].id)
        if not step.next and index + 1 < len(steps)
        else step
        for index, step in enumerate(steps)
    )
