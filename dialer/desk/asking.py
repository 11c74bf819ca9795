"""Who asks: the token of a request, and what it may be used for."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from campaigns.store.store import Store
from campaigns.store.tokens import Scope, Token
from dialer.desk.guards import as_guard

_bearer = HTTPBearer(
    auto_error=False, description="A token from `dialer tokens add`.", scheme_name="token"
)

WITHOUT_ONE = (
    "This needs a valid token in the header Authorization: Bearer. `dialer tokens add` makes one."
)


def store_of(request: Request) -> Store:
    """The store behind the application."""
    store: Store = request.app.state.store
    return store


def now_of(request: Request) -> datetime:
    """The present, by the dialer's clock."""
    present: datetime = request.app.state.now()
    return present


StoreHere = Annotated[Store, Depends(store_of)]
Now = Annotated[datetime, Depends(now_of)]


def token_for(scope: Scope) -> Callable[..., Awaitable[Token]]:
    """A dependency: the request's valid token, which has this scope."""

    async def check(
        request: Request,
        _given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> Token:
        # Found by the gate (dialer/desk/api/gate.py), before a byte of the body was read.
        token: Token | None = getattr(request.state, "token", None)
        if token is None:
            raise HTTPException(401, WITHOUT_ONE, headers={"WWW-Authenticate": "Bearer"})
        if scope not in token.scopes:
            raise HTTPException(403, f"The token '{token.name}' lacks the scope {scope}.")
        return token

    return as_guard(check)
