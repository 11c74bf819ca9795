"""The agent's desk: the page, its WebSocket, and what agents may do."""

from dialer.desk.agent import live, page, requests

ROUTERS = (page.router, requests.router, live.router)
