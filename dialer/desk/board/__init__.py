"""The supervisors' board: each team live, alarms, and what may be done about them."""

from dialer.desk.board import actions, pages, why

ROUTERS = (pages.router, actions.router, why.router)
