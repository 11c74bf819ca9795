"""What is wrong with a script that can be read: steps nobody comes to, ways that lead nowhere."""

import difflib
from collections.abc import Collection, Iterable, Iterator

from campaigns.scripts.errors import Finding, Severity
from campaigns.scripts.expressions import Expression, Literal, Name, compares_in, names_in
from campaigns.scripts.graph import distances, entrances, reached_from, ways_of
from campaigns.scripts.questions import Kind, Question
from campaigns.scripts.script import Result, Script, Step
from campaigns.scripts.texts import Parts, blanks
from campaigns.scripts.values import NO_ANSWER, OTHER


def check(script: Script) -> list[Finding]:
    """Everything that is wrong with the script itself, in no particular order."""
    found = [*_names_twice(script), *_ways(script)]
    if not found:
        # Where ways lead nowhere, nothing more can be said of what is reached.
        found += _reach(script)
    return [*found, *_lookups(script), *_quotas(script), *_fallbacks(script)]


def check_campaign(
    script: Script,
    *,
    campaign: str,
    fields: Collection[str] | None,
    dispositions: Collection[str],
) -> list[Finding]:
    """What does not fit the campaign: `fields` are the columns of its lists, None while it has no
    leads."""
    found = []
    if fields is None and fields_in(script):
        found.append(
            _warning(
                0,
                "no_list",
                f"Campaign {campaign} has no leads yet, so its columns are not looked at.",
                "Check again when its list is imported.",
            )
        )
    for line, name in _all_names(script) if fields is not None else ():
        if name.kind == "field" and fields is not None and name.key not in fields:
            known = ", ".join(sorted(fields)) or "none"
            found.append(
                _error(
                    line,
                    "unknown_field",
                    f'"{name}" is no column of the lists of campaign {campaign}.',
                    f"{_near(name.key, fields)}The columns are {known}.",
                )
            )
    for end in script.ends:
        if end.disposition is not None and end.disposition not in dispositions:
            found.append(
                _error(
                    end.line,
                    "unknown_disposition",
                    f'End "{end.id}" suggests "{end.disposition}", which campaign {campaign} does '
                    "not have.",
                    f"{_near(end.disposition, dispositions)}It has {', '.join(dispositions)}.",
                )
            )
    return found


def fields_in(script: Script) -> frozenset[str]:
    """The columns of a list that it looks at."""
    return frozenset(name.key for _, name in _all_names(script) if name.kind == "field")


def _names_twice(script: Script) -> Iterator[Finding]:
    groups: tuple[tuple[str, Iterable[tuple[str, int]]], ...] = (
        ("step or end", [(each.id, each.line) for each in script.places]),
        ("question", [(each.id, each.line) for each in script.questions]),
        ("objection", [(each.id, each.line) for each in script.objections]),
        ("key of an objection", [(each.key, each.line) for each in script.objections if each.key]),
        ("quota", [(each.name, each.line) for each in script.quotas]),
    )
    for noun, each in groups:
        seen: dict[str, int] = {}
        for name, line in each:
            if name in seen:
                yield _error(
                    line,
                    "twice",
                    f'There is a {noun} "{name}" already, on line {seen[name]}.',
                    "Give this one another name.",
                )
            seen.setdefault(name, line)


def _ways(script: Script) -> Iterator[Finding]:
    known = [each.id for each in script.places]
    if not script.ends:
        yield _error(
            0,
            "no_end",
            "The script has no end.",
            "Write at least one, [[ends]], and lead the last step to it.",
        )
    targets = [(branch.to, branch.line) for step in script.steps for branch in step.branches]
    targets += [(step.next, step.line) for step in script.steps if step.next]
    targets += [(each.to, each.line) for each in script.objections if each.to is not None]
    for to, line in targets:
        if to not in known:
            yield _error(
                line,
                "nowhere",
                f'"{to}" is no step and no end.',
                f"{_near(to, known)}There are {', '.join(known)}.",
            )
    for step in script.steps:
        if not step.next:
            yield _error(
                step.line,
                "no_next",
                f'Step "{step.id}" is the last of the file and does not say where to go on.',
                'Write next = "..." with the id of an end or a step.',
            )


def _reach(script: Script) -> Iterator[Finding]:
    ways = ways_of(script)
    reached = reached_from(ways, entrances(script))
    to_end = distances(script)
    for step in script.steps:
        if step.id not in reached:
            yield _error(
                step.line,
                "unreachable",
                f'No way leads to step "{step.id}".',
                "Lead a branch or a next to it, or remove it.",
            )
        elif step.id not in to_end:
            around = sorted(reached_from(ways, [step.id]))
            yield _error(
                step.line,
                "no_exit",
                f'From step "{step.id}" no end can be reached: it leads round and round '
                f"({', '.join(around)}).",
                "Lead a branch of one of these to an end, or to a step that leads to one.",
            )
        elif _is_idle_loop(script, step, ways):
            yield _warning(
                step.line,
                "idle_loop",
                f'Step "{step.id}" can come round to itself with nothing asked on the way.',
                "Ask something in the loop that its exit looks at.",
            )
    for end in script.ends:
        if end.id not in reached:
            yield _warning(
                end.line, "unreachable", f'No way leads to end "{end.id}".', "Remove it, or use it."
            )


