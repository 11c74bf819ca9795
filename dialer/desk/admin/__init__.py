"""Accounts of people and tokens of programs, for administrators."""

from dialer.desk.admin import tokens, users

ROUTERS = (users.router, tokens.router)
