"""The agents' telephones, as FreeSWITCH asks for them (mod_xml_curl, binding `directory`).

The switch asks at every registration and every call to a telephone. Only the switch is answered: it
has a password of its own. Whatever is not an agent's telephone is "not found", so that FreeSWITCH
goes on to look in its own files.
"""

import logging
import secrets
import xml.etree.ElementTree as ET
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from campaigns.store.phones import PhoneAccount
from dialer.desk.asking import StoreHere
from dialer.desk.forms import small_form
from dialer.desk.guards import as_guard

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

SWITCH_USER = "switch"
BODY_BYTES_MAX = 65_536
"""A question is two to four kilobytes: all headers of the event that made the switch ask."""
FIELDS_MAX = 500
_basic = HTTPBasic(auto_error=False)


@as_guard
def only_the_switch(
    request: Request, given: Annotated[HTTPBasicCredentials | None, Depends(_basic)]
) -> None:
    """Refuse everybody else. Without a password in the settings nobody is let in."""
    password: str = request.app.state.switch_password
    is_it = (
        bool(password)
        and given is not None
        and secrets.compare_digest(given.username.encode(), SWITCH_USER.encode())
        and secrets.compare_digest(given.password.encode(), password.encode())
    )
    if not is_it:
        log.warning("A stranger asked for the agents' telephones and was refused.")
        raise HTTPException(
            401, "Only the switch may ask this.", headers={"WWW-Authenticate": "Basic"}
        )


@router.post("/switch/directory", dependencies=[Depends(only_the_switch)])
async def directory(request: Request, store: StoreHere) -> Response:
    """Answer one question of the switch."""
    fields = await small_form(request, bytes_max=BODY_BYTES_MAX, fields_max=FIELDS_MAX)
    account: PhoneAccount | None = None
    is_about_a_phone = (
        fields.get("section") == "directory" and fields.get("action") != "event_socket_auth"
    )
    if is_about_a_phone and (user := fields.get("user")) and (domain := fields.get("domain")):
        account = await store.phones.find(user, domain)
    document = _not_found() if account is None else _found(account)
    return Response(ET.tostring(document, encoding="unicode"), media_type="text/xml; charset=utf-8")


def _found(account: PhoneAccount) -> ET.Element:
    top, section = _document("directory")
    domain = ET.SubElement(section, "domain", name=account.domain)
    of_domain = ET.SubElement(domain, "params")
    # Through the registration; FreeSWITCH fills the two in, from its own request and not from text
    # of ours (mod_dptools.c). The usual ${sofia_contact(...)} needs api-expansion, which is off.
    ET.SubElement(
        of_domain, "param", name="dial-string", value="sofia/agents/${dialed_user}%${dialed_domain}"
    )
    user = ET.SubElement(ET.SubElement(domain, "users"), "user", id=account.extension)
    params = ET.SubElement(user, "params")
    ET.SubElement(params, "param", name="a1-hash", value=account.ha1)
    ET.SubElement(params, "param", name="allow-empty-password", value="false")
    variables = ET.SubElement(user, "variables")
    ET.SubElement(variables, "variable", name="user_context", value="agents")
    return top


def _not_found() -> ET.Element:
    top, section = _document("result")
    ET.SubElement(section, "result", status="not found")
    return top


def _document(name: str) -> tuple[ET.Element, ET.Element]:
    top = ET.Element("document", type="freeswitch/xml")
    return top, ET.SubElement(top, "section", name=name)
