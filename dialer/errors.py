"""The dialer's own errors.

DialerError               anything a person can mend; its text says what, the value, what to do
├── SettingsError         a setting or file is wrong
├── UsageError            the command line cannot be taken as written (exit status 2)
└── ServiceError          the running service could not do it
IllegalTransition         an event the state tables forbid: a bug, or a switch that lies
"""


class DialerError(Exception):
    """Something a person can mend; shown as one sentence without a traceback."""


class SettingsError(DialerError):
    """A setting, or a file of settings, is wrong."""


class UsageError(DialerError):
    """The command line cannot be taken as written."""


class ServiceError(DialerError):
    """The running service refused or could not do it."""


class IllegalTransition(Exception):  # noqa: N818 - h11's shape: the name is the sentence
    """An event that is illegal in the state it met; raised before anything has changed."""
