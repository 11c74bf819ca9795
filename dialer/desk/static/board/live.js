// The board's socket: keeps the entries as the server has them, and tells what changed.
// watch({entries, at, changed, dropped, isWhole}) is called about once a second.

const SIGNED_OUT = 4401;
const NO_DIALER = 4503;
const WAIT_MOST_SECONDS = 10;

/** Follow the board. `onChange` gets each step; `onState` gets "live" or "lost". */
export function follow(onChange, onState) {
  const entries = new Map();
  let waitSeconds = 0.5;

  function open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/board/live`);
    socket.onmessage = (message) => {
      const said = JSON.parse(message.data);
      waitSeconds = 0.5;
      onState("live");
      const dropped = said.whole ? [...entries.keys()].filter((key) => !(key in said.set)) : said.drop;
      for (const key of dropped) entries.delete(key);
      for (const [key, entry] of Object.entries(said.set)) entries.set(key, entry);
      onChange({ entries, at: said.at, changed: Object.keys(said.set), dropped, isWhole: said.whole });
    };
    socket.onclose = (event) => {
      if (event.code === SIGNED_OUT) {
        location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
        return;
      }
      onState("lost");
      if (event.code === NO_DIALER) waitSeconds = WAIT_MOST_SECONDS;
      setTimeout(open, waitSeconds * 1000);
      waitSeconds = Math.min(WAIT_MOST_SECONDS, waitSeconds * 2);
    };
  }

  open();
}

/** A copy of the template's first element. */
export function made(id) {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true);
  element.dataset.own = "";
  return element;
}

/** Write a text where it differs: a node that is not touched is not laid out again. */
export function write(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** Fill the slots of an element that an entry has words for; not those of elements made apart that
    stand inside it. */
export function fill(element, values) {
  const owner = "own" in element.dataset ? element : null;
  for (const slot of element.querySelectorAll("[data-slot]")) {
    if (slot.closest("[data-own]") !== owner) continue;
    const value = values[slot.dataset.slot];
    if (value === undefined) continue;
    const text = String(value);
    const before = text && slot.dataset.before ? `${slot.dataset.before} ` : "";
    write(slot, before + text);
  }
}
