"""What can be wrong with a whole file. What is wrong with one row goes into the rejects file
instead."""


class BadFile(Exception):  # noqa: N818 - read at the call as "rows, rejects or BadFile"
    """The file cannot be imported at all; the text is one sentence: what, the value, what to do."""
