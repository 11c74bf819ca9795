"""Files of leads, sent in: read as the command line reads them, beside the event loop."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path as FilePath
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Literal

from fastapi import (
    APIRouter,
    Depends,
    Form,
    HTTPException,
    Query,
    Request,
    Response,
    UploadFile,
)
from pydantic import BaseModel, Field

from campaigns.lead_import.columns import Role, parse_mapping
from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.run import ImportSummary, import_leads
from campaigns.store.errors import DatabaseUnavailable, StoreError
from campaigns.store.lead_uploads import INTERRUPTED, Upload
from campaigns.store.rows import CampaignRow, MergeReport, NewLead
from campaigns.store.store import Store
from campaigns.store.tokens import Scope
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_after
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import CLEAN, ID_MAX, Cursor, NamePath, RowId
from dialer.desk.problems import answers

log = logging.getLogger(__name__)

router = APIRouter(tags=["leads"], route_class=KeptRoute)

CHUNK_ROWS = 200
"""In one transaction: some milliseconds of the event loop, which calls share."""
AT_ONCE_MAX = 2
"""Files read at once; they take a processor each. More wait their turn."""
WAIT_SECONDS = 10.0
"""A short file is done when the answer comes; of a long one its number is told."""
SIGN_SECONDS = 10.0
"""Between two signs of life of a reader; six may be missed."""
_ENDINGS = (".csv", ".csv.gz", ".txt", ".tsv", ".gz", ".xlsx")

_Writes = Annotated[Reach, Depends(reach(Scope.LEADS_WRITE))]
_Word = Annotated[str | None, Form(max_length=200, pattern=CLEAN)]


class UploadOut(BaseModel):
    """A file of leads that was sent in."""

    id: int
    campaign: str
    file: str
    list: str
    state: Literal["running", "done", "failed", "interrupted"] = Field(
        description="`interrupted`: its dialer stopped; send it again, with a new key."
    )
    began_at: datetime
    ended_at: datetime | None
    counts: dict[str, int] | None = Field(
        description="rows, inserted, merged, unchanged, refused, rejected and bad_numbers."
    )
    error: str | None = Field(
        description="Why it could not be read to its end; what came before that is imported."
    )
    rejects: str | None = Field(
        description="Where the rows that were not imported are, as CSV with line and reason."
    )


@router.post(
    "/campaigns/{campaign}/uploads",
    summary="Upload a file of leads",
    status_code=202,
    responses={
        201: {"model": UploadOut, "description": "It is imported already."},
        **answers(404, 413),
    },
)
async def upload_leads(
    request: Request,
    response: Response,
    campaign: NamePath,
    reach: _Writes,
    file: Annotated[UploadFile, "CSV (plain or .gz) or XLSX, by its ending."],
    list: _Word = None,
    duplicates: Annotated[Literal["merge", "refuse"] | None, Form()] = None,
    mapping: Annotated[
        str | None,
        Form(
            max_length=4000,
            pattern=CLEAN,
            description="What columns are: `phone=Nomer,name=Ad`; found out when left out.",
        ),
    ] = None,
    encoding: _Word = None,
    sheet: _Word = None,
) -> UploadOut:
    """The same import as `dialer leads import`: columns are recognised by their names in several
    languages, rows that cannot be used come back with line, value and reason. A short file is done
    when the answer comes (201); of a long one the number is told (202), and `GET /uploads/{id}`
    says how far it is. The same file again changes nothing."""
    row = await reach.campaign(campaign)
    name = _file_name(file.filename)
    try:
        roles = parse_mapping([each for each in (mapping or "").split(",") if each.strip()])
    except BadFile as error:
        raise HTTPException(422, str(error)) from error
    folder = FilePath(await asyncio.to_thread(tempfile.mkdtemp, prefix="dialer-upload-"))
    path = folder / f"list{_ending(name)}"
    await asyncio.to_thread(_save, file, path)
    upload_id = await reach.store.lead_uploads.begin(
        row.id, file=name, list_name=list or name, by=reach.by, now=reach.now
    )
    work = _Work(store=reach.store, campaign=row, path=path, list_name=list or name, now=reach.now)
    task = asyncio.create_task(
        _import(
            request, work, upload_id, roles=roles, duplicates=duplicates, encoding=encoding,
            sheet=sheet,
        )
    )  # fmt: skip
    running: set[asyncio.Task[None]] = request.app.state.uploads
    running.add(task)
    task.add_done_callback(running.discard)
    await asyncio.wait({task}, timeout=WAIT_SECONDS)
    upload = await reach.store.lead_uploads.get([row.id], upload_id)
    response.status_code = 202 if upload.state == "running" else 201
    response.headers["Location"] = f"/api/v1/uploads/{upload_id}"
    return _out(upload)


@router.get("/uploads", summary="List uploaded files")
async def list_uploads(
    request: Request,
    reach: _Writes,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[UploadOut]:
    """The latest first."""
    found = await reach.store.lead_uploads.page(
        await reach.campaign_ids(), before=read_after(cursor) or ID_MAX, most=limit + 1
    )
    return page_of(request, [_out(each) for each in found], most=limit, last=lambda one: (one.id,))


@router.get("/uploads/{upload_id}", summary="How far an uploaded file is", responses=answers(404))
async def get_upload(upload_id: RowId, reach: _Writes) -> UploadOut:
    """One that a stopped dialer left behind is `interrupted` within a minute: send it again, with
    a new Idempotency-Key. What was imported of it stays as it is."""
    return _out(await reach.store.lead_uploads.get(await reach.campaign_ids(), upload_id))


@router.get(
    "/uploads/{upload_id}/rejects",
    summary="What was not imported, and why",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **answers(404),
    },
)
async def get_rejects(upload_id: RowId, reach: _Writes) -> Response:
    """CSV: line, column, value and reason, then the row as it came. Correct it and upload it."""
    rejects = await reach.store.lead_uploads.rejects(await reach.campaign_ids(), upload_id)
    if rejects is None:
        raise HTTPException(404, "Everything in this file was imported; there is nothing to list.")
    return Response(rejects, media_type="text/csv; charset=utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One file and what it is for."""

    store: Store
    campaign: CampaignRow
    path: FilePath
    list_name: str
    now: datetime


