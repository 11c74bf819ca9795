"""The web application, over a store and a clock."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from campaigns.store.store import Store
from dialer.desk import directory, do_not_call
from dialer.desk.problems import say_problems

API = "/api/v1"


def build_app(store: Store, now: Callable[[], datetime], *, switch_password: str = "") -> FastAPI:
    """The application; `now` gives aware datetimes. `switch_password` is what the switch asks with
    for the agents' telephones; without one it is not answered."""
    app = FastAPI(
        title="Predictive dialer",
        version="1",
        openapi_url=f"{API}/openapi.json",
        # The pages for trying things out load scripts from elsewhere; the document is enough.
        docs_url=None,
        redoc_url=None,
    )
    app.state.store = store
    app.state.now = now
    app.state.switch_password = switch_password
    say_problems(app)
    app.include_router(do_not_call.router, prefix=API)
    app.include_router(directory.router)
    return app
