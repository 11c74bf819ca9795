"""All routes of the application, those of included routers too."""

from typing import Any

from fastapi import FastAPI, routing


def routes_of(app: FastAPI) -> list[Any]:
    """Each with `path` and `methods`; `original_route` tells its kind.

    FastAPI from 0.16x on keeps included routers whole, and has a function to look into them; before
    that it copied their routes into the application's.
    """
    look = getattr(routing, "iter_route_contexts", None)
    return list(app.routes) if look is None else list(look(app.routes))


def paths_of(app: FastAPI) -> frozenset[str]:
    """The paths that are served, as they were declared."""
    return frozenset(path for route in routes_of(app) if (path := getattr(route, "path", None)))
