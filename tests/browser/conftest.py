"""The browser and the served desk, for all tests of this folder."""

from tests.support.agent_floor import agent_floor, agent_page
from tests.support.browser import browser, desk_server, signed_in

__all__ = ["agent_floor", "agent_page", "browser", "desk_server", "signed_in"]
