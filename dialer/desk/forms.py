"""Forms, read with a limit, for those who are not signed in."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request


async def small_form(
    request: Request, *, bytes_max: int = 8192, fields_max: int = 20
) -> Mapping[str, str]:
    """The fields of a form sent as application/x-www-form-urlencoded; the last of each name counts.

    413 and 422 for what is too large. NUL, which no database takes, is left out.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise HTTPException(413, f"At most {bytes_max} bytes are read.")
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=fields_max
        )
    except ValueError as error:
        raise HTTPException(422, f"At most {fields_max} fields are read.") from error
    return {name: value.replace("\0", "") for name, value in pairs}