class _Bridge:
    """The store as the importing thread sees it: each merge is done on the loop of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self.leads = self

    async def merge(
        self,
        campaign_id: int,
        list_name: str,
        rows: Sequence[NewLead],
        *,
        duplicates: Literal["merge", "refuse"],
        now: datetime,
    ) -> MergeReport:
        """See campaigns/store/leads.py."""
        work = self._store.leads.merge(campaign_id, list_name, rows, duplicates=duplicates, now=now)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


async def _import(
    request: Request,
    work: _Work,
    upload_id: int,
    *,
    roles: Mapping[Role, Sequence[str]],
    duplicates: Literal["merge", "refuse"] | None,
    encoding: str | None,
    sheet: str | None,
) -> None:
    """Import the file and note how it went."""
    bridge = _Bridge(work.store)
    summary: ImportSummary | None = None
    error: str | None = None

    def read() -> ImportSummary:
        return asyncio.run(
            import_leads(
                bridge, work.campaign, work.path, now=work.now, list_name=work.list_name,
                mapping=roles, encoding=encoding, duplicates=duplicates, sheet=sheet,
                chunk_rows=CHUNK_ROWS,
            )
        )  # fmt: skip

    alive = asyncio.create_task(_give_signs(work.store, upload_id))
    try:
        async with request.app.state.upload_turns:
            summary = await asyncio.to_thread(read)
    except (BadFile, StoreError) as failed:
        error = str(failed)
    except Exception:
        log.exception("An uploaded file of leads could not be imported.")
        error = "The dialer has a fault; its log says which. Send the file again."
    except asyncio.CancelledError:
        error = INTERRUPTED
        raise
    finally:
        alive.cancel()
        rejects = await asyncio.to_thread(_take_away, work.path)
        await work.store.lead_uploads.end(
            upload_id,
            counts=None if summary is None else _counts(summary),
            error=error,
            rejects=rejects,
            now=request.app.state.now(),
        )


async def _give_signs(store: Store, upload_id: int) -> None:
    """Say that the file has a reader, for as long as it has one."""
    while True:
        await asyncio.sleep(SIGN_SECONDS)
        try:
            await store.lead_uploads.seen(upload_id)
        except DatabaseUnavailable as error:
            log.warning("Upload %d could not be kept alive, which is tried again: %s",
                        upload_id, error)  # fmt: skip


def _counts(summary: ImportSummary) -> dict[str, int]:
    words = ("rows", "inserted", "merged", "unchanged", "refused", "rejected", "bad_numbers")
    return {word: getattr(summary, word) for word in words}


def _save(file: UploadFile, path: FilePath) -> None:
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out)


def _take_away(path: FilePath) -> str | None:
    """The rejects file beside it, and nothing left on the disk."""
    rejects = path.with_name(path.name + ".rejects.csv")
    text = rejects.read_text(encoding="utf-8-sig") if rejects.exists() else None
    shutil.rmtree(path.parent, ignore_errors=True)
    return text


def _file_name(given: str | None) -> str:
    """The last part of what the sender calls it: a name for people, never a path of ours."""
    name = PurePosixPath(PureWindowsPath(given or "").name).name.replace("\0", "").strip()
    name = "".join(each for each in name if each.isprintable())[-200:]
    if not name.lower().endswith(_ENDINGS):
        raise HTTPException(
            422, "The file's name must end in .csv, .csv.gz, .tsv, .txt or .xlsx, as it is."
        )
    return name


def _ending(name: str) -> str:
    lower = name.lower()
    return next(each for each in sorted(_ENDINGS, key=len, reverse=True) if lower.endswith(each))


def _out(upload: Upload) -> UploadOut:
    said = asdict(upload)
    rejects = f"/api/v1/uploads/{upload.id}/rejects" if said.pop("has_rejects") else None
    return UploadOut.model_validate(said | {"rejects": rejects})
