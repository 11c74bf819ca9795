"""The database, and the running service behind it, as a command finds them."""

import contextlib
from collections.abc import AsyncIterator

from campaigns.store.rows import JsonObject
from campaigns.store.store import Store
from dialer.cli.session import Session, now
from dialer.errors import ServiceError, SettingsError
from dialer.settings import Settings

ANSWER_SECONDS_MAX = 5.0
"""A running service answers in some milliseconds. One that has not answered by now is not there, or
cannot be relied on; the request is void after the same time, so it is never obeyed later."""


@contextlib.asynccontextmanager
async def opened_store(session: Session, *, upgrade: bool = False) -> AsyncIterator[Store]:
    """The store, open. Raises SettingsError where there is no embedded database yet.

    It is not made by the way: a command called in a wrong directory would leave an empty one.
    """
    settings = session.settings
    if settings.database.url is None and not upgrade and not has_embedded_database(settings):
        raise SettingsError(
            f"There is no database in {settings.home} yet. Run `dialer db upgrade` to make one, or "
            "name the right settings with --config."
        )
    async with await Store.open(
        settings.database.url, directory=settings.home, upgrade=upgrade
    ) as store:
        yield store


def has_embedded_database(settings: Settings) -> bool:
    """True when the embedded database was made."""
    return (settings.home / "postgres" / "data" / "PG_VERSION").is_file()


async def ask_service(session: Session, store: Store, kind: str, args: JsonObject) -> JsonObject:
    """Ask the running service for something; its answer.

    Raises ServiceError with the service's refusal, or when none answers.
    """
    request_id = await store.control.request(
        kind, args, by=session.by, now=now(), patience_seconds=ANSWER_SECONDS_MAX
    )
    answer = await store.control.wait(request_id, ANSWER_SECONDS_MAX)
    if answer is None:
        raise ServiceError(
            f"No running service answered within {ANSWER_SECONDS_MAX:g} seconds, so nothing was "
            "changed. Start one with `dialer run`, then try again."
        )
    if not answer.ok:
        raise ServiceError(answer.error)
    return answer.answer
