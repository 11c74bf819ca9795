"""The script of an agent's call: its sheet for the browser, and what comes back from there."""

from dialer.desk.scripting.calls import router

__all__ = ["router"]
