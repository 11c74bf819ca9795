"""What can be wrong with a script, or with an answer to one of its questions."""

# ruff: noqa: N818 - the shape of h11: the name is the sentence
import enum
from dataclasses import dataclass


class BadExpression(ValueError):
    """A condition that cannot be read; the text says where and what is allowed."""


class BadText(ValueError):
    """A text whose braces cannot be read."""


@enum.unique
class Severity(enum.StrEnum):
    """How bad a finding is. A script with an error is not stored."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a script: where, what, and what to do about it."""

    line: int
    """From 1; 0 where it concerns the file as a whole."""
    code: str
    text: str
    fix: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """The script cannot be used before it is mended."""
        return self.severity is Severity.ERROR


class ScriptError(ValueError):
    """A script that cannot be used; `findings` says why, line by line."""

    def __init__(self, source: str, findings: tuple[Finding, ...]) -> None:
        self.source = source
        self.findings = findings
        first = next(each for each in findings if each.is_error)
        more = sum(each.is_error for each in findings) - 1
        also = f" ({more} more: dialer scripts check {source})" if more else ""
        where = f"{source}, line {first.line}" if first.line else source
        super().__init__(f"{where}: {first.text} {first.fix}{also}")


class BadAnswer(ValueError):
    """An answer that its question does not allow. `code` is stable; the text is a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
