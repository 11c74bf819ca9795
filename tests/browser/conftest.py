"""The browser and the served desk, for all tests of this folder."""

from tests.support.browser import browser, desk_server, signed_in

__all__ = ["browser", "desk_server", "signed_in"]
