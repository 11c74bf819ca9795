"""The script component in a page of the desk, with the store behind it as a desk would have it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.async_api import Page

from campaigns.scripts.errors import BadAnswer
from campaigns.store.script_rows import Finished
from campaigns.store.store import Store
from tests.support.stored import NOW

MOUNT = """
async (sheet) => {
  document.body.innerHTML = '<main><h1>Call</h1><div id="script"></div></main>';
  document.title = "Call";
  const { mountScript } = await import("/static/script.js");
  window.view = mountScript(document.getElementById("script"), {
    ...sheet,
    onAnswer: (question, value, how) => window.putAnswer(question, value, how),
    onStep: (visit) => window.putStep(visit),
    onEnd: async (end) => {
      await window.putEnd(end);
      window.ended = end.end;
    },
  });
}
"""


@dataclass
class MountedScript:
    """A call whose script is on the screen."""

    page: Page
    store: Store
    call_id: str
    url: str
    finished: Finished | None = None
    fails: bool = False
    """The store is out of reach: answers are not taken."""

    async def open(self) -> None:
        """Serve what the component asks for, and show it."""
        await self.page.expose_function("putAnswer", self._answer)
        await self.page.expose_function("putStep", self._step)
        await self.page.expose_function("putEnd", self._end)
        await self.mount()

    async def mount(self) -> None:
        """Load the page, as after a reload, with what the store has."""
        await self.page.goto(f"{self.url}/signin")
        sheet = await self.store.scripts.open_call(self.call_id, agent_id=None, now=NOW)
        assert sheet is not None
        await self.page.evaluate(MOUNT, sheet.as_json())

    async def answers(self) -> dict[str, Any]:
        """As the store has them."""
        found = await self.store.scripts.answers_of_call(self.call_id)
        return {each.question: each.value for each in found}

    async def all_saved(self) -> None:
        """Wait until the component has seen every answer saved."""
        await self._until("window.view.unsaved().length === 0")

    async def ended(self, end: str) -> None:
        """Wait until the store has taken the end."""
        await self._until("window.ended === end", end)

    async def _until(self, condition: str, end: str | None = None) -> None:
        """Look at every frame. `wait_for_function` does so by `eval`, which the page's own policy
        forbids."""
        await self.page.evaluate(
            "end => new Promise(done => {"
            f" const look = () => ({condition}) ? done() : requestAnimationFrame(look);"
            " look(); })",
            end,
        )

    async def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def _answer(self, question: str, value: Any, how: dict[str, Any]) -> None:
        if self.fails:
            raise RuntimeError("the store is out of reach")
        try:
            await self.store.scripts.put_answer(
                self.call_id, question, value, seconds=how["seconds"], agent_id=None, now=NOW
            )
        except BadAnswer as error:
            raise AssertionError(f"the browser let {value!r} pass: {error}") from error

    async def _step(self, visit: dict[str, Any]) -> None:
        entered = datetime.fromisoformat(visit["entered_at"].replace("Z", "+00:00"))
        await self.store.scripts.put_step(
            self.call_id, visit["position"], visit["step"],
            entered_at=entered, seconds=visit["seconds"],
        )  # fmt: skip
        if visit["trail"] is not None:
            await self.store.scripts.put_trail(self.call_id, visit["trail"])

    async def _end(self, end: dict[str, Any]) -> None:
        self.finished = await self.store.scripts.finish(
            self.call_id, end["end"], trail=end["trail"], now=NOW
        )
