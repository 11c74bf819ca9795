// The supervisors' board: the server's entries in the page, and the dialogs of what may be done.

import { t } from "/static/words.js";
import { ask, toast } from "/static/asking.js";
import { follow, write } from "/static/board/live.js";
import * as alarms from "/static/board/alarms.js";
import * as dialogs from "/static/board/dialogs.js";
import * as lanes from "/static/board/lanes.js";
import * as teams from "/static/board/teams.js";

let known = new Map();
let at = 0;
let isFirst = true;

function onChange(step) {
  known = step.entries;
  at = step.at;
  for (const key of step.dropped) drop(key);
  // Teams first: their campaigns and agents stand in them.
  for (const kind of ["team", "campaign", "agent"]) {
    for (const key of step.changed) if (key.startsWith(`${kind}/`)) set(kind, key);
  }
  if (isFirst || [...step.changed, ...step.dropped].some((key) => key.startsWith("alarm/"))) alarms.setAlarms(known, isFirst);
  if (isFirst || step.changed.some((key) => /^(trunk|switch)\//.test(key)) || step.dropped.length) setMachinery();
  if (step.changed.some((key) => key.startsWith("deed/"))) setDeeds();
  lanes.tick(at);
  alarms.tick(at);
  isFirst = false;
}

function set(kind, key) {
  const entry = known.get(key);
  if (kind === "team") teams.setTeam(key, entry);
  else if (kind === "campaign") teams.setCampaign(key, entry);
  else {
    const section = teams.sectionOf(entry.team);
    if (section) lanes.setAgent(key, entry, section);
  }
}

function drop(key) {
  if (key.startsWith("team/")) teams.dropTeam(key);
  else if (key.startsWith("campaign/")) teams.dropCampaign(key);
  else if (key.startsWith("agent/")) lanes.dropAgent(key);
}

function setMachinery() {
  const list = document.getElementById("machinery");
  const found = [...known].filter(([key]) => /^(trunk|switch)\//.test(key));
  while (list.children.length > found.length) list.lastElementChild.remove();
  found.forEach(([key, one], place) => {
    const chip = list.children[place] ?? list.appendChild(document.createElement("li"));
    chip.className = `badge ${one.is_up ? "good" : "bad"}`;
    const busy = key.startsWith("trunk/") ? `${one.channels}/${one.channels_max}` : t("{calls} calls", { calls: one.calls });
    write(chip, `${one.name}: ${one.word}, ${busy}`);
  });
}

function setDeeds() {
  const found = [...known].filter(([key]) => key.startsWith("deed/")).map(([, deed]) => deed);
  const list = document.getElementById("deeds");
  list.replaceChildren(
    ...found.reverse().map((deed) => {
      const row = document.createElement("li");
      row.textContent = `${deed.time} ${deed.by}: ${deed.said}`;
      return row;
    }),
  );
  list.closest("section").hidden = found.length === 0;
}

const numberOf = (key) => Number(key.slice(key.indexOf("/") + 1));

const DEEDS = {
  agent(key) {
    const agent = known.get(key);
    const all = [...known].filter(([one]) => one.startsWith("team/"));
    dialogs.agentDialog(agent, lanes.inWords(agent, at), all.map(([one, team]) => ({ id: numberOf(one), name: team.name })));
  },
  pacing: (key) => dialogs.pacingDialog(numberOf(key), known.get(key)),
  "write-team": (key) => dialogs.teamMessageDialog(numberOf(key), known.get(key)),
  why: (key) => dialogs.whyDialog(numberOf(key)),
  start: (key) =>
    dialogs.confirmDialog(
      t("Start {name}?", known.get(key)),
      t("It dials as soon as an agent of its team is ready."),
      t("Start"),
      `/board/campaigns/${numberOf(key)}/start`,
    ),
  "pause-campaign": (key) =>
    dialogs.confirmDialog(
      t("Pause {name}?", known.get(key)),
      t("Nothing new is dialled. Calls that are on go on to their end."),
      t("Pause"),
      `/board/campaigns/${numberOf(key)}/pause`,
    ),
  async seen(key) {
    try {
      toast((await ask("POST", "/board/alarms/seen", { key: known.get(key).key })).said);
    } catch (refusal) {
      toast(refusal.message, "bad");
    }
  },
};

document.getElementById("main").addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const holder = button?.closest("[data-key]");
  if (holder && known.has(holder.dataset.key)) DEEDS[button.dataset.do](holder.dataset.key);
});
document.getElementById("messages").addEventListener("click", dialogs.messagesDialog);
document.getElementById("find").addEventListener("input", (event) => lanes.find(event.target.value));
alarms.offerSound(document.getElementById("sound"));
follow(onChange, (state) => {
  document.getElementById("lost").hidden = state === "live";
  document.body.classList.toggle("is-lost", state !== "live");
});
