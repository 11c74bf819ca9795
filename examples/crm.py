"""A CRM on the dialer, in one file and with Python's standard library alone.

    export DIALER_TOKEN=dialer_... DIALER_API=http://127.0.0.1:9470/api/v1
    python examples/crm.py push spring people.csv     # columns: id, name, phone
    python examples/crm.py results results.jsonl      # run it again: it reads on
    python examples/crm.py listen 8080 whsec_...      # a receiver of webhooks

`dialer tokens add` makes the token; it needs leads:write and results:read.
"""

import csv
import hashlib
import hmac
import http.server
import itertools
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

AT_ONCE = 500
TRIES = 5


def ask(method: str, path: str, body: object = None) -> Any:
    """One request, tried again while the dialer is busy or away; the same key makes that safe."""
    request = urllib.request.Request(
        os.environ["DIALER_API"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['DIALER_TOKEN']}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    for tries in itertools.count(1):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if error.code not in (409, 429, 503) or tries == TRIES:
                raise SystemExit(
                    f"{error.code}: {problem['detail']} {problem['mistakes']}"
                ) from error
            time.sleep(float(error.headers.get("Retry-After", "1")))
        except urllib.error.URLError:
            if tries == TRIES:
                raise
            time.sleep(2.0**tries)
    raise AssertionError("the loop ends by itself")


def push(campaign: str, file: Path) -> None:
    """Leads in; what could not be used is said with the reason."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [
            {"external_id": row["id"], "name": row["name"], "numbers": [row["phone"]]}
            for row in csv.DictReader(lines)
        ]
    for start in range(0, len(rows), AT_ONCE):
        leads = rows[start : start + AT_ONCE]
        said = ask("POST", f"/campaigns/{campaign}/leads", {"list": file.name, "leads": leads})
        counts = {word: said[word] for word in ("inserted", "merged", "unchanged", "rejected")}
        print(counts)
        for lead in said["leads"]:
            for problem in lead["problems"]:
                print(f"  {lead['external_id']}: {problem}")


def results(file: Path) -> None:
    """Results out, appended to the file; the cursor is kept beside it."""
    place = file.with_suffix(".cursor")
    cursor = place.read_text().strip() if place.exists() else ""
    with file.open("a", encoding="utf-8") as out:
        for page in pages(cursor):
            for result in page["items"]:
                out.write(json.dumps(result) + "\n")
            out.flush()
            # Only now: what was not written is asked for again.
            place.write_text(page["next_cursor"])
            print(f"{len(page['items'])} results")


def pages(cursor: str) -> Iterator[Any]:
    """Pages of results from the cursor on, until there are no more."""
    while True:
        page = ask("GET", "/results?limit=500" + (f"&cursor={cursor}" if cursor else ""))
        yield page
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return


def is_genuine(body: bytes, header: str, secret: str, *, now: float) -> bool:
    """True for a delivery that was signed with our secret within the last five minutes."""
    parts = [part.partition("=") for part in header.split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    if not at.isdigit():
        return False
    wanted = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    fits = any(name == "v1" and hmac.compare_digest(wanted, value) for name, _, value in parts)
    return fits and abs(now - int(at)) <= 300


def listen(port: int, secret: str) -> None:
    """A receiver of webhooks: verifies, prints each event once, answers quickly."""
    seen: set[str] = set()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            signed = self.headers.get("Dialer-Signature", "")
            genuine = is_genuine(body, signed, secret, now=time.time())
            self.send_response(204 if genuine else 401)
            self.end_headers()
            if genuine and (event := json.loads(body))["id"] not in seen:
                seen.add(event["id"])
                print(event["sequence"], event["event"], event["data"])

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()


def main(words: list[str]) -> None:
    """Do what the words say."""
    match words:
        case ["push", campaign, file]:
            push(campaign, Path(file))
        case ["results", file]:
            results(Path(file))
        case ["listen", port, secret]:
            listen(int(port), secret)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
