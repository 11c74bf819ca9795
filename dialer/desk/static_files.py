"""Style sheets, scripts and words for the pages; the only things a stranger may read."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from campaigns.roles import LANGUAGES
from dialer.desk.rendering import STATIC, static_url
from dialer.desk.words import words_of_scripts

router = APIRouter(include_in_schema=False)


class CheckedFiles(StaticFiles):
    """Files that the browser asks after each time, and gets again only when they have changed.

    A script imports others by their plain names, so no version in an address can be relied on.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def static_files() -> CheckedFiles:
    """What is mounted at /static."""
    return CheckedFiles(directory=STATIC)


@router.get("/words/{language}.json")
async def words(request: Request, language: str) -> Response:
    """English text -> translation, for the scripts."""
    if language not in LANGUAGES:
        raise HTTPException(404, f"'{language}' is not spoken here; {', '.join(LANGUAGES)} are.")
    del request
    return JSONResponse(words_of_scripts(language), headers={"Cache-Control": "max-age=600"})


@router.get("/favicon.ico")
async def icon() -> Response:
    """Browsers ask for it by this name whatever the page says."""
    return RedirectResponse(static_url("icon.svg"), status_code=308)
