"""A walk in the browser's rules comes to the same place as one in Python's."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.scripts.documents import to_json
from campaigns.scripts.walking import Call, Walk
from tests.support.scripted_answers import any_talk
from tests.support.scripted_talk import example, small

STATIC = Path(__file__).parents[4] / "dialer" / "desk" / "static"
RUNNER = """
import { createInterface } from "node:readline";
import { Walk } from "./script_rules.mjs";
for await (const line of createInterface({ input: process.stdin })) {
  const { script, call, trail } = JSON.parse(line);
  const walk = new Walk(script);
  const stand = walk.stand(call, trail);
  console.log(JSON.stringify({ ...stand, leave: walk.leave(stand),
    asked: stand.asked.map((one) => ({ ...one, question: one.question.id })) }));
}
"""
Walked = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """Walks in Node, one process for all of them."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            raise RuntimeError("There is no node; install it.")
        pytest.skip("no node")
    folder = tmp_path_factory.mktemp("rules")
    shutil.copy(STATIC / "script_rules.js", folder / "script_rules.mjs")
    runner = folder / "runner.mjs"
    runner.write_text(RUNNER, encoding="utf-8")
    process = subprocess.Popen(
        [node, str(runner)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    with process:
        stdin, stdout = process.stdin, process.stdout

        def walk(asked: dict[str, Any]) -> dict[str, Any]:
            stdin.write(json.dumps(asked) + "\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
            return answer

        yield walk
        stdin.close()
        process.wait(timeout=10)


def in_python(walk: Walk, call: Call, trail: list[str]) -> dict[str, Any]:
    """What the browser should say."""
    stand = walk.stand(call, trail)

    def pieces(found: Any) -> list[dict[str, str]]:
        return [{"kind": each.kind, "text": each.text} for each in found]

    return {
        "place": stand.place,
        "isEnd": stand.is_end,
        "trail": list(stand.trail),
        "skipped": list(stand.skipped),
        "text": pieces(stand.text),
        "note": pieces(stand.note),
        "asked": [
            {
                "question": each.question.id,
                "pieces": pieces(each.text),
                "answer": each.answer,
                "isEarlier": each.is_earlier,
                "problem": each.problem,
            }
            for each in stand.asked
        ],
        "quotaFull": stand.quota_full,
        "progress": pytest.approx(stand.progress),
        "mayGoOn": stand.may_go_on,
        "leave": walk.leave(stand),
    }


@pytest.mark.parametrize("name", ["small", "term_deposit", "service_survey"])
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_browser_and_python_stand_at_the_same_place(
    walked: Walked, name: str, data: st.DataObject
) -> None:
    script = small() if name == "small" else example(name)
    call, trail = data.draw(any_talk(script))
    asked = {
        "script": to_json(script),
        "call": {
            "words": dict(call.words),
            "fields": dict(call.fields),
            "answers": dict(call.answers),
            "earlier": dict(call.earlier),
            "full": sorted(call.full),
        },
        "trail": trail,
    }
    assert walked(asked) == in_python(Walk(script), call, trail)
