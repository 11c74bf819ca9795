// Agents in their lanes, whoever has been there longest first. An agent's tile is made once and
// moved; only what changed is touched.

import { duration, t } from "/static/words.js";
import { fill, made, write } from "/static/board/live.js";

const tiles = new Map();

/** Set the agent's tile, in the lane of the team's section. */
export function setAgent(key, agent, section) {
  let tile = tiles.get(key);
  if (!tile) {
    tile = made("t-agent");
    tile.dataset.key = key;
    tile.time = tile.querySelector("time");
    tiles.set(key, tile);
  }
  tile.agent = agent;
  const button = tile.querySelector("button");
  button.className = `agent ${agent.lane}`;
  const listens = agent.listeners.map((one) => `${one.phone} ${one.mode}`).join(", ");
  fill(tile, { name: agent.name, word: agent.word, note: agent.note, listens });
  place(tile, section.querySelector(`[data-lane="${agent.lane}"]`));
}

/** Take the tile away. */
export function dropAgent(key) {
  tiles.get(key)?.remove();
  tiles.delete(key);
}

function place(tile, lane) {
  const since = tile.agent.since;
  const before = tile.previousElementSibling;
  const after = tile.nextElementSibling;
  const stands =
    tile.parentElement === lane &&
    (!before || before.agent.since <= since) &&
    (!after || after.agent.since >= since);
  if (stands) return;
  const hadFocus = tile.contains(document.activeElement);
  // From the end: who comes into a lane has been there for the shortest time.
  let next = null;
  let one = lane.lastElementChild;
  while (one && (one === tile || one.agent.since > since)) {
    if (one !== tile) next = one;
    one = one.previousElementSibling;
  }
  lane.insertBefore(tile, next);
  if (hadFocus) tile.querySelector("button").focus();
}

/** Time in the state, of everybody. */
export function tick(at) {
  for (const tile of tiles.values()) write(tile.time, duration(at - tile.agent.since));
}

/** Show those alone whose name holds the text. */
export function find(text) {
  const wanted = text.trim().toLocaleLowerCase();
  for (const tile of tiles.values()) {
    tile.hidden = wanted !== "" && !tile.agent.name.toLocaleLowerCase().includes(wanted);
  }
}

/** One line about an agent, for a dialog. */
export function inWords(agent, at) {
  return t("{name}: {state} for {time}", {
    name: agent.name,
    state: agent.word,
    time: duration(at - agent.since),
  });
}