def _is_idle_loop(script: Script, step: Step, ways: dict[str, tuple[str, ...]]) -> bool:
    if step.id not in reached_from(ways, ways[step.id]):
        return False
    ahead = reached_from(ways, [step.id])
    loop = [each for each in script.steps if each.id in ahead
            and step.id in reached_from(ways, [each.id])]  # fmt: skip
    return not any(each.questions for each in loop)


def _lookups(script: Script) -> Iterator[Finding]:
    asked = {each.id: each for each in script.questions}
    for line, name in _all_names(script):
        if name.kind == "answer" and name.key not in asked:
            yield _error(
                line,
                "unknown_question",
                f'"{name}" is no question of this script.',
                f"{_near(name.key, asked)}The questions are {', '.join(asked) or 'none'}.",
            )
    for line, condition in _conditions(script):
        yield from _values(line, condition, asked)
    ways = ways_of(script)
    for step in script.steps:
        for line, condition in _conditions_of(step):
            for name in names_in(condition):
                where = script.step_of(name.key) if name.kind == "answer" else None
                if where is not None and step.id not in reached_from(ways, [where.id]):
                    yield _error(
                        line,
                        "asked_later",
                        f'Step "{step.id}" looks at "{name}", which is asked in step '
                        f'"{where.id}", and no way leads from there to here.',
                        "Ask it before, or look at something else.",
                    )


def _values(line: int, condition: Expression, asked: dict[str, Question]) -> Iterator[Finding]:
    """Answers compared with what nobody can answer."""
    for compare in compares_in(condition):
        names = [compare.left, *compare.right]
        name = next((n for n in names if isinstance(n, Name) and n.kind == "answer"), None)
        question = None if name is None else asked.get(name.key)
        if question is None or compare.sign not in ("==", "!=", "has", "in"):
            continue
        if question.kind is Kind.MULTIPLE and compare.sign in ("==", "in"):
            yield _error(
                line,
                "several",
                f'"{name}" may have several answers, and "{compare.sign}" compares one.',
                f'Write {name} has "...".',
            )
        codes = [each.code for each in question.choices]
        codes += [OTHER] * question.has_other + [NO_ANSWER] * question.allows_no_answer
        for value in (n.value for n in names if isinstance(n, Literal)):
            if question.choices and str(value) not in codes:
                yield _error(
                    line,
                    "unknown_choice",
                    f'"{value}" is no answer to question "{question.id}".',
                    f"{_near(str(value), codes)}Its answers are {', '.join(codes)}.",
                )


def _quotas(script: Script) -> Iterator[Finding]:
    for line, condition in _conditions(script):
        is_quota = any(quota.when is condition for quota in script.quotas)
        if is_quota and any(name.kind == "flag" for name in names_in(condition)):
            yield _error(
                line,
                "quota_of_quotas",
                "A quota's condition looks at quota_full.",
                "Say by columns and answers who is in the cell.",
            )
    if not script.quotas:
        return
    first = script.quotas[0].line
    if not any(end.result is Result.COMPLETE for end in script.ends):
        yield _error(
            first,
            "nothing_counts",
            'There are quotas, and no end has result = "complete": nothing would ever count.',
            'Write result = "complete" at the end of a whole interview.',
        )
    uses = any(name.kind == "flag" for _, c in _conditions(script) for name in names_in(c))
    if script.quota_end is None and not uses:
        yield _warning(
            first,
            "no_quota_end",
            "A cell may become full in the middle of an interview, and no end is there for it.",
            'Write an end with result = "quota_full" that says thank you.',
        )


def _fallbacks(script: Script) -> Iterator[Finding]:
    for line, parts in _texts(script):
        for blank in blanks(parts):
            optional = blank.name.kind == "field" or blank.name.key in ("name", "external_id")
            if blank.fallback is None and optional:
                yield _warning(
                    line,
                    "no_fallback",
                    f'Nothing is said in place of "{{{blank}}}" when a record has no value.',
                    f"Write {{{blank}|...}} with what is said then.",
                )


def _conditions_of(step: Step) -> Iterator[tuple[int, Expression]]:
    for question in step.questions:
        if question.when is not None:
            yield question.line, question.when
    for branch in step.branches:
        yield branch.line, branch.when


def _conditions(script: Script) -> Iterator[tuple[int, Expression]]:
    for step in script.steps:
        yield from _conditions_of(step)
    for quota in script.quotas:
        yield quota.line, quota.when


def _texts(script: Script) -> Iterator[tuple[int, Parts]]:
    yield 0, script.greeting
    for place in script.places:
        yield place.line, place.text
        yield place.line, place.note
    for step in script.steps:
        for question in step.questions:
            yield question.line, question.text
    for objection in script.objections:
        yield objection.line, objection.text


def _all_names(script: Script) -> Iterator[tuple[int, Name]]:
    for line, condition in _conditions(script):
        for name in names_in(condition):
            yield line, name
    for line, parts in _texts(script):
        for blank in blanks(parts):
            yield line, blank.name


def _near(word: str, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(words), n=1)
    return f'Did you mean "{close[0]}"? ' if close else ""


def _error(line: int, code: str, text: str, fix: str) -> Finding:
    return Finding(line=line, code=code, text=text, fix=fix)


def _warning(line: int, code: str, text: str, fix: str) -> Finding:
    return Finding(line=line, code=code, text=text, fix=fix, severity=Severity.WARNING)
