"""Listening to recorded calls: search, player, scorecards, samples, reports."""

from dialer.desk.quality import (
    agent_reviews,
    inbox,
    listening,
    recording_page,
    reports,
    reviews,
    search,
)

ROUTERS = (
    inbox.router,
    search.router,
    recording_page.router,
    reviews.router,
    reports.router,
    listening.router,
    agent_reviews.router,
)
