"""Two hundred agents on one board: a second's news touches the tiles it is about, and no others."""

from dataclasses import replace

from playwright.async_api import expect

from campaigns.roles import Role
from dialer.desk.board.live import LiveBoard
from dialer.engine.ids import AgentId
from dialer.engine.states import AgentState
from dialer.settings import AlarmSettings
from tests.support.browser import DeskServer, SignedIn, must_be_accessible, screenshot
from tests.unit.desk.test_board_alarms import AT, agent, floor, ledger
from tests.unit.desk.test_board_live import StillFloor

STATES = (AgentState.READY, AgentState.TALKING, AgentState.TALKING, AgentState.WRAP_UP)
WATCH = """() => {
  window.touched = new Set();
  new MutationObserver((all) => {
    for (const one of all) {
      const element = one.target.nodeType === 1 ? one.target : one.target.parentElement;
      if (element?.tagName === "TIME") continue;
      const key = element?.closest("li[data-key]")?.dataset.key;
      if (key) window.touched.add(key);
      for (const node of one.addedNodes) {
        if (node.dataset?.key) window.touched.add(node.dataset.key);
      }
    }
  }).observe(document.getElementById("teams"), {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
}"""


async def test_only_what_changed_is_touched_and_all_of_it_fits(
    desk_server: DeskServer, signed_in: SignedIn
) -> None:
    people = [
        replace(
            agent(STATES[n % 4], seconds=float(n % 97)), agent_id=AgentId(n), name=f"agent {n:03d}"
        )
        for n in range(200)
    ]
    still = StillFloor(floor(agents=tuple(people), ledgers=(ledger(28, 1000), ledger(1, 40))))
    board = LiveBoard(
        desk_server.store,
        still,  # type: ignore[arg-type]
        settings=AlarmSettings(),
        zone="UTC",
    )
    desk_server.app.state.board = board
    page = await signed_in(Role.SUPERVISOR)
    # The service's loop would look once a second; here each look is the test's own.
    while not board._audiences:
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    board.look()
    await expect(page.locator(".agent")).to_have_count(200)
    talking = page.locator('[data-lane="talking"] .agent')
    await expect(talking).to_have_count(100)
    await expect(talking.first).to_contain_text("1:36", timeout=5000)
    await must_be_accessible(page)
    await screenshot(page, "board-200")
    await page.evaluate(WATCH)
    changed = [replace(people[n], state=AgentState.WRAP_UP, since=AT) for n in (1, 5, 9)]
    still.shown = replace(still.shown, at=AT + 1, agents=(*people[:1], *changed, *people[10:]))
    board.look()
    await expect(page.locator('[data-lane="wrap_up"] .agent', has_text="agent 009")).to_be_visible()
    await expect(page.locator(".agent")).to_have_count(194)
    touched = await page.evaluate("() => [...window.touched].sort()")
    assert touched == [
        "agent/1", "agent/5", "agent/9",
    ]  # fmt: skip
    find = page.get_by_label("Find an agent")
    await find.fill("agent 111")
    await expect(page.locator(".agent:visible")).to_have_count(1)
