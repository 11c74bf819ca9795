"""Accounts: who may sign in, as what."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from campaigns.passwords import new_password
from campaigns.roles import Role
from campaigns.store.errors import StoreError
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.rendering import render
from dialer.desk.words import N_

router = APIRouter(prefix="/admin", include_in_schema=False)

SAID = {
    "disabled": N_("The account is disabled, and its sessions are over."),
    "enabled": N_("The account is open again."),
}
ROLES = {
    Role.AGENT: N_("agent"),
    Role.SUPERVISOR: N_("supervisor"),
    Role.QUALITY: N_("quality"),
    Role.CLIENT: N_("client"),
    Role.ADMINISTRATOR: N_("administrator"),
}
Looking = Annotated[Person, Depends(person_for(Role.ADMINISTRATOR))]
Acting = Annotated[Person, Depends(acting_person(Role.ADMINISTRATOR))]
Field = Annotated[str, Form(max_length=200)]


@router.get("/users")
async def users(request: Request, person: Looking, said: str = "") -> Response:
    """All accounts, and the form for another."""
    return await _page(request, person, said=SAID.get(said, ""))


@router.post("/users")
async def add(
    request: Request,
    person: Acting,
    name: Field,
    role: Annotated[Role, Form()],
    agent: Field = "",
    client: Field = "",
    language: Field = "",
) -> Response:
    """Make an account with a password that is shown once and changed at the first sign-in."""
    desk, password = state_of(request), new_password()
    try:
        user = await desk.store.users.add(
            name,
            role,
            password,
            agent=agent or None if role is Role.AGENT else None,
            client=client or None if role is Role.CLIENT else None,
            language=language or None,
            is_provisional=True,
            by=person.by,
            now=desk.wall(),
        )
    except StoreError as error:
        return await _page(request, person, wrong=str(error), status=422)
    return await _page(request, person, made=(user.name, password))


@router.post("/users/{user_id}/password")
async def reset(request: Request, person: Acting, user_id: int) -> Response:
    """Give somebody who forgot theirs a new password, shown once."""
    desk, password = state_of(request), new_password()
    try:
        user = await desk.store.users.by_id(user_id)
        await desk.store.users.set_password(
            user.name, password, is_provisional=True, by=person.by, now=desk.wall()
        )
    except StoreError as error:
        return await _page(request, person, wrong=str(error), status=404)
    return await _page(request, person, made=(user.name, password))


@router.post("/users/{user_id}/{action}")
async def set_state(request: Request, person: Acting, user_id: int, action: str) -> Response:
    """Disable an account, or open it again."""
    desk = state_of(request)
    change = {"disable": desk.store.users.disable, "enable": desk.store.users.enable}.get(action)
    if change is None:
        return await _page(request, person, wrong=f"There is no action '{action}'.", status=404)
    try:
        user = await desk.store.users.by_id(user_id)
    except StoreError as error:
        return await _page(request, person, wrong=str(error), status=404)
    if user.id == person.user_id:
        wrong = "You cannot disable the account you are signed in with; another administrator can."
        return await _page(request, person, wrong=wrong, status=422)
    await change(user.name, by=person.by, now=desk.wall())
    return RedirectResponse(f"/admin/users?said={action}d", status_code=303)


async def _page(
    request: Request,
    person: Person,
    *,
    said: str = "",
    wrong: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    store = state_of(request).store
    accounts = await store.users.list()
    taken = {each.agent for each in accounts}
    return render(
        request,
        person,
        "admin/users.html.j2",
        status_code=status,
        accounts=accounts,
        agents=[each.name for each in await store.agents.list() if each.name not in taken],
        clients=await store.clients.list(),
        roles=ROLES,
        said=said,
        wrong=wrong,
        made=made,
    )
