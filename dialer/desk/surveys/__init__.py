"""Survey results, for supervisors, quality listeners and the clients whose campaigns they are."""

from dialer.desk.surveys.pages import router

__all__ = ["router"]
