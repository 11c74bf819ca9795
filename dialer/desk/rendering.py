"""Templates: one environment for each language, filled with what every page needs."""

import functools
import hashlib
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from campaigns.roles import LANGUAGES
from dialer.desk.desk_state import state_of
from dialer.desk.formats import Formats
from dialer.desk.guards import Person, csrf_of
from dialer.desk.navigation import places_for
from dialer.desk.words import best_language, words_for

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


def render(
    request: Request,
    person: Person | None,
    template: str,
    *,
    status_code: int = 200,
    language: str | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page. `template` is below templates/ and extends base.html.j2.

    Templates have `person` (None for strangers), `csrf`, `places`, `languages`, `_`, `ngettext`,
    the formatters of `Formats` as `f` (`f.moment(at)`, `f.percent(ratio)`), and
    `static("desk.css")`.
    """
    chosen = language or (
        person.language if person else best_language(request.headers.get("accept-language", ""))
    )
    desk = state_of(request)
    page = environment(chosen).get_template(template)
    text = page.render(
        person=person,
        csrf=csrf_of(request) if person else "",
        places=places_for(person, request.app.state.paths) if person else [],
        here=request.url.path,
        language=chosen,
        languages=LANGUAGES,
        f=Formats(chosen, person.zone if person else desk.zone),
        **context,
    )
    # Pages hold what is private; the browser's back button after a sign-out shows nothing.
    return HTMLResponse(text, status_code=status_code, headers={"Cache-Control": "no-store"})


@functools.cache
def environment(language: str) -> Environment:
    """The templates in that language."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = words_for(language)
    made.install_gettext_translations(words.translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = static_url
    return made


@functools.cache
def static_url(name: str) -> str:
    """The address of a file below static/, which changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
